import { randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { InputError, StoreUnavailableError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Problem } from "../schemas/problem.js";
import { type RefusalRule, type RuleParams, refusal, type Told } from "../schemas/rules/rules.js";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";
const RETRY_AFTER_SECONDS = 5;

/** A refusal that is not about the input: it carries headers of its own. */
export class RefusalError extends InputError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string | Told<RefusalRule>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(status, code, message);
    this.headers = headers;
  }
}

/** Too much is under way; the same request succeeds a little later. */
export function busy(message: string | Told<RefusalRule>): RefusalError {
  return new RefusalError(503, "busy", message, { "retry-after": String(RETRY_AFTER_SECONDS) });
}

export interface ProblemContext {
  readonly logger: Logger;
  readonly maxRequestBytes: number;
  /** What was asked, for the log: method and route, without anything of the input. */
  readonly route: string;
}

export interface ProblemAnswer {
  readonly body: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

const TITLES: Readonly<Record<string, string>> = {
  invalid: "Faulty input",
  malformed: "Malformed request",
  not_found: "Not found",
  conflict: "Conflict",
  too_large: "Too large",
  unavailable: "The database cannot take it now",
};

type Detail =
  | string
  | { readonly message: string; readonly rule?: string | undefined; readonly params?: RuleParams | undefined };

function problem(status: number, code: string, what: Detail, errors: Problem["errors"] = []): Problem {
  const title = TITLES[code] ?? STATUS_CODES[status] ?? "Refused";
  const {
    message: detail,
    rule,
    params,
  } = typeof what === "string" ? { message: what, rule: "", params: undefined } : what;
  const told = { ...(rule ? { rule } : {}), ...(params ? { params } : {}) };
  return { type: `urn:waybell:problem:${code}`, title, status, detail, code, ...told, errors };
}

/** The refusals that Fastify itself makes, by its code. */
function frameworkProblem(code: string, { maxRequestBytes }: ProblemContext): Problem | null {
  const mebibytes = maxRequestBytes / 1024 / 1024;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return problem(
        413,
        "too_large",
        `The request is larger than ${mebibytes} MiB (${maxRequestBytes} bytes). Send it in parts or as application/x-ndjson, which may be of any length, or raise MAX_REQUEST_MIB.`,
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return problem(
        415,
        "unsupported_media_type",
        "The body's Content-Type is not one that this address takes: application/json, and application/x-ndjson for POST /v1/events.",
      );
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return problem(400, "malformed", "The body is not as long as Content-Length says.");
    case "FST_ERR_BAD_URL":
      return problem(400, "malformed", refusal("faulty_address"));
    case "FST_ERR_MAX_PARAM_LENGTH":
      return problem(414, "too_large", refusal("long_address"));
    default:
      return null;
  }
}

function unavailable(error: StoreUnavailableError): ProblemAnswer {
  // A connection that is lost while a commit is on its way leaves unknown what became of it.
  const outcome =
    error.reason === "other"
      ? "It may have been done all the same: send it again, events with the same ids."
      : "Nothing of this request has happened: send it again.";
  return {
    body: problem(503, "unavailable", refusal(`database_${error.reason}`, { message: `${error.message} ${outcome}` })),
    headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
  };
}

/**
 * Any error as a problem document. What is no refusal becomes a 500 with an incident id, under which the log holds the
 * cause; nothing of it reaches the answer.
 */
export function problemOf(error: unknown, context: ProblemContext): ProblemAnswer {
  if (error instanceof InputError) {
    const { status, code, message, rule, params, fields } = error;
    const headers = error instanceof RefusalError ? error.headers : {};
    return { body: problem(status, code, { message, rule, params }, [...fields]), headers };
  }
  if (error instanceof StoreUnavailableError) {
    context.logger.error({ route: context.route, reason: error.reason, err: error }, "the database cannot take it");
    return unavailable(error);
  }
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === "string" ? frameworkProblem(code, context) : null;
  if (known) return { body: known, headers: {} };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return {
      body: problem(statusCode, "malformed", STATUS_CODES[statusCode] ?? "The request is refused."),
      headers: {},
    };
  }
  const incident = randomBytes(6).toString("hex");
  context.logger.error({ incident, route: context.route, err: error }, "an API request failed");
  return { body: { ...problem(500, "internal", refusal("internal", { incident })), incident }, headers: {} };
}
