import { TransportError } from "../errors.js";
import { SECRET_MASK } from "../schemas/secret.js";
import type { Payload, StreamedBody } from "../templates/template.js";
import { endedSentence } from "./client-certificate.js";
import { beginHmac, finishHmac } from "./hmac.js";
import { authHeader } from "./http-auth.js";
import type { HttpTarget } from "./http-options.js";
import { deadlinePassed, type HttpRequest, request } from "./http-request.js";
import { type Token, tokensOf } from "./http-tokens.js";
import { type SigningKey, sign, signStreamed } from "./signature.js";
import type { Receipt, SendContext } from "./transport.js";

/** Longest streamed body that an ed25519 key signs: it is held in memory, within the budget of all large payloads. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;

/** The keys that sign now: after a rotation the previous one too, until its time is over. */
function keysOf({ key, previousKey, previousKeyUntil }: HttpTarget, now: number): readonly SigningKey[] {
  if (!key) return [];
  return previousKey && now < previousKeyUntil ? [key, previousKey] : [key];
}

/** Both signatures of a streamed body, which is read once for them. Returns the body to send. */
async function signLarge(
  headers: string[],
  keys: readonly SigningKey[],
  content: StreamedBody,
  { hmac }: HttpTarget,
  { ids: { webhookId, timestamp }, signal }: SendContext,
): Promise<Buffer | StreamedBody> {
  if (content.length > MAX_HELD_BYTES && keys.some(({ kind }) => kind === "ed25519")) {
    const message = `The body has ${content.length} bytes; with an ed25519 secret it may have ${MAX_HELD_BYTES}.`;
    throw new TransportError({ fault: "config", code: "too_large_to_sign", message, eventOnly: true });
  }
  const own = hmac && beginHmac(hmac, timestamp);
  try {
    const { signature, body } = await signStreamed(keys, webhookId, timestamp, content, signal, own);
    if (signature) headers.push("webhook-signature", signature);
    if (hmac && own) headers.push(hmac.header, finishHmac(hmac, own));
    return body;
  } catch (error) {
    throw signal.aborted ? deadlinePassed() : error;
  }
}

/** Tells the receiver what its own spans may go on with, unless the endpoint says otherwise. */
function addTrace(headers: string[], { trace: wanted, headerNames }: HttpTarget, { trace }: SendContext): void {
  if (!trace || wanted === "none" || headerNames.has("traceparent")) return;
  headers.push("traceparent", trace.traceparent);
  if (wanted === "full" && trace.tracestate !== undefined && !headerNames.has("tracestate")) {
    headers.push("tracestate", trace.tracestate);
  }
}

/**
 * Adds webhook-id, webhook-timestamp and, where the endpoint has secrets for them, webhook-signature and its own
 * signature over `content`, and the trace, which is not signed; at once, but for a body that is streamed. Returns the body to send where signing had to
 * read it: it may be in one piece then.
 */
export function addWebhookHeaders(
  headers: string[],
  content: Buffer | StreamedBody | string,
  target: HttpTarget,
  context: SendContext,
): Promise<Buffer | StreamedBody> | undefined {
  const { webhookId, timestamp } = context.ids;
  const { hmac } = target;
  headers.push("webhook-id", webhookId, "webhook-timestamp", String(timestamp));
  if (context.isTest) headers.push("webhook-test", "true");
  addTrace(headers, target, context);
  if (!target.key && !hmac) return undefined;
  if (hmac?.timestampHeader) headers.push(hmac.timestampHeader, String(timestamp));
  const keys = keysOf(target, context.clock.now());
  if (typeof content !== "string" && !Buffer.isBuffer(content)) {
    return signLarge(headers, keys, content, target, context);
  }
  if (target.key) headers.push("webhook-signature", sign(keys, webhookId, timestamp, content));
  if (hmac) headers.push(hmac.header, finishHmac(hmac, beginHmac(hmac, timestamp).update(content)));
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
 * The headers of a request that is not sent, in the order of one that is. Its signatures are masked: with them, who may
 * only look could send the receiver what it takes for ours.
 */
export function shownHeaders(
  payload: Payload,
  target: HttpTarget,
  { webhookId, timestamp }: SendContext["ids"],
): string[] {
  const { hmac, key, tokenAuth } = target;
  const masked = [key && "webhook-signature", hmac?.header, tokenAuth && authHeader(tokenAuth)];
  return [
    ...payloadHeaders(payload, target),
    ...["webhook-id", webhookId, "webhook-timestamp", String(timestamp)],
    ...(hmac?.timestampHeader ? [hmac.timestampHeader, String(timestamp)] : []),
    ...masked.flatMap((name) => (name ? [name, SECRET_MASK] : [])),
    ...target.shownHeaders,
  ];
}

/** Sends one request as who the endpoint says, and waits for its whole answer. Throws TransportError as `request` does. */
export function exchange(asked: HttpRequest, target: HttpTarget, context: SendContext): Promise<Receipt> {
  const { certificateEnd: end } = target;
  if (end !== undefined && context.clock.now() >= end) {
    const message = endedSentence(end);
    return Promise.reject(new TransportError({ fault: "config", code: "certificate_expired", message }));
  }
  return target.tokenAuth ? exchangeWithToken(asked, target, context) : request(asked, target, context);
}

const withToken = new WeakMap<Token, readonly string[]>();

/** What must not be kept of an answer to a request with this token: one list for all of them. */
function secretsWith(token: Token, { secrets }: HttpTarget): readonly string[] {
  let all = withToken.get(token);
  if (!all) {
    all = [...secrets, token.secret];
    withToken.set(token, all);
  }
  return all;
}

const isUnauthorized = (error: unknown) => error instanceof TransportError && error.status === 401;

async function exchangeWithToken(asked: HttpRequest, target: HttpTarget, context: SendContext): Promise<Receipt> {
  const tokens = tokensOf(target);
  const send = (token: Token) => {
    const { header, value } = token;
    const headers = [...asked.headers, header, value];
    return request({ ...asked, headers, hidden: value }, target, context, secretsWith(token, target));
  };

  const started = context.clock.monotonic();
  const kept = tokens.current(context);
  const token = kept instanceof Promise ? await kept : kept;
  const waited = kept instanceof Promise ? { token: context.clock.monotonic() - started } : {};
  try {
    const receipt = await send(token);
    return { ...receipt, timings: { ...waited, ...receipt.timings } };
  } catch (error) {
    // A 401 is an answer: the request did nothing, and may be sent again where the token was to blame.
    if (!isUnauthorized(error) || !tokens.canBeRevoked) throw error;
    const fresh = await tokens.renew(context, token);
    if (fresh.value === token.value) throw error;
    return await send(fresh);
  }
}
