import type { Readable } from "node:stream";
import { TransportError } from "../errors.js";
import type { Payload, StreamedBody } from "../templates/template.js";
import { agentOf } from "./http-agent.js";
import { Exchange } from "./http-exchange.js";
import type { HttpTarget } from "./http-options.js";
import { sign, signStreamed } from "./signature.js";
import type { Receipt, SendContext } from "./transport.js";

/** One request, but for what is the same for all requests to its target. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "OPTIONS";
  /** Path and query. */
  readonly path: string;
  readonly body: Buffer | StreamedBody | null;
  /** Name and value in turns, beside the target's own. */
  readonly headers: string[];
  /** Bytes of the payload, wherever it travels. */
  readonly bytes: number;
}

const isStreamed = (body: Buffer | StreamedBody | null): body is StreamedBody => body !== null && "open" in body;

function deadlinePassed(): TransportError {
  const message = "The deadline passed before anything was sent.";
  return new TransportError({ fault: "connection", code: "timeout", message });
}

/** The keys that sign now: after a rotation the previous one too, until its time is over. */
function keysOf({ key, previousKey, previousKeyUntil }: HttpTarget, now: number): readonly Buffer[] {
  if (!key) return [];
  return previousKey && now < previousKeyUntil ? [key, previousKey] : [key];
}

async function signLarge(
  keys: readonly Buffer[],
  content: StreamedBody,
  { ids: { webhookId, timestamp }, signal }: SendContext,
): Promise<string> {
  try {
    return await signStreamed(keys, webhookId, timestamp, content, signal);
  } catch (error) {
    throw signal.aborted ? deadlinePassed() : error;
  }
}

/**
 * Adds webhook-id, webhook-timestamp and, where the endpoint has a secret, webhook-signature over `content`; at once,
 * but for a body that is streamed.
 */
export function addWebhookHeaders(
  headers: string[],
  content: Buffer | StreamedBody | string,
  target: HttpTarget,
  context: SendContext,
): Promise<void> | undefined {
  const { webhookId, timestamp } = context.ids;
  headers.push("webhook-id", webhookId, "webhook-timestamp", String(timestamp));
  if (context.isTest) headers.push("webhook-test", "true");
  if (!target.key) return undefined;
  const keys = keysOf(target, context.clock.now());
  const add = (signature: string) => void headers.push("webhook-signature", signature);
  if (typeof content !== "string" && !Buffer.isBuffer(content)) return signLarge(keys, content, context).then(add);
  add(sign(keys, webhookId, timestamp, content));
  return undefined;
}

/** The template's own headers, without those that the endpoint sets otherwise. */
export function payloadHeaders({ headers }: Payload, target: HttpTarget): string[] {
  if (!headers) return [];
  return Object.entries(headers)
    .filter(([name]) => !target.headerNames.has(name.toLowerCase()))
    .flat();
}

/**
 * Sends one request and waits for its whole answer. Throws TransportError: `connection` when nothing was sent,
 * `ambiguous` when no whole answer came, `response` when it does not mean delivered. Follows no redirect, retries nothing.
 */
export function exchange(request: HttpRequest, target: HttpTarget, context: SendContext): Promise<Receipt> {
  if (context.signal.aborted) return Promise.reject(deadlinePassed());
  const { method, path, body, headers, bytes } = request;
  let sent: Buffer | Readable | null = null;
  let stream: Readable | undefined;
  if (isStreamed(body)) {
    stream = body.open();
    sent = stream;
    headers.push("content-length", String(body.length));
  } else sent = body;
  headers.push(...target.headers);

  return new Promise((resolve, reject) => {
    const { href, secrets, origin } = target;
    const running = new Exchange({ context, bytes, stream, href, secrets, resolve, reject });
    stream?.on("error", (error) => running.bodyFailed(error));
    agentOf(target, context).dispatch({ origin, path, method, headers, body: sent }, running);
  });
}
