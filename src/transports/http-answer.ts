import { STATUS_CODES } from "node:http";
import { TransportError } from "../errors.js";
import { SECRET_MASK } from "../schemas/secret.js";
import { withoutSecrets } from "./masking.js";
import type { SendContext } from "./transport.js";

/** What a record keeps of an answer. */
export const KEPT_BYTES = 16 * 1024;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
const MAX_LOCATION = 300;

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Its beginning. */
  readonly body: Buffer | undefined;
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

/** The answer as it is kept: its beginning as text, secrets that it repeats masked. */
export function answerText(body: Buffer | undefined, secrets: readonly string[]): string {
  if (!body) return "";
  let text = body.toString("utf8", 0, KEPT_BYTES);
  // PostgreSQL takes no NUL in a text.
  if (text.includes("\0")) text = text.replaceAll("\0", "\uFFFD");
  return withoutSecrets(text, secrets, SECRET_MASK);
}

/** Milliseconds of a Retry-After, in seconds or as an HTTP-date (RFC 9110, 10.2.3), at most a day. */
function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = typeof header === "string" ? header.trim() : "";
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

function redirectSentence({ status, headers: { location } }: Answer, href: string): string {
  const to = typeof location === "string" && URL.canParse(location, href) ? new URL(location, href) : undefined;
  // Its query may hold what the payload held, or a token.
  const where = to ? ` to ${`${to.origin}${to.pathname}`.slice(0, MAX_LOCATION)}` : "";
  return `The server redirected${where} (${statusText(status)}). Redirects are not followed: change the endpoint's URL.`;
}

function sentence(answer: Answer, href: string, success: SendContext["success"]): string {
  if (isSuccess(answer.status, success)) {
    return `The server answered ${statusText(answer.status)}, but not with the text that means delivered.`;
  }
  if (answer.status >= 300 && answer.status < 400) return redirectSentence(answer, href);
  return `The server answered ${statusText(answer.status)}.`;
}

/** The error for an answer that does not meet the success rule, or undefined when it does. */
export function refusalOf(
  answer: Answer,
  {
    href,
    secrets,
    headers: sent,
    context,
  }: { href: string; secrets: readonly string[]; headers: readonly string[]; context: SendContext },
  timings: Readonly<Record<string, number>>,
): TransportError | undefined {
  const { status, headers, body } = answer;
  const { success, clock } = context;
  const holdsText = success.bodyIncludes === "" || body?.includes(success.bodyIncludes);
  if (isSuccess(status, success) && holdsText) return undefined;
  const retryAfterMs = retryAfter(headers["retry-after"], clock.now());
  return new TransportError({
    fault: "response",
    code: `http_${status}`,
    message: sentence(answer, href, success),
    status,
    serverFault: status >= 500,
    response: answerText(body, secrets),
    headers: sent,
    timings,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
