import { TransportError } from "../errors.js";
import { stepTold } from "../schemas/rules/rules.js";
import { answerText, statusText } from "./http-answer.js";
import { basicCredential, type OAuth2Auth } from "./http-auth.js";
import { type HttpTarget, httpTarget } from "./http-options.js";
import { type HttpRequest, request } from "./http-request.js";
import type { Token, TokenSource } from "./http-tokens.js";
import { replacedAfter } from "./jwt.js";
import type { SendContext } from "./transport.js";

/** What one request for a token may take. */
const REQUEST_MS = 10_000;
/** Where the token server does not say how long (RFC 6749, 5.1): the receiver's 401 tells when it has ended sooner. */
const DEFAULT_LIFE_S = 3600;
const MAX_LIFE_S = 365 * 24 * 3600;
const ANY_2XX = { statusCodes: [], bodyIncludes: "" };
/** Error codes that say nothing of the setting; the first two are of 4.1.2.1, and are given here as well. */
const PASSING: ReadonlySet<string> = new Set(["temporarily_unavailable", "server_error", "slow_down"]);
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

const form = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);

interface Asking {
  readonly server: HttpTarget;
  /** For people: the token server's host. */
  readonly host: string;
  readonly body: Buffer;
  readonly headers: readonly string[];
  /** What must not be kept of an answer. */
  readonly secrets: readonly string[];
}

function toAsking(auth: OAuth2Auth): Asking {
  const { tokenUrl, clientId, clientSecret, scope, audience, credentials = "header", ca } = auth;
  const server = httpTarget({ url: tokenUrl, ...(ca ? { ca } : {}) });
  const fields = new URLSearchParams({ grant_type: "client_credentials" });
  if (scope) fields.set("scope", scope);
  if (audience) fields.set("audience", audience);
  const headers = ["content-type", "application/x-www-form-urlencoded", "accept", "application/json"];
  // Both are form-encoded before they become a name and a password (RFC 6749, 2.3.1).
  const basic = basicCredential(form(clientId), form(clientSecret));
  if (credentials === "header") headers.push("authorization", basic);
  else {
    fields.set("client_id", clientId);
    fields.set("client_secret", clientSecret);
  }
  const secrets = [clientSecret, form(clientSecret), basic.slice("Basic ".length)];
  const body = Buffer.from(fields.toString());
  return { server, host: new URL(tokenUrl).host, body, headers, secrets };
}

function unavailable(
  host: string,
  what: string,
  init: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
) {
  const message = `The token server ${host} ${what}; nothing was sent.`;
  return new TransportError({ fault: "connection", code: "oauth_unavailable", message, ...init });
}

