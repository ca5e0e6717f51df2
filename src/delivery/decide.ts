import { type Fault, RenderError, type TransportError } from "../errors.js";
import type { DeliveryRecord, LaneChange } from "../store/records.js";
import type { Attempt, Endpoint } from "../types.js";
import { retryDelay } from "./retry.js";

/** Longest time that a receiver can ask a lane to wait. */
const LONGEST_HOLD_MS = 24 * 60 * 60_000;
/** A 429 that does not say how long. */
const DEFAULT_HOLD_MS = 30_000;

export type Failure = TransportError | RenderError;

export interface DecideInput {
  readonly step: number;
  readonly expiresAt: number;
  /** An earlier attempt ended without an answer. */
  readonly mayHaveArrived: boolean;
  readonly retry: Endpoint["retry"];
  /** null: the success rule was met. */
  readonly failure: Failure | null;
  readonly now: number;
  readonly random?: () => number;
}

/** What follows an attempt. */
export type Decision = Pick<
  DeliveryRecord,
  "state" | "reason" | "fault" | "lastError" | "step" | "mayHaveArrived" | "dueAt" | "finishedAt"
> & {
  readonly outcome: Attempt["outcome"];
  readonly lane: LaneChange;
  /** The receiver is gone for good: its endpoint is disabled. */
  readonly disable: boolean;
  /** It answered, and fails by itself, whatever it is sent. */
  readonly serverFault: boolean;
};

function faultOf(failure: Failure): Fault {
  return failure instanceof RenderError ? "config" : failure.fault;
}

function isEventOnly(failure: Failure): boolean {
  return failure instanceof RenderError ? failure.scope === "event" : failure.eventOnly;
}

/** Milliseconds for which the answer holds the whole lane; 0: it does not. */
function holdMs(failure: Failure): number {
  if (failure instanceof RenderError) return 0;
  const asked = failure.retryAfterMs;
  if (failure.status === 429) return Math.min(asked ?? DEFAULT_HOLD_MS, LONGEST_HOLD_MS);
  if (failure.status === 503 && asked !== undefined) return Math.min(asked, LONGEST_HOLD_MS);
  return 0;
}

/** The one place that decides what an attempt's result means: for its delivery, its lane and its endpoint. Pure. */
export function decide(input: DecideInput): Decision {
  const { failure, now, step } = input;
  if (!failure) return delivered(step, now);
  const fault = faultOf(failure);
  // What may have arrived once may still be there after any later failure.
  const mayHaveArrived = input.mayHaveArrived || fault === "ambiguous";
  const error = { fault, lastError: failure.message, mayHaveArrived };
  const change = { at: now, fault, code: failure.code, text: failure.message };
  // Also when this was the last attempt: the others must not spend theirs on a receiver that asked for quiet.
  const hold = holdMs(failure);
  const held = hold > 0 ? { heldUntil: now + hold } : {};
  // One that asks for quiet says itself for how long.
  const serverFault = !(failure instanceof RenderError) && failure.serverFault && hold === 0;
  const failed = (reason: string, kind: LaneChange["kind"], disable = false): Decision => ({
    ...error,
    serverFault,
    state: "failed",
    reason,
    outcome: "failed",
    step: step + 1,
    dueAt: now,
    finishedAt: now,
    lane: { ...change, ...held, kind, gaveUp: true, disabled: disable },
    disable,
  });

  if (fault === "config") {
    if (isEventOnly(failure)) return failed("config", "none");
    return {
      ...waiting(step, now),
      ...error,
      outcome: "held",
      lane: { ...change, kind: "none", heldReason: failure.message },
    };
  }
  const kind = fault === "response" ? "response" : "connection";
  if (!(failure instanceof RenderError) && failure.status === 410) return failed("gone", kind, true);
  if (now >= input.expiresAt) return failed("expired", kind);
  const delay = retryDelay(input.retry.scheduleMs, step + 1, input.random);
  if (delay === null) return failed("attempts exhausted", kind);

  return {
    ...waiting(step + 1, Math.min(now + Math.max(delay, hold), Math.max(input.expiresAt, now + hold))),
    ...error,
    serverFault,
    outcome: "retry",
    lane: { ...change, ...held, kind },
  };
}

/** Whether a batch that fails so may hold members that are fine by themselves. */
export function mustBeSplit(failure: Failure): boolean {
  if (failure instanceof RenderError) return failure.scope === "event";
  // A receiver that asks for quiet is not asked again at once, whatever else it says.
  if (holdMs(failure) > 0) return false;
  return failure.contentRefused || failure.eventOnly || failure.status === 413;
}

/** What follows for each member of a batch that is split: it goes out again at once, and no place in the schedule is spent. */
export function split({ step, mayHaveArrived, now }: DecideInput, failure: Failure): Decision {
  return {
    ...waiting(step, now),
    fault: faultOf(failure),
    lastError: failure.message,
    mayHaveArrived,
    outcome: "split",
    lane: { at: now, kind: "none", fault: null, code: "", text: "" },
  };
}

function delivered(step: number, now: number): Decision {
  return {
    state: "delivered",
    reason: "",
    fault: null,
    lastError: "",
    outcome: "delivered",
    step,
    mayHaveArrived: false,
    dueAt: now,
    finishedAt: now,
    lane: { at: now, kind: "success", fault: null, code: "", text: "" },
    disable: false,
    serverFault: false,
  };
}

const waiting = (step: number, dueAt: number) =>
  ({ state: "pending", reason: "", step, dueAt, finishedAt: null, disable: false, serverFault: false }) as const;
