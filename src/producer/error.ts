import type { FieldError } from "../errors.js";

/**
 * Why an event was not published:
 * `refused` the server said no (`status`, `fields`); `gave_up` it was tried for longer than `maxAgeMs`; `aborted` by the
 * caller's signal; `closed` the producer is closed; `full` there was no room (`whenFull: "reject"`); `invalid` it cannot
 * be written as JSON; `unpublished` only of `close`, with the list of what is left.
 */
export type ProducerErrorCode = "refused" | "gave_up" | "aborted" | "closed" | "full" | "invalid" | "unpublished";

/** An event that was not published, by the ids that its producer knows. */
export interface UnpublishedEvent {
  readonly externalId: string;
  readonly customer: string;
  readonly order: string;
  /** A try was made whose answer never came. Publishing it again with this id is safe. */
  readonly mayBePublished: boolean;
}

export interface ProducerErrorInit {
  readonly code: ProducerErrorCode;
  readonly message: string;
  readonly event?: UnpublishedEvent;
  readonly status?: number;
  readonly fields?: readonly FieldError[];
  readonly unpublished?: readonly UnpublishedEvent[];
  readonly cause?: unknown;
}

/** What `publish` and `close` reject with. It never holds the key. */
export class ProducerError extends Error {
  override readonly name = "ProducerError";
  readonly code: ProducerErrorCode;
  /** The event that this is about; null of `close`. */
  readonly event: UnpublishedEvent | null;
  /** The HTTP status of a refusal. */
  readonly status: number | null;
  /** Each faulty field; `path` is a JSON pointer into the event itself. */
  readonly fields: readonly FieldError[];
  /** Of `close`: all that was given and not published. */
  readonly unpublished: readonly UnpublishedEvent[];

  constructor(init: ProducerErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.event = init.event ?? null;
    this.status = init.status ?? null;
    this.fields = init.fields ?? [];
    this.unpublished = init.unpublished ?? [];
  }
}
