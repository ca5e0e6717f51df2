import { authSecrets } from "./http-auth.js";
import type { HttpOptions } from "./http-options.js";

/** A part of a value that is shorter may be any word. */
const SHORTEST_PART = 6;
const SHORTEST_TOKEN = 8;
/** No word of a language is so long, in small letters and without a digit. */
const LONGEST_WORD = 20;

/** What they say everybody may know, and receivers write the same themselves. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  ..."accept accept-charset accept-encoding accept-language cache-control content-language date dnt pragma prefer".split(
    " ",
  ),
  ..."priority soapaction x-http-method-override x-requested-with".split(" "),
]);
/** Names of headers, cookies and parameters whose value is a secret, however short. */
const SECRET_NAME = /auth|credential|key|passw|pin$|pwd|secret|session|sid$|signature|token/i;
const SCHEME = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +(\S.*)$/;
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+$/i;

const unquoted = (text: string): string => /^"(.*)"$/.exec(text)?.[1] ?? text;

/** Whether a part of a value is made at random, or by somebody who chose a password: no word, name or media type. */
function looksSecret(part: string): boolean {
  if (part.length < SHORTEST_TOKEN || MEDIA_TYPE.test(part)) return false;
  return part.length > LONGEST_WORD || /\d/.test(part) || /[a-z].*[A-Z]/.test(part);
}

/** Values of `name=value; name=value`, or separated by commas, and other parts that look like a secret. */
function partsOf(text: string, always: boolean): string[] {
  return text.split(/[\s,;]+/).flatMap((part) => {
    // What `=` ends, and nothing follows, is base64.
    const [, name = "", given = part] = /^([^=]+)=(=*[^=].*)$/.exec(part) ?? [];
    const value = unquoted(given);
    const counts = SECRET_NAME.test(name) || looksSecret(value) || (always && value.length >= SHORTEST_PART);
    return [...(counts ? [value] : []), ...value.split(/[^\w+/.~=-]+/).filter(looksSecret)];
  });
}

/** What Basic says in base64: name and password together, and the password; of one without a password the name. */
function basicParts(credential: string): string[] {
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(credential)) return [];
  const bytes = Buffer.from(credential, "base64");
  return (["utf8", "latin1"] as const).flatMap((charset) => {
    const login = bytes.toString(charset);
    const at = login.indexOf(":");
    if (at < 0) return [login];
    const [name, password] = [login.slice(0, at), login.slice(at + 1)];
    return [login, password, ...(password === "" || looksSecret(name) ? [name] : [])];
  });
}

function credentialParts(value: string): string[] {
  const [, scheme = "", rest = ""] = SCHEME.exec(value) ?? [];
  if (rest === "") return [value, ...partsOf(value, false)];
  const decoded = scheme.toLowerCase() === "basic" ? basicParts(rest) : [];
  return [rest, ...decoded, ...partsOf(rest, false)];
}

/**
 * What must not be kept of a header that an endpoint sets, should the receiver send it back: the value, and the parts of it
 * that programs take it apart into. None of a header whose value everybody may know.
 */
export function headerSecrets(name: string, value: string): string[] {
  const lower = name.toLowerCase();
  if (PUBLIC_HEADERS.has(lower)) return [];
  if (lower === "cookie") return [value, ...partsOf(value, true)];
  if (SECRET_NAME.test(lower)) return credentialParts(value);
  // Any header can hold a credential: `x-forward: Bearer …`.
  return [value, ...credentialParts(value)].filter((part) => part.length >= SHORTEST_PART);
}

/** The key in a signing secret, without the word before it. */
const keyIn = (secret: string | undefined): string | undefined => secret?.replace(/^whs(?:ec|k)_/, "");

/** All that must not be kept, should the receiver send it back. */
export function secretsOf({ headers, auth, hmac, clientCertificate, ...options }: HttpOptions): string[] {
  const { passphrase = "" } = clientCertificate ?? {};
  const { apiKey, signingSecret, previousSigningSecret } = options;
  const secrets = [
    apiKey,
    ...Object.entries(headers ?? {}).flatMap(([name, value]) => headerSecrets(name, value)),
    ...[signingSecret, previousSigningSecret].flatMap((each) => [each, keyIn(each)]),
    ...(auth ? authSecrets(auth) : []),
    hmac?.secret,
    // It is sent to nobody: a short one would mask words for nothing.
    passphrase.length < SHORTEST_PART ? undefined : passphrase,
  ];
  return [...new Set(secrets.filter((text): text is string => text !== undefined && text !== ""))];
}
