import { createPrivateKey, createSecretKey, type KeyObject } from "node:crypto";
import { type Static, Type } from "typebox";
import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import { secret } from "../schemas/secret.js";
import { parseDuration } from "../time.js";
import { HEADER_NAME } from "./http-headers.js";

const closed = { additionalProperties: false } as const;
const TEXT = "^[^\\u0000-\\u001f\\u007f]*$";
const text = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: TEXT, description });

const Basic = Type.Object(
  {
    type: Type.Literal("basic"),
    username: Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: "^[^\\u0000-\\u001f\\u007f:]*$",
      description: "Without a colon, which ends the name (RFC 7617)",
    }),
    password: Type.String({ ...secret, maxLength: 1000, pattern: TEXT, description: "Without control characters" }),
  },
  { ...closed, title: "BasicAuth" },
);

const Bearer = Type.Object(
  {
    type: Type.Literal("bearer"),
    token: Type.String({
      ...secret,
      minLength: 1,
      maxLength: 8192,
      pattern: "^[!-~]*$",
      description: "Without the word Bearer; printable ASCII without blanks",
    }),
  },
  { ...closed, title: "BearerAuth" },
);

const Jwt = Type.Object(
  {
    type: Type.Literal("jwt"),
    algorithm: Type.Enum(["HS256", "RS256", "ES256"]),
    key: Type.String({
      ...secret,
      minLength: 1,
      maxLength: 20_000,
      description: "HS256: the shared secret, as text; else a private key in PEM",
    }),
    header: Type.Optional(
      Type.String({ pattern: HEADER_NAME, description: "Sent in this header; by default Authorization" }),
    ),
    scheme: Type.Optional(
      Type.String({
        maxLength: 40,
        pattern: "^[!-~]*$",
        description: 'The word before the token; by default "Bearer" in Authorization and none elsewhere',
      }),
    ),
    keyId: Type.Optional(text(200, "Sent as kid in the token's header")),
    issuer: Type.Optional(text(500, "iss")),
    audience: Type.Optional(text(500, "aud")),
    subject: Type.Optional(text(500, "sub")),
    lifetime: Type.Optional(
      Type.String({
        pattern: "^\\d{1,6}(s|m|h|d)$",
        description: "From iat to exp, 10s to 365d, by default 1h; a number and s, m, h or d",
      }),
    ),
  },
  { ...closed, title: "JwtAuth" },
);

const OAuth2 = Type.Object(
  {
    type: Type.Literal("oauth2"),
    tokenUrl: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: "http or https, without user, password and fragment",
    }),
    clientId: text(500, "Without control characters"),
    clientSecret: Type.String({ ...secret, minLength: 1, maxLength: 1000, pattern: TEXT }),
    scope: Type.Optional(text(1000, "Separated by blanks")),
    audience: Type.Optional(text(1000, "Of which API the token is asked for, where the token server wants to know")),
    credentials: Type.Optional(
      Type.Enum(["header", "body"], {
        description: "Where the token server takes client id and secret: Basic (default), or the form",
      }),
    ),
    ca: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100_000,
        description: "PEM certificates to trust for the token server instead of the public authorities",
      }),
    ),
  },
  { ...closed, title: "OAuth2ClientCredentials" },
);

export type JwtAuth = Static<typeof Jwt>;
export type OAuth2Auth = Static<typeof OAuth2>;
export type HttpAuth = Static<typeof Basic> | Static<typeof Bearer> | JwtAuth | OAuth2Auth;

/** How requests say who sends them. A secret's name occurs in one alternative only: see `unmask` of settings-patch.ts. */
export const HttpAuth = Type.Unsafe<HttpAuth>({
  type: "object",
  required: ["type"],
  discriminator: { propertyName: "type" },
  oneOf: [Basic, Bearer, Jwt, OAuth2],
  description: "Who sends, as the receiver wants to be told",
});

const MIN_LIFETIME_MS = 10_000;
const MAX_LIFETIME_MS = 365 * 24 * 3_600_000;
const PEM = /-----BEGIN [A-Z0-9 ]+-----/;
/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2048;

/** The header that the credential travels in. */
export function authHeader(auth: HttpAuth): string {
  return auth.type === "jwt" && auth.header ? auth.header : "authorization";
}

/** What is sent in it where that is the same for all requests; undefined: a token that is made or fetched. */
export function fixedCredential(auth: HttpAuth): string | undefined {
  if (auth.type === "basic") return basicCredential(auth.username, auth.password);
  return auth.type === "bearer" ? `Bearer ${auth.token}` : undefined;
}

/** The value of an Authorization header for a name and a password (RFC 7617, in UTF-8). */
export function basicCredential(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** The secrets in it, and what is made of them, to be masked in what comes back. */
export function authSecrets(auth: HttpAuth): string[] {
  switch (auth.type) {
    case "basic":
      return [auth.password, basicCredential(auth.username, auth.password).slice("Basic ".length)];
    case "bearer":
      return [auth.token];
    case "jwt":
      return [auth.key];
    case "oauth2":
      return [auth.clientSecret];
  }
}

/** The key that a JWT is signed with. Throws what OpenSSL says of a private key that cannot be read. */
export function jwtKey({ algorithm, key }: JwtAuth): KeyObject {
  return algorithm === "HS256" ? createSecretKey(Buffer.from(key)) : createPrivateKey(key);
}

function keyFault(auth: JwtAuth): FieldError | undefined {
  const path = "/key";
  // Whoever has the public half of such a key could sign as Waybell.
  if (auth.algorithm === "HS256") return PEM.test(auth.key) ? fault(path, "hs256_key") : undefined;
  let key: KeyObject;
  try {
    key = jwtKey(auth);
  } catch {
    // OpenSSL's reason is no help to who pasted a key, and may repeat it.
    return fault(path, "pem_plain_key");
  }
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (auth.algorithm === "ES256") {
    const fits = key.asymmetricKeyType === "ec" && namedCurve === "prime256v1";
    return fits ? undefined : fault(path, "es256_key");
  }
  if (key.asymmetricKeyType !== "rsa") return fault(path, "rs256_key");
  return modulusLength < MIN_RSA_BITS ? fault(path, "rs256_short", { bits: MIN_RSA_BITS }) : undefined;
}

/** How long a JWT serves. */
export const jwtLifetimeMs = ({ lifetime = "1h" }: JwtAuth): number => parseDuration(lifetime);

/** What is wrong with a JWT's setting beyond its schema; paths are inside `auth`. */
export function jwtFindings(auth: JwtAuth): FieldError[] {
  const findings: FieldError[] = [];
  const faulty = keyFault(auth);
  if (faulty) findings.push(faulty);
  const ms = jwtLifetimeMs(auth);
  if (ms < MIN_LIFETIME_MS || ms > MAX_LIFETIME_MS) {
    findings.push(fault("/lifetime", "jwt_lifetime"));
  }
  return findings;
}
