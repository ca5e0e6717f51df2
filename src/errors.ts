import { type RefusalRule, type Rule, type RuleParams, refusal, type Told } from "./schemas/rules/rules.js";

/** Whose fault a failure is; the fault alone decides what happens next (see `delivery/decide.ts`). */
export type Fault = "internal" | "config" | "connection" | "ambiguous" | "response";

/** One faulty field of an input. `path` is a JSON pointer into what was sent, "" for the whole. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
  /** Which rule it breaks, for programs and for other languages; absent: only the message says it. */
  readonly rule?: Rule | RefusalRule;
  readonly params?: RuleParams;
  /** Of a text of several lines where it is known: both count from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** An input that cannot be taken; becomes a problem document that names each faulty field. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly status: number;
  readonly code: string;
  /** What the message says, for programs and for other languages; undefined: only the message says it. */
  readonly rule: RefusalRule | undefined;
  readonly params: RuleParams | undefined;
  readonly fields: readonly FieldError[];

  /** `status` is the HTTP status to answer with, `code` a stable word for programs, such as `invalid` or `conflict`. */
  constructor(status: number, code: string, message: string | Told<RefusalRule>, fields: readonly FieldError[] = []) {
    const told = typeof message === "string" ? { message, rule: undefined, params: undefined } : message;
    super(told.message);
    this.status = status;
    this.code = code;
    this.rule = told.rule;
    this.params = told.params;
    this.fields = fields;
  }

  /** The same refusal, with its fields named by whoever was asked. */
  withFields(fields: readonly FieldError[]): InputError {
    const { status, code, message, rule, params } = this;
    return new InputError(status, code, rule ? { message, rule, ...(params ? { params } : {}) } : message, fields);
  }

  static invalid(fields: readonly FieldError[], message: string | Told<RefusalRule> = refusal("invalid")): InputError {
    return new InputError(422, "invalid", message, fields);
  }

  static notFound(thing: string, id: string): InputError {
    return new InputError(404, "not_found", refusal("not_found", { thing, id }));
  }

  static conflict(message: string | Told<RefusalRule>, fields: readonly FieldError[] = []): InputError {
    return new InputError(409, "conflict", message, fields);
  }

  static tooLarge(message: string | Told<RefusalRule>, fields: readonly FieldError[] = []): InputError {
    return new InputError(413, "too_large", message, fields);
  }
}

/**
 * The database could not be read or written. What was asked may be asked again: it has not happened, or, where the connection was
 * lost (`other`), may have happened.
 */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
  /** `full` for a full disk, `busy` for a lock that did not come free, `other` for the rest. */
  readonly reason: "full" | "busy" | "other";

  constructor(reason: "full" | "busy" | "other", message: string, cause: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** A row would be there twice: another was faster. What was asked has not happened. */
export class UniqueError extends Error {
  override readonly name = "UniqueError";

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** A database that is moved elsewhere, or was: it cannot be served, or not be moved that way. */
export class MoveError extends Error {
  override readonly name = "MoveError";
}

/** A send came to begin only after its claim had expired: nothing was written, and another worker may have it by now. */
export class ClaimExpiredError extends Error {
  override readonly name = "ClaimExpiredError";

  constructor() {
    super("The claim expired before the send began.");
  }
}

/** A template could not make a payload. `scope` says whether the setting is wrong for all events or this event alone. */
export class RenderError extends Error {
  override readonly name = "RenderError";
  readonly scope: "endpoint" | "event";
  readonly code: string;
  /** The place in the template's options; absent: it has none. */
  readonly field: FieldError | undefined;

  constructor(
    scope: "endpoint" | "event",
    code: string,
    message: string,
    cause?: unknown,
    place?: Omit<FieldError, "message">,
  ) {
    super(message, { cause });
    this.scope = scope;
    this.code = code;
    this.field = place && { ...place, message };
  }
}

export interface TransportErrorInit {
  /** Never `internal`: a transport that throws anything else than a TransportError is a bug of ours. */
  readonly fault: Exclude<Fault, "internal">;
  /** Stable word for programs and alert texts, such as `dns`, `connect`, `tls`, `login`, `host_key`, `timeout`, `http_500`, `ftp_550`. */
  readonly code: string;
  /** One plain sentence for a tired operator; no secrets. */
  readonly message: string;
  /** With fault `config`: this one event cannot be sent (a URL over 8 KiB), the endpoint itself is fine. */
  readonly eventOnly?: boolean;
  /** With fault `response`: what was sent is refused, not who sent it; of a batch the others may be fine. */
  readonly contentRefused?: boolean;
  /** With fault `response`: the receiver fails by itself, whatever it is sent (HTTP 5xx, a file that it does not keep). */
  readonly serverFault?: boolean;
  /** HTTP status or FTP reply code that came back, if any. */
  readonly status?: number;
  /** Milliseconds that the receiver asked to wait (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** The first KiBs of what came back. */
  readonly response?: string;
  readonly remotePath?: string | undefined;
  /** Those of the request that was sent, name and value in turns, secrets masked. */
  readonly headers?: readonly string[] | undefined;
  readonly timings?: Readonly<Record<string, number>>;
  readonly cause?: unknown;
}

/** A payload did not arrive, or nobody knows whether it did (`ambiguous`). */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly fault: Exclude<Fault, "internal">;
  readonly code: string;
  readonly eventOnly: boolean;
  readonly contentRefused: boolean;
  readonly serverFault: boolean;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly response: string | undefined;
  readonly remotePath: string | undefined;
  readonly headers: readonly string[] | undefined;
  readonly timings: Readonly<Record<string, number>>;

  constructor(init: TransportErrorInit) {
    super(init.message, { cause: init.cause });
    this.fault = init.fault;
    this.code = init.code;
    this.eventOnly = init.eventOnly ?? false;
    this.contentRefused = init.contentRefused ?? false;
    this.serverFault = init.serverFault ?? false;
    this.status = init.status;
    this.retryAfterMs = init.retryAfterMs;
    this.response = init.response;
    this.remotePath = init.remotePath;
    this.headers = init.headers;
    this.timings = init.timings ?? {};
  }
}
