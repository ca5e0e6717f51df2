import { createHash } from "node:crypto";

const BLOCK_BYTES = 64;
const sha256 = (...parts: Buffer[]) => parts.reduce((all, part) => all.update(part), createHash("sha256")).digest();

/** HMAC-SHA256 as RFC 2104 writes it out, from a plain hash: what checks signatures that node:crypto made. */
export function hmacSha256(key: string, text: string): string {
  const bytes = Buffer.from(key);
  const block = Buffer.alloc(BLOCK_BYTES);
  (bytes.length > BLOCK_BYTES ? sha256(bytes) : bytes).copy(block);
  const inner = sha256(Buffer.from(block.map((byte) => byte ^ 0x36)), Buffer.from(text));
  return sha256(Buffer.from(block.map((byte) => byte ^ 0x5c)), inner).toString("hex");
}
