import { createPrivateKey, randomBytes } from "node:crypto";

/** Secrets that were planted, by what they are, and texts in which none of them may occur. */
export interface Planted {
  /** Plants a text that every kind of secret can hold: with quotes, slashes, blanks and letters outside of ASCII. */
  text(what: string): string;
  /** Of printable ASCII without blanks, for headers and tokens. */
  token(what: string): string;
  /** Plants what was made elsewhere; of a PEM its lines. */
  add(what: string, secret: string): string;
  /** Which secrets occur in a text, in any form. */
  found(text: string): string[];
  readonly names: readonly string[];
  /** The secret itself. */
  reveal(what: string): string;
}

/** Three forms of base64, by where in a longer text the secret begins; what depends on the text around it is cut off. */
function inBase64(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return whole.slice(before === 0 ? 0 : 4);
  });
}

/** As HTML and XML write it: of the signs that can be written as entities some leave some as they are. */
function inMarkup(secret: string): string[] {
  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" } as const;
  const written = [/[&<]/g, /[&<>]/g, /[&<"]/g, /[&<>"]/g, /[&<>"']/g].map((signs) =>
    secret.replace(signs, (sign) => ENTITIES[sign as keyof typeof ENTITIES]),
  );
  return [...written, ...["&apos;", "&#x27;"].map((quote) => written.at(-1)?.replaceAll("&#39;", quote) ?? "")];
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
/** As Go and .NET write it. */
const inCodes = (text: string) => inJson(text).replace(/[&<>'+]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

/** Shorter ones may begin as others do. */
const LONG = 20;

function formsOf(secret: string): string[] {
  const escaped = inJson(secret);
  const form = new URLSearchParams({ a: secret }).toString().slice(2);
  const base64 = inBase64(secret);
  const more = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const hex = Buffer.from(secret).toString("hex");
  return [
    secret,
    // A part of it is as good as all, for whoever guesses the rest.
    ...(secret.length < LONG ? [] : [secret.slice(0, -4)]),
    hex,
    hex.toUpperCase(),
    inCodes(secret),
    encodeURIComponent(secret).toLowerCase(),
    escaped,
    inJson(escaped),
    escaped.replaceAll("/", "\\/"),
    encodeURIComponent(secret),
    encodeURI(secret),
    form,
    ...inMarkup(secret),
    ...inMarkup(escaped),
    ...base64,
    ...inBase64(form),
    ...more,
  ]
    .filter((text, at, all) => all.indexOf(text) === at)
    .filter((text) => text.length >= 8);
}

const PREFIX = 8;
const hashAt = (text: string, at: number) =>
  ((text.charCodeAt(at) << 15) ^
    (text.charCodeAt(at + 1) << 10) ^
    (text.charCodeAt(at + 2) << 5) ^
    text.charCodeAt(at + 3)) &
  0xfffff;

/** Looks for thousands of forms at once: outputs are megabytes, and each form by itself would be sought in all of them. */
function createSearch() {
  const begins = new Uint8Array(0x100000);
  const byPrefix = new Map<string, { readonly form: string; readonly what: string }[]>();
  return {
    add(form: string, what: string): void {
      const prefix = form.slice(0, PREFIX);
      begins[hashAt(form, 0)] = 1;
      byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), { form, what }]);
    },
    in(text: string): ReadonlySet<string> {
      const found = new Set<string>();
      for (let at = 0; at <= text.length - PREFIX; at++) {
        if (begins[hashAt(text, at)] === 0) continue;
        for (const { form, what } of byPrefix.get(text.slice(at, at + PREFIX)) ?? []) {
          if (text.startsWith(form, at)) found.add(what);
        }
      }
      return found;
    },
  };
}

export function plant(): Planted {
  const search = createSearch();
  const secrets = new Map<string, string>();
  const add = (what: string, secret: string): string => {
    const lines = secret.startsWith("-----BEGIN")
      ? secret.split("\n").filter((line) => /^[\w+/=]{40,}$/.test(line))
      : [];
    secrets.set(what, secret);
    for (const form of lines.length > 0 ? lines : formsOf(secret)) search.add(form, what);
    return secret;
  };
  const word = () => randomBytes(6).toString("hex");
  return {
    add,
    text: (what) => add(what, `${word()} "é/+\\'&=<${word()}`),
    token: (what) => add(what, `${word()}"/+\\'&=<%${word()}`),
    found: (text) => [...search.in(text)],
    reveal: (what) => secrets.get(what) ?? "",
    get names() {
      return [...secrets.keys()];
    },
  };
}

/** A private key as PEM that asks for this passphrase. */
export function encryptedKey(pem: string, passphrase: string): string {
  return createPrivateKey(pem).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
}