function refused(code: "oauth_refused" | "oauth_answer", host: string, what: string, response = "") {
  return new TransportError({ fault: "config", code, message: `The token server ${host} ${what}`, response });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The error of RFC 6749, 5.2, in an answer; its words are the partner's, and kept as what came back. */
function oauthError(text: string, secrets: readonly string[]): { code: string; response: string } | undefined {
  const { error, error_description: description } = parse(text) ?? {};
  if (typeof error !== "string") return undefined;
  const clean = (part: string) => answerText(Buffer.from(part), secrets);
  const code = clean(error)
    .replace(/[^\w.*-]/g, "")
    .slice(0, 60);
  return { code, response: clean(typeof description === "string" ? `${error}: ${description}` : error) };
}

const kindOf = (text: string) => (/^\s*</.test(text) ? "a web page (HTML)" : "something else");

function refusal({ host, secrets }: Asking, error: TransportError): TransportError {
  const { status = 0, retryAfterMs, response = "" } = error;
  const answered = statusText(status);
  const told = oauthError(response, secrets);
  if (status >= 500 || PASSING_STATUSES.has(status) || (told && PASSING.has(told.code))) {
    // With its status: a 429, and a 503 with Retry-After, hold the lane for as long as they ask.
    return unavailable(host, `answered ${answered}`, {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (told) {
    return refused("oauth_refused", host, `refused to give a token: ${told.code} (${answered}).`, told.response);
  }
  if (status >= 300 && status < 400) {
    return refused("oauth_answer", host, `redirected (${answered}), which is not followed: correct tokenUrl.`);
  }
  const what = response === "" ? "nothing more" : kindOf(response);
  return refused("oauth_answer", host, `answered ${answered} and ${what}, not with a token: check tokenUrl.`);
}

/** What a failed request for a token means for the send that waits for it: nothing was sent in any case. */
function failure(asking: Asking, error: unknown, timedOut: boolean): unknown {
  if (!(error instanceof TransportError)) return error;
  const { host } = asking;
  if (error.fault === "response") return refusal(asking, error);
  if (timedOut) return unavailable(host, `did not answer within ${REQUEST_MS / 1000} s`);
  if (error.fault === "ambiguous")
    return unavailable(host, "broke its answer off, or gave none that is HTTP", { cause: error });
  if (error.fault === "connection") return unavailable(host, `cannot be reached (${error.message})`, { cause: error });
  return new TransportError({
    fault: "config",
    code: error.code,
    message: `The token server ${host} cannot be asked: ${error.message}`,
  });
}

/** Seconds that a token lives; some servers write the number as a text. */
function lifeOf(expiresIn: unknown): number {
  const seconds = typeof expiresIn === "number" || typeof expiresIn === "string" ? Number(expiresIn) : Number.NaN;
  return Number.isFinite(seconds) && expiresIn !== "" ? Math.min(Math.max(0, seconds), MAX_LIFE_S) : DEFAULT_LIFE_S;
}

function readToken({ host }: Asking, text: string, begunAt: number): Token {
  const answer = parse(text);
  if (!answer) {
    throw refused("oauth_answer", host, `answered ${kindOf(text)} instead of a token in JSON: check tokenUrl.`);
  }
  const { access_token: token, token_type: type, expires_in: expiresIn } = answer;
  if (typeof token !== "string" || !/^[!-~]+$/.test(token)) {
    throw refused("oauth_answer", host, "answered without a token (access_token) that can be sent: check tokenUrl.");
  }
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    throw refused("oauth_answer", host, "gives tokens of another type than Bearer, which Waybell cannot send.");
  }
  const seconds = lifeOf(expiresIn);
  return {
    header: "authorization",
    value: `Bearer ${token}`,
    secret: token,
    told: stepTold("token_from", { host, seconds }),
    // A length of time, so measured on the clock that nobody sets.
    serves: (clock) => clock.monotonic() - begunAt < replacedAfter(seconds * 1000),
  };
}

/** Access tokens of the client credentials grant (RFC 6749, 4.4). */
export function oauth2Source(auth: OAuth2Auth): TokenSource {
  const asking = toAsking(auth);
  const { server, body, headers } = asking;
  const path = server.query ? `${server.path}?${server.query}` : server.path;

  async function obtain(context: SendContext): Promise<Token> {
    const { clock } = context;
    const begunAt = clock.monotonic();
    const own = new AbortController();
    const cancel = clock.after(REQUEST_MS, () => own.abort());
    const fixed = { method: "POST", path, body, bytes: body.length, needsAnswer: true } as const;
    const asked: HttpRequest = { ...fixed, headers: [...headers] };
    // Not bound to one claim either: other sends wait for the token, and the receiver takes it for no delivery.
    const answer = request(asked, server, {
      ...context,
      signal: own.signal,
      success: ANY_2XX,
      startBy: Number.POSITIVE_INFINITY,
    });
    const { response } = await answer
      .catch((error: unknown) => {
        throw failure(asking, error, own.signal.aborted);
      })
      .finally(cancel);
    return readToken(asking, response, begunAt);
  }
  return { canBeRevoked: true, obtain };
}
