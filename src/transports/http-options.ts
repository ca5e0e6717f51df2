import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { createSecureContext } from "node:tls";
import { type Static, Type } from "typebox";
import { TransportError } from "../errors.js";
import { secret } from "../schemas/secret.js";
import { portRefusal } from "./address-guard.js";
import { signingKey } from "./signature.js";

type Options = Readonly<Record<string, unknown>>;
interface Finding {
  readonly path: string;
  readonly message: string;
}

const closed = { additionalProperties: false } as const;
const HEADER_NAME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$";
const HEADER_VALUE = "^([!-~\\u00a0-\\u00ff]([\\t -~\\u00a0-\\u00ff]*[!-~\\u00a0-\\u00ff])?)?$";
const signing = { ...secret, maxLength: 120, pattern: "^whsec_[A-Za-z0-9+/]+={0,2}$" } as const;

/** What both HTTP transports take. */
export const HttpOptions = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: "http or https, without user, password and fragment",
    }),
    apiKey: Type.Optional(
      Type.String({
        ...secret,
        minLength: 1,
        maxLength: 1000,
        pattern: HEADER_VALUE,
        description: "Sent as X-API-KEY",
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: HEADER_NAME }), Type.String({ maxLength: 4096, pattern: HEADER_VALUE }), {
        ...secret,
        ...closed,
        maxProperties: 30,
        description: "More headers to send, such as authorization",
      }),
    ),
    signingSecret: Type.Optional(
      Type.String({ ...signing, description: "whsec_ and 24 to 64 bytes in base64; signs as Standard Webhooks says" }),
    ),
    previousSigningSecret: Type.Optional(
      Type.String({
        ...signing,
        description: "The secret before the last rotation; signs as well until previousSigningSecretUntil",
      }),
    ),
    previousSigningSecretUntil: Type.Optional(Type.Integer({ minimum: 0, description: "Epoch milliseconds" })),
    ca: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100_000,
        description: "PEM certificates to trust instead of the public authorities",
      }),
    ),
  },
  closed,
);
export type HttpOptions = Static<typeof HttpOptions>;

/** Set by Waybell or by HTTP itself: another value would break the framing, the signature or the payload's meaning. */
const FORBIDDEN_HEADERS: ReadonlySet<string> = new Set([
  ..."host content-length transfer-encoding connection expect upgrade keep-alive te trailer".split(" "),
  ..."proxy-connection proxy-authorization content-type content-encoding user-agent".split(" "),
]);

/** One endpoint's options, made ready once for all its sends. */
export interface HttpTarget {
  readonly href: string;
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly path: string;
  /** As it stands in the URL, without the question mark. */
  readonly query: string;
  /** Name and value in turns, as undici takes them. */
  readonly headers: readonly string[];
  readonly headerNames: ReadonlySet<string>;
  readonly key: Buffer | undefined;
  readonly previousKey: Buffer | undefined;
  readonly previousKeyUntil: number;
  readonly ca: string | undefined;
  /** Tells agents with different authorities apart. */
  readonly trust: string;
  /** To be masked in what comes back. */
  readonly secrets: readonly string[];
}

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
const USER_AGENT = `Waybell/${version}`;

const targets = new WeakMap<object, HttpTarget>();

/** The target of options that the schema allows. Kept for as long as the same options object is in use. */
export function httpTarget(options: Options): HttpTarget {
  let target = targets.get(options);
  if (!target) {
    target = prepare(options as unknown as HttpOptions);
    targets.set(options, target);
  }
  return target;
}

