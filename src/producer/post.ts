import type { Dispatcher } from "undici";
import type { FieldError } from "../errors.js";
import type { PublishResult } from "./entry.js";
import type { Settings } from "./options.js";

/** Results and problems of a thousand events stay far below. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Longer than this no server means it. */
const MAX_RETRY_AFTER_MS = 600_000;
const RETRYABLE = new Set([408, 425, 429]);
/** What may be the fault of one event without naming it: a proxy, or a body that something in between cannot read. */
const ABOUT_CONTENT = new Set([400, 409, 413, 422]);

/** What came of one request. */
export type Answer =
  | { readonly kind: "published"; readonly results: readonly PublishResult[] }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly detail: string;
      /** The faulty items by their place, each with its own fields. */
      readonly named: ReadonlyMap<number, readonly FieldError[]>;
      /** Parts of the request may be taken where the whole was not. */
      readonly divisible: boolean;
    }
  | {
      readonly kind: "again";
      readonly reason: string;
      readonly retryAfterMs: number | null;
      /** The events may have been published all the same. */
      readonly uncertain: boolean;
    };

async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isResult(value: unknown): value is PublishResult {
  const { id, duplicate, deliveries } = (value ?? {}) as Record<string, unknown>;
  return typeof id === "string" && typeof duplicate === "boolean" && typeof deliveries === "number";
}

/** Milliseconds, whether given as seconds or as a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | string[] | undefined, now: number): number | null {
  if (typeof header !== "string") return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null;
}

function fieldsOf(problem: Record<string, unknown>, count: number): Map<number, FieldError[]> {
  const named = new Map<number, FieldError[]>();
  for (const { path, message } of Array.isArray(problem.errors) ? problem.errors : []) {
    const [, at, rest = ""] = /^\/(\d+)(\/.*)?$/s.exec(String(path)) ?? [];
    if (at === undefined || Number(at) >= count) continue;
    const fields = named.get(Number(at)) ?? [];
    fields.push({ path: rest, message: String(message) });
    named.set(Number(at), fields);
  }
  return named;
}

function refusal(status: number, text: string, count: number, key: string): Answer {
  const body = parse(text);
  const problem = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const said = [problem.detail, problem.title].find((value) => typeof value === "string" && value !== "");
  // Whatever stands in between may echo the request.
  const detail = String(said ?? "").replaceAll(key, "***");
  const divisible = ABOUT_CONTENT.has(status);
  return { kind: "refused", status, detail, named: divisible ? fieldsOf(problem, count) : new Map(), divisible };
}

function codeOf(error: unknown): string {
  const { code, cause, message } = (error ?? {}) as { code?: unknown; cause?: unknown; message?: unknown };
  if (typeof code === "string") return code;
  return cause === undefined ? String(message) : codeOf(cause);
}

/** Before a connection stands nothing was sent. */
const UNSENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

function readAnswer(answer: Dispatcher.ResponseData, text: string, count: number, settings: Settings): Answer {
  const { statusCode: status } = answer;
  if (status === 202) {
    const results = parse(text);
    if (Array.isArray(results) && results.length === count && results.every(isResult)) {
      return { kind: "published", results };
    }
  }
  const retryAfterMs = retryAfter(answer.headers["retry-after"], settings.clock.now());
  if (status >= 500 || RETRYABLE.has(status)) {
    return { kind: "again", reason: `the server answered ${status}`, retryAfterMs, uncertain: status >= 500 };
  }
  if (status >= 300) return refusal(status, text, count, settings.key);
  // Another server may stand there for a moment; trying again is safe, since each event has an id.
  return { kind: "again", reason: `the answer (${status}) is none of a Waybell`, retryAfterMs, uncertain: true };
}

/** Posts events as one array; never throws. */
export async function post(
  jsons: readonly string[],
  settings: Settings,
  dispatcher: Dispatcher,
  stop: AbortSignal,
): Promise<Answer> {
  const { endpoint, key, clock, retry } = settings;
  const request = new AbortController();
  const abort = () => request.abort();
  let isLate = false;
  const cancel = clock.after(retry.requestTimeoutMs, () => {
    isLate = true;
    abort();
  });
  stop.addEventListener("abort", abort);
  try {
    const answer = await dispatcher.request({
      origin: endpoint.origin,
      path: endpoint.pathname,
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/json" },
      body: `[${jsons.join(",")}]`,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: request.signal,
    });
    return readAnswer(answer, await readBody(answer.body), jsons.length, settings);
  } catch (error) {
    const code = codeOf(error);
    const reason = isLate ? `no answer came in ${retry.requestTimeoutMs} ms` : `no answer came (${code})`;
    return { kind: "again", reason, retryAfterMs: null, uncertain: !UNSENT.has(code) };
  } finally {
    cancel();
    stop.removeEventListener("abort", abort);
  }
}
