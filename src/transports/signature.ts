import { createHmac, type Hmac } from "node:crypto";
import type { StreamedBody } from "../templates/template.js";
import { watchAbort } from "./abort-watch.js";

const PREFIX = "whsec_";
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** The key in a `whsec_…` secret of Standard Webhooks, or undefined when it is none of 24 to 64 bytes in base64. */
export function signingKey(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  const key = Buffer.from(text, "base64");
  // Buffer.from skips what is not base64: only a text that comes out the same again was whole.
  const whole = key.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  return whole && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : undefined;
}

function begin(key: Buffer, id: string, timestamp: number): Hmac {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`);
}

const finish = (hmac: Hmac) => `v1,${hmac.digest("base64")}`;

/**
 * The value of `webhook-signature` (Standard Webhooks, v1): one signature a key, the first key's first. `timestamp` is
 * in seconds; `content` is the body, or the raw query string of a GET.
 */
export function sign(keys: readonly Buffer[], id: string, timestamp: number, content: Buffer | string): string {
  return keys.map((key) => finish(begin(key, id, timestamp).update(content))).join(" ");
}

/**
 * The same for a body too large to hold: reads it once, before it is sent, also into `beside`. Throws the signal's
 * reason when it aborts.
 */
export async function signStreamed(
  keys: readonly Buffer[],
  id: string,
  timestamp: number,
  content: StreamedBody,
  signal: AbortSignal,
  beside?: Hmac,
): Promise<string> {
  const hmacs = keys.map((key) => begin(key, id, timestamp));
  const body = content.open();
  const reading = { abort: () => void body.destroy(signal.reason) };
  const watched = watchAbort(signal, reading);
  try {
    signal.throwIfAborted();
    for await (const chunk of body) {
      for (const hmac of hmacs) hmac.update(chunk as Buffer);
      beside?.update(chunk as Buffer);
    }
  } finally {
    watched.delete(reading);
  }
  return hmacs.map(finish).join(" ");
}
