import type { Readable } from "node:stream";
import type { TSchema } from "typebox";
import type { FieldError } from "../errors.js";
import type { OrderDetails, StatusEvent } from "../types.js";

/** How a payload travels: `query` in a URL, the others as a body or a file. */
export type Format = "query" | "json" | "xml" | "csv" | "form" | "text";

/** A body too large to hold at once. `open` may be called again for each attempt. */
export interface StreamedBody {
  /** Bytes that `open` will yield, exactly. */
  readonly length: number;
  open(): Readable;
  /** The same text with each picture replaced by `[sha256:… N bytes]`, for the attempt's record. */
  readonly summary: string;
}

/** What a template makes of events: ready to be sent as it is. */
export interface Payload {
  readonly contentType: string;
  readonly body: Buffer | StreamedBody;
  /** With format `query`: the names and values in their order; the body is empty then. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** The file name wished for, safe on every server; the store may append `_2`. */
  readonly fileName?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Everything that rendering may know beside the events; templates are pure. */
export interface RenderContext {
  readonly format: Format;
  /** Only files need a name. */
  readonly target: "http" | "file";
  readonly timeZone: string;
  readonly now: number;
  /** The delivery's or batch's id: what `webhook-id` will say. */
  readonly id: string;
  /** The order's events up to and including this one, oldest first; only for templates that need `history`. */
  readonly history: readonly StatusEvent[];
  /** Only for templates that need `details`. */
  readonly details: OrderDetails;
}

/** What was given for a test: members of an event, of any type and none of them sure to be there. */
export type TestInput = Readonly<Record<string, unknown>>;

/** An answer that does not mean delivered. */
export interface RefusedAnswer {
  readonly status: number;
  /** The first 16 KiB of its body as text, secrets masked. */
  readonly body: string;
}

/**
 * What a refusal means in a dialect. `setting`: the endpoint's setting cannot work until it is changed, such as a token
 * that has ended; it holds the lane. `event`: what was sent is refused, and others may be fine: a batch is split.
 */
export interface Refusal {
  readonly kind: "setting" | "event";
  /** Stable word for programs. */
  readonly code: string;
  /** One plain sentence for a tired operator, with what the partner says is wrong. */
  readonly message: string;
}

/** What the context must hold beside the event; each costs a query. */
export interface Needs {
  readonly history: boolean;
  readonly details: boolean;
}

/** One dialect. Throws RenderError when it cannot make a payload. */
export interface Template {
  readonly name: string;
  readonly label: string;
  readonly optionsSchema: TSchema;
  /** What it can make, the preferred one first. */
  readonly formats: readonly Format[];
  readonly maxEvents: number;
  /** What the context must hold for it; a function where the options decide, which never throws. */
  readonly needs: Needs | ((options: Readonly<Record<string, unknown>>) => Needs);
  /** The HTTP header without which the partner takes nothing: the endpoint must be set to send it. */
  readonly demandsHeader?: string;
  /** Faults of the options that the schema cannot say; paths inside the options (`/statusMap/default`). */
  validate?(options: Readonly<Record<string, unknown>>): readonly FieldError[];
  /** The HTTP statuses that mean delivered where the endpoint names none; absent or none: any 2xx. */
  successCodes?(options: Readonly<Record<string, unknown>>): readonly number[];
  /** What the partner's tester demands of the inputs of a test; paths inside the event (`/reason`). */
  testErrors?(given: TestInput, options: Readonly<Record<string, unknown>>): readonly FieldError[];
  /** What an answer means beyond its status; null: no more than that. */
  refusal?(answer: RefusedAnswer): Refusal | null;
  render(events: readonly StatusEvent[], options: Readonly<Record<string, unknown>>, context: RenderContext): Payload;
}
