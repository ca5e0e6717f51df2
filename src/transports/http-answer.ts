import { STATUS_CODES } from "node:http";
import { TransportError } from "../errors.js";
import { BEYOND_END, withoutSecrets } from "../schemas/masking.js";
import { SECRET_MASK } from "../schemas/secret.js";
import type { SendContext } from "./transport.js";

/** What a record keeps of an answer. */
const KEPT_BYTES = 16 * 1024;
/** What it is made of: a secret that lies across its end is found by what comes after. */
export const NEEDED_BYTES = KEPT_BYTES + BEYOND_END;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
const MAX_LOCATION = 300;

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Its beginning. */
  readonly body: Buffer | undefined;
  /** Whether all of it holds the text that means delivered, or none is asked for. */
  readonly holdsText: boolean;
}

/** Whether this status alone can mean delivered. */
export function isSuccess(status: number, { statusCodes }: SendContext["success"]): boolean {
  return statusCodes.length > 0 ? statusCodes.includes(status) : status >= 200 && status < 300;
}

/** Such as `404 Not Found`. The receiver's own words are not used: they may say anything. */
export function statusText(status: number): string {
  const name = STATUS_CODES[status];
  return name ? `${status} ${name}` : String(status);
}

/** The last place up to `length` that is not inside of a character of UTF-8. */
function characterEnd(bytes: Buffer, length: number): number {
  let end = length;
  while (end > length - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/** The answer as it is kept: its beginning as text, secrets that it repeats masked. */
export function answerText(body: Buffer | undefined, secrets: readonly string[]): string {
  if (!body) return "";
  const text = maskedText(body, secrets);
  // Masks can be longer than what they stand for.
  if (text.length * 3 <= KEPT_BYTES || Buffer.byteLength(text) <= KEPT_BYTES) return text;
  const bytes = Buffer.from(text);
  return bytes.toString("utf8", 0, characterEnd(bytes, KEPT_BYTES));
}

function maskedText(body: Buffer, secrets: readonly string[]): string {
  const isLonger = body.length > KEPT_BYTES;
  const end = isLonger ? characterEnd(body, KEPT_BYTES) : body.length;
  const kept = body.toString("utf8", 0, end);
  const beyond = isLonger ? body.toString("utf8", end, NEEDED_BYTES) : "";
  let text = withoutSecrets(kept + beyond, secrets, SECRET_MASK, kept.length);
  // PostgreSQL takes no NUL in a text.
  if (text.includes("\0")) text = text.replaceAll("\0", "\uFFFD");
  return text;
}

/** Milliseconds of a Retry-After, in seconds or as an HTTP-date (RFC 9110, 10.2.3), at most a day. */
function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = typeof header === "string" ? header.trim() : "";
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

/** What the answer is one to. */
interface Asked {
  readonly href: string;
  readonly secrets: readonly string[];
  readonly headers: readonly string[];
  readonly context: SendContext;
}

function redirectSentence({ status, headers: { location } }: Answer, { href, secrets }: Asked): string {
  const to = typeof location === "string" && URL.canParse(location, href) ? new URL(location, href) : undefined;
  // Its query may hold what the payload held, or a token.
  const where = to ? ` to ${withoutSecrets(`${to.origin}${to.pathname}`, secrets, SECRET_MASK, MAX_LOCATION)}` : "";
  return `The server redirected${where} (${statusText(status)}). Redirects are not followed: change the endpoint's URL.`;
}

function sentence(answer: Answer, asked: Asked): string {
  const { success } = asked.context;
  if (isSuccess(answer.status, success)) {
    return `The server answered ${statusText(answer.status)}, but not with the text that means delivered.`;
  }
  if (answer.status >= 300 && answer.status < 400) return redirectSentence(answer, asked);
  return `The server answered ${statusText(answer.status)}.`;
}

/** The error for an answer that does not meet the success rule, or undefined when it does. */
export function refusalOf(
  answer: Answer,
  asked: Asked,
  timings: Readonly<Record<string, number>>,
): TransportError | undefined {
  const { status, headers, body, holdsText } = answer;
  const { secrets, headers: sent } = asked;
  const { success, clock } = asked.context;
  if (isSuccess(status, success) && holdsText) return undefined;
  const retryAfterMs = retryAfter(headers["retry-after"], clock.now());
  return new TransportError({
    fault: "response",
    code: `http_${status}`,
    message: sentence(answer, asked),
    status,
    serverFault: status >= 500,
    response: answerText(body, secrets),
    headers: sent,
    timings,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
