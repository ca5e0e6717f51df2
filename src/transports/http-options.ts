import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { type Static, Type } from "typebox";
import { TransportError } from "../errors.js";
import { SECRET_MASK, secret, unsentSecret } from "../schemas/secret.js";
import { ClientCertificate, certificateEnd } from "./client-certificate.js";
import { HttpHmac } from "./hmac.js";
import { authHeader, fixedCredential, HttpAuth, type JwtAuth, type OAuth2Auth } from "./http-auth.js";
import { HEADER_NAME, HEADER_VALUE } from "./http-headers.js";
import { secretsOf } from "./http-secrets.js";
import { SECRET_FORM, type SigningKey, signingKey } from "./signature.js";

type Options = Readonly<Record<string, unknown>>;

const closed = { additionalProperties: false } as const;
const signing = { ...unsentSecret, maxLength: 120, pattern: "^whs(ec|k)_[A-Za-z0-9+/]+={0,2}$" } as const;

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
    trace: Type.Optional(
      Type.Enum(["none", "traceparent", "full"], {
        description:
          "Which headers of W3C Trace Context are sent, where there is a trace: traceparent, the default, which names " +
          "it; full: tracestate too, which may hold data of your tracing system: for receivers of your own; none",
      }),
    ),
    signingSecret: Type.Optional(
      Type.String({ ...signing, description: `${SECRET_FORM}; signs as Standard Webhooks says` }),
    ),
    previousSigningSecret: Type.Optional(
      Type.String({
        ...signing,
        description: "The secret before the last rotation; signs as well until previousSigningSecretUntil",
      }),
    ),
    previousSigningSecretUntil: Type.Optional(Type.Integer({ minimum: 0, description: "Epoch milliseconds" })),
    auth: Type.Optional(HttpAuth),
    hmac: Type.Optional(HttpHmac),
    clientCertificate: Type.Optional(ClientCertificate),
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

/** As `tls.connect` takes them. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** One endpoint's options, made ready once for all its sends. */
export interface HttpTarget {
  readonly href: string;
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly path: string;
  /** As it stands in the URL, without the question mark. */
  readonly query: string;
  /** Name and value in turns, as undici takes them. */
  readonly headers: readonly string[];
  /** As `headers`, but what the endpoint gave is masked: it may be secret. */
  readonly shownHeaders: readonly string[];
  readonly headerNames: ReadonlySet<string>;
  readonly trace: "none" | "traceparent" | "full";
  readonly key: SigningKey | undefined;
  readonly previousKey: SigningKey | undefined;
  readonly previousKeyUntil: number;
  readonly hmac: HttpHmac | undefined;
  /** Where the credential is a token that is made or fetched, and ends. */
  readonly tokenAuth: JwtAuth | OAuth2Auth | undefined;
  /** What the connection is secured with beside the defaults. */
  readonly tls: TlsOptions;
  /** When the client certificate ends, in epoch milliseconds; absent without one. */
  readonly certificateEnd: number | undefined;
  /** Tells agents with different authorities or client certificates apart. */
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
  const isTls = url.protocol === "https:";
  const own = Object.entries(options.headers ?? {});
  const all: [string, string][] = [["user-agent", USER_AGENT], ...own];
  if (options.apiKey) all.push(["X-API-KEY", options.apiKey]);
  const { auth, hmac, clientCertificate } = options;
  const fixed = auth && fixedCredential(auth);
  if (auth && fixed) all.push([authHeader(auth), fixed]);
  const tlsOptions = tlsOptionsOf(options);
  return {
    href: url.href,
    origin: url.origin,
    host: url.hostname,
    port: Number(url.port) || (isTls ? 443 : 80),
    isTls,
    path: url.pathname,
    query: url.search.slice(1),
    headers: all.flat(),
    shownHeaders: all.flatMap(([name, value]) => [name, value === USER_AGENT ? value : SECRET_MASK]),
    headerNames: new Set([...all.map(([name]) => name), ...laterHeaders(options)].map((name) => name.toLowerCase())),
    trace: options.trace ?? "traceparent",
    key: options.signingSecret ? signingKey(options.signingSecret) : undefined,
    previousKey: options.previousSigningSecret ? signingKey(options.previousSigningSecret) : undefined,
    previousKeyUntil: options.previousSigningSecretUntil ?? 0,
    hmac,
    tokenAuth: auth?.type === "jwt" || auth?.type === "oauth2" ? auth : undefined,
    tls: tlsOptions,
    certificateEnd: clientCertificate && certificateEnd(clientCertificate),
    trust: trustOf(tlsOptions),
    secrets: secretsOf(options),
  };
}

/** Names of headers whose values each request has anew. */
function laterHeaders({ auth, hmac }: HttpOptions): string[] {
  const names = [auth && authHeader(auth), hmac?.header, hmac?.timestampHeader];
  return names.filter((name): name is string => name !== undefined);
}

function tlsOptionsOf({ ca, clientCertificate }: HttpOptions): TlsOptions {
  if (!clientCertificate) return ca ? { ca } : {};
  const { certificate: cert, key, passphrase } = clientCertificate;
  return { ...(ca ? { ca } : {}), cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
}

function trustOf(options: TlsOptions): string {
  const { ca, cert, key } = options;
  if (!ca && !cert) return "";
  return createHash("sha256")
    .update(JSON.stringify([ca, cert, key]))
    .digest("base64");
}
