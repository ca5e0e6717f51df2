import { createHmac, type Hmac } from "node:crypto";
import { type Static, Type } from "typebox";
import { unsentSecret } from "../schemas/secret.js";
import { HEADER_NAME } from "./http-headers.js";

/** A signature in the way of one partner, beside or instead of Standard Webhooks. */
export const HttpHmac = Type.Object(
  {
    header: Type.String({ pattern: HEADER_NAME, description: "The header of the signature" }),
    secret: Type.String({ ...unsentSecret, minLength: 1, maxLength: 1000, description: "The key, as text (UTF-8)" }),
    over: Type.Optional(
      Type.Enum(["body", "timestamp.body"], {
        description:
          "What is signed; by default the body. On a GET the raw query string. The timestamp is that of webhook-timestamp",
      }),
    ),
    encoding: Type.Optional(Type.Enum(["hex", "base64"], { description: "By default hex, in lower case" })),
    algorithm: Type.Optional(Type.Enum(["sha256", "sha512", "sha1"], { description: "By default sha256" })),
    prefix: Type.Optional(
      Type.String({ maxLength: 40, pattern: "^([!-~][ -~]*)?$", description: "Before the signature, such as sha256=" }),
    ),
    timestampHeader: Type.Optional(
      Type.String({ pattern: HEADER_NAME, description: "Another header in which the timestamp is sent too" }),
    ),
  },
  { additionalProperties: false, title: "HmacSignature", description: "A signature in a header of any name" },
);
export type HttpHmac = Static<typeof HttpHmac>;

/** Begins a signature; the content follows. `timestamp` is in seconds. */
export function beginHmac({ algorithm = "sha256", secret: key, over = "body" }: HttpHmac, timestamp: number): Hmac {
  const hmac = createHmac(algorithm, key);
  return over === "body" ? hmac : hmac.update(`${timestamp}.`);
}

/** The header's value, once all of the content went in. */
export function finishHmac({ encoding = "hex", prefix = "" }: HttpHmac, hmac: Hmac): string {
  return prefix + hmac.digest(encoding);
}
