import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { SESSION_COOKIES } from "./same-site.js";

const CIPHER = "aes-256-gcm";
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

/** Known to the browser's cookies and to no page: what is sealed lies in pages, and any process can open it. */
const sessionSecret = (request: FastifyRequest): string =>
  SESSION_COOKIES.map((name) => request.cookies[name] ?? "").join(" ");

const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync("sha256", secret, "", "waybell sealed form", 32));

/** A text that only who knows the secret can read, and nobody else can make. */
export function sealBy(secret: string, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secret), nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The text that was sealed by the secret; null: it was not, or it was changed. */
export function unsealBy(secret: string, sealed: string): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, keyOf(secret), bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

/** A text as a form can carry it from one page to the next: nobody reads it there, and it cannot be changed. */
export const seal = (request: FastifyRequest, text: string): string => sealBy(sessionSecret(request), text);

/** The text that was sealed in this session; null: it was not, or it was changed. */
export const unseal = (request: FastifyRequest, sealed: string): string | null =>
  unsealBy(sessionSecret(request), sealed);