function prepare(options: HttpOptions): HttpTarget {
  if (!URL.canParse(options.url)) {
    throw new TransportError({ fault: "config", code: "url_invalid", message: "The endpoint's URL is not a URL." });
  }
  const url = new URL(options.url);
  const tls = url.protocol === "https:";
  const own = Object.entries(options.headers ?? {});
  const all: [string, string][] = [["user-agent", USER_AGENT], ...own];
  if (options.apiKey) all.push(["X-API-KEY", options.apiKey]);
  const secrets = [
    options.apiKey,
    ...own.map(([, value]) => value),
    options.signingSecret,
    options.previousSigningSecret,
  ];
  return {
    href: url.href,
    origin: url.origin,
    host: url.hostname,
    port: Number(url.port) || (tls ? 443 : 80),
    tls,
    path: url.pathname,
    query: url.search.slice(1),
    headers: all.flat(),
    headerNames: new Set(all.map(([name]) => name.toLowerCase())),
    key: options.signingSecret ? signingKey(options.signingSecret) : undefined,
    previousKey: options.previousSigningSecret ? signingKey(options.previousSigningSecret) : undefined,
    previousKeyUntil: options.previousSigningSecretUntil ?? 0,
    ca: options.ca,
    trust: options.ca ? createHash("sha256").update(options.ca).digest("base64") : "",
    // Shorter ones would mask words that the receiver wrote itself.
    secrets: secrets.filter((text): text is string => text !== undefined && text.length >= 6),
  };
}

function urlFindings({ url: text, ca }: HttpOptions): Finding[] {
  const path = "/url";
  if (!URL.canParse(text))
    return [{ path, message: "is not a URL: give it whole, such as https://example.com/webhook" }];
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return [{ path, message: "must begin with http:// or https://" }];
  const findings: Finding[] = [];
  if (url.username || url.password) {
    findings.push({ path, message: "must not hold a user and password: give them as the header authorization" });
  }
  if (text.includes("#")) findings.push({ path, message: "must not hold a fragment (#…): it is never sent" });
  const refused = portRefusal(Number(url.port));
  if (refused) findings.push({ path, message: refused });
  if (ca && url.protocol === "http:") findings.push({ path: "/ca", message: "is of use with https:// only" });
  return findings;
}

function headerFindings({ headers = {}, apiKey }: HttpOptions): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    const lower = name.toLowerCase();
    const path = `/headers/${name.replaceAll("~", "~0")}`;
    if (FORBIDDEN_HEADERS.has(lower) || lower.startsWith("webhook-")) {
      findings.push({ path, message: "is set by Waybell itself and cannot be given" });
    } else if (seen.has(lower)) findings.push({ path, message: "is given twice, in different spellings" });
    else if (lower === "x-api-key" && apiKey)
      findings.push({ path, message: "is what apiKey is sent as: give one of the two" });
    seen.add(lower);
  }
  return findings;
}

function secretFindings(options: HttpOptions): Finding[] {
  const findings: Finding[] = [];
  for (const name of ["signingSecret", "previousSigningSecret"] as const) {
    const value = options[name];
    if (value && !signingKey(value))
      findings.push({ path: `/${name}`, message: "must be whsec_ and 24 to 64 bytes in base64" });
  }
  if (options.previousSigningSecret && !options.signingSecret) {
    findings.push({ path: "/previousSigningSecret", message: "is of use beside signingSecret only" });
  }
  if (options.previousSigningSecret && options.previousSigningSecretUntil === undefined) {
    findings.push({
      path: "/previousSigningSecretUntil",
      message: "is missing: until when the previous secret signs as well",
    });
  }
  return findings;
}

function caFindings({ ca }: HttpOptions): Finding[] {
  if (!ca) return [];
  try {
    createSecureContext({ ca });
    if (ca.includes("-----BEGIN CERTIFICATE-----")) return [];
  } catch {
    // OpenSSL's reason is no help to who pasted a certificate.
  }
  return [{ path: "/ca", message: "must be one or more certificates in PEM (-----BEGIN CERTIFICATE-----)" }];
}

/** What is wrong with options that the schema allows. */
export function httpFindings(options: Options): readonly Finding[] {
  const http = options as unknown as HttpOptions;
  return [...urlFindings(http), ...headerFindings(http), ...secretFindings(http), ...caFindings(http)];
}
