import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type Hmac,
  type KeyObject,
  randomBytes,
  sign as signOnce,
} from "node:crypto";
import { promisify } from "node:util";
import type { StreamedBody } from "../templates/template.js";
import { watchAbort } from "./abort-watch.js";
import type { SigningKind } from "./transport.js";

/** `hmac` signs as `v1`, `ed25519` as `v1a`. */
export type SigningKey =
  | { readonly kind: "hmac"; readonly key: Buffer }
  | { readonly kind: "ed25519"; readonly key: KeyObject; readonly publicKey: string };

const HMAC_PREFIX = "whsec_";
const PRIVATE_PREFIX = "whsk_";
const PUBLIC_PREFIX = "whpk_";
const MIN_HMAC_BYTES = 24;
const MAX_HMAC_BYTES = 64;
const NEW_HMAC_BYTES = 32;
const SEED_BYTES = 32;
// What stands before a seed in PKCS #8, and before a public key in SubjectPublicKeyInfo (RFC 8410, section 10).
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEAD_BYTES = 12;

const signAside = promisify(signOnce) as (algorithm: null, data: Buffer, key: KeyObject) => Promise<Buffer>;

function base64After(prefix: string, secret: string): Buffer | undefined {
  if (!secret.startsWith(prefix)) return undefined;
  const text = secret.slice(prefix.length);
  const bytes = Buffer.from(text, "base64");
  // Buffer.from skips what is not base64: only a text that comes out the same again was whole.
  return bytes.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "") ? bytes : undefined;
}

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI_HEAD_BYTES);

/** From the seed alone, or with the public key behind it, as other makers of such keys write it. */
function ed25519Key(bytes: Buffer): SigningKey | undefined {
  if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES) return undefined;
  const der = Buffer.concat([PKCS8_HEAD, bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const told = rawPublic(key);
  if (bytes.length > SEED_BYTES && !told.equals(bytes.subarray(SEED_BYTES))) return undefined;
  return { kind: "ed25519", key, publicKey: PUBLIC_PREFIX + told.toString("base64") };
}

/** The key in a `whsec_…` or `whsk_…` secret of Standard Webhooks; undefined when it holds none (`SECRET_FORM`). */
export function signingKey(secret: string): SigningKey | undefined {
  const pair = base64After(PRIVATE_PREFIX, secret);
  if (pair) return ed25519Key(pair);
  const key = base64After(HMAC_PREFIX, secret);
  return key && key.length >= MIN_HMAC_BYTES && key.length <= MAX_HMAC_BYTES ? { kind: "hmac", key } : undefined;
}

export const SECRET_FORM =
  "whsec_ and 24 to 64 bytes in base64, or whsk_ and an ed25519 seed in base64, its public key behind it or not";

/** A new secret; of ed25519 the seed and its public key, the form that most programs take. */
export function newSigningSecret(kind: SigningKind): string {
  if (kind === "hmac") return HMAC_PREFIX + randomBytes(NEW_HMAC_BYTES).toString("base64");
  const { privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(PKCS8_HEAD.length);
  return PRIVATE_PREFIX + Buffer.concat([seed, rawPublic(privateKey)]).toString("base64");
}

const headOf = (id: string, timestamp: number): string => `${id}.${timestamp}.`;
const hmacOf = (key: Buffer, head: string): Hmac => createHmac("sha256", key).update(head);
const finish = (hmac: Hmac): string => `v1,${hmac.digest("base64")}`;
const v1a = (signature: Buffer): string => `v1a,${signature.toString("base64")}`;

/**
 * The value of `webhook-signature` (Standard Webhooks): one signature a key, the first key's first. `timestamp` is in
 * seconds; `content` is the body, or the raw query string of a GET.
 */
export function sign(keys: readonly SigningKey[], id: string, timestamp: number, content: Buffer | string): string {
  const head = headOf(id, timestamp);
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const signatures = keys.map((one) => {
    if (one.kind === "hmac") return finish(hmacOf(one.key, head).update(bytes));
    return v1a(signOnce(null, Buffer.concat([Buffer.from(head), bytes]), one.key));
  });
  return signatures.join(" ");
}

/** A streamed body's signature, and the body to send: in one piece where it had to be held for signing. */
export interface SignedBody {
  readonly signature: string;
  readonly body: Buffer | StreamedBody;
}

/**
 * The same for a streamed body: reads it once, before it is sent. Ed25519 goes over the whole message twice, and its
 * second pass needs what the first one gave (RFC 8032, section 5.1.6): for such a key the body is held in one piece.
 * Reads it into `beside` as well. Throws the signal's reason when it aborts.
 */
export async function signStreamed(
  keys: readonly SigningKey[],
  id: string,
  timestamp: number,
  content: StreamedBody,
  signal: AbortSignal,
  beside?: Hmac,
): Promise<SignedBody> {
  const head = headOf(id, timestamp);
  const hold = keys.some(({ kind }) => kind === "ed25519");
  const whole = Buffer.alloc(hold ? head.length + content.length : 0);
  whole.write(head);
  const parts = keys.map((one) => {
    // On a thread beside: of many megabytes it takes as long as a hundred small deliveries.
    if (one.kind === "ed25519") return { read: () => {}, end: () => signAside(null, whole, one.key).then(v1a) };
    const hmac = hmacOf(one.key, head);
    return { read: (chunk: Buffer) => void hmac.update(chunk), end: () => finish(hmac) };
  });
  const stream = content.open();
  const reading = { abort: () => void stream.destroy(signal.reason) };
  const watched = watchAbort(signal, reading);
  let length = 0;
  try {
    signal.throwIfAborted();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (const { read } of parts) read(chunk);
      beside?.update(chunk);
      if (hold) chunk.copy(whole, head.length + length);
      length += chunk.length;
    }
  } finally {
    watched.delete(reading);
  }
  if (length !== content.length) throw new Error(`the body has ${length} bytes and was said to have ${content.length}`);
  const signatures = await Promise.all(parts.map(({ end }) => end()));
  return { signature: signatures.join(" "), body: hold ? whole.subarray(head.length) : content };
}
