import type { Readable } from "node:stream";
import { TransportError } from "../errors.js";
import { SECRET_MASK } from "../schemas/secret.js";
import type { StreamedBody } from "../templates/template.js";
import { agentOf } from "./http-agent.js";
import { Exchange } from "./http-exchange.js";
import type { HttpTarget } from "./http-options.js";
import type { Receipt, SendContext } from "./transport.js";

/** One request, but for what is the same for all requests to its target. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "OPTIONS";
  /** Path and query. */
  readonly path: string;
  readonly body: Buffer | StreamedBody | null;
  /** Name and value in turns, beside the target's own. */
  readonly headers: string[];
  /** Of the headers: a value that is not to be shown. */
  readonly hidden?: string;
  /** Bytes of the payload, wherever it travels. */
  readonly bytes: number;
  /** What comes back is asked for: 16 KiB of it are kept however much others keep. */
  readonly needsAnswer?: boolean;
}

const isStreamed = (body: Buffer | StreamedBody | null): body is StreamedBody => body !== null && "open" in body;

/** What an attempt ends with whose deadline passed before its request began. */
export function deadlinePassed(): TransportError {
  const message = "The deadline passed before anything was sent.";
  return new TransportError({ fault: "connection", code: "timeout", message });
}

/**
 * Sends one request and waits for its whole answer; its headers are used up. Throws TransportError: `connection` when
 * nothing was sent, `ambiguous` when no whole answer came, `response` when it does not mean delivered. Follows no
 * redirect, retries nothing. `secrets` must not be kept, should the receiver send them back.
 */
export function request(
  { method, path, body, headers, hidden, bytes, needsAnswer = false }: HttpRequest,
  target: HttpTarget,
  context: SendContext,
  secrets = target.secrets,
): Promise<Receipt> {
  if (context.signal.aborted) return Promise.reject(deadlinePassed());
  const shown = hidden === undefined ? [...headers] : headers.map((text) => (text === hidden ? SECRET_MASK : text));
  shown.push(...target.shownHeaders);
  let sent: Buffer | Readable | null = null;
  let stream: Readable | undefined;
  if (isStreamed(body)) {
    stream = body.open();
    sent = stream;
    headers.push("content-length", String(body.length));
  } else sent = body;
  headers.push(...target.headers);

  return new Promise((resolve, reject) => {
    const { href, origin } = target;
    const running = new Exchange({
      context,
      bytes,
      stream,
      href,
      headers: shown,
      secrets,
      needsAnswer,
      resolve,
      reject,
    });
    stream?.on("error", (error) => running.bodyFailed(error));
    agentOf(target, context).dispatch(origin, { path, method, headers, body: sent }, running);
  });
}
