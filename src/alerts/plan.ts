import type { AlertKind, AlertRow, WatchedLane } from "../store/alert-types.js";

const HOUR = 3_600_000;
/** What fails together is told together. */
const COLLECT_MS = 1000;
const QUIET_MS = 5 * 60_000;
const RESPONSE_FAILURES = 3;
const SUCCESSES = 3;
/** A result that could not be written at once carries the time of its attempt: later looks still find it. */
export const LATE_MS = 24 * HOUR;

/**
 * What an outage needs now. `first`: the mail that it has begun; `more`: what was added; `over`: the mail that it has
 * ended; `clear`: it ended before anybody was told; `close`: somebody else has ended it.
 */
type OutageStep = "none" | "first" | "more" | "over" | "clear" | "close";

export interface OutagePlan {
  readonly step: OutageStep;
  /** When to look again, should nothing happen before; null: only when something happens. */
  readonly next: number | null;
}

/** The earlier of two times. */
export const sooner = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a, b));

/** Whether an hour has gone by since a mail; one in the future was dated by a wall clock since set back. */
const mayMail = (last: number | null, now: number) => last === null || Math.abs(now - last) >= HOUR;

/** The newest alert of this kind, if it is still open. */
export function openAlert(lane: WatchedLane, kind: AlertKind): AlertRow | null {
  const alert = lane.alerts[kind];
  return alert && alert.closedAt === null ? alert : null;
}

/**
 * When an outage would be over by mere quiet; null while nothing has succeeded. A lane that was not tried was not quiet:
 * the time before the first success does not count.
 */
function quietAt({ successes, succeedingSince, lastFailureAt }: WatchedLane): number | null {
  return successes > 0 ? Math.max(lastFailureAt ?? 0, succeedingSince ?? 0) + QUIET_MS : null;
}

function isOver(lane: WatchedLane, now: number): boolean {
  const quiet = quietAt(lane);
  return lane.successes >= SUCCESSES || (quiet !== null && now >= quiet);
}

/** A failed connection counts at once, whatever came after it; a receiver's "no" at the third in a row. */
function hasBegun({ connectFailedAt, responseFailures }: WatchedLane): boolean {
  return connectFailedAt !== null || responseFailures >= RESPONSE_FAILURES;
}

function planUntold(lane: WatchedLane, failingSince: number, now: number): OutagePlan {
  const tried = openAlert(lane, "outage") !== null;
  const over = isOver(lane, now);
  const begun = hasBegun(lane);
  const collectUntil = failingSince + COLLECT_MS;
  if (begun && failingSince <= now && now < collectUntil) return { step: "none", next: collectUntil };
  const allowed = mayMail(lane.lastOutageMailAt, now);
  // An outage that nobody could be told of ends in silence, too.
  if (begun && allowed && !(over && tried)) {
    return { step: "first", next: over ? now + COLLECT_MS : sooner(now + HOUR, quietAt(lane)) };
  }
  if (over) return { step: "clear", next: null };
  return { step: "none", next: sooner(begun ? (lane.lastOutageMailAt ?? now) + HOUR : null, quietAt(lane)) };
}

/** Decides about the outage of a lane by its health and by what was told. Pure. */
export function planOutage(lane: WatchedLane, now: number): OutagePlan {
  const open = openAlert(lane, "outage");
  if (lane.failingSince === null) return { step: open ? "close" : "none", next: null };
  if (!open || open.lastMailAt === null) return planUntold(lane, lane.failingSince, now);
  if (isOver(lane, now)) {
    if (mayMail(lane.lastRecoveryMailAt, now)) return { step: "over", next: null };
    return { step: "none", next: (lane.lastRecoveryMailAt ?? now) + HOUR };
  }
  const stopped = lane.heldReason !== null || lane.disabledAt !== null;
  if (mayMail(open.lastMailAt, now)) {
    return { step: stopped ? "none" : "more", next: sooner(now + HOUR, quietAt(lane)) };
  }
  return { step: "none", next: sooner(open.lastMailAt + HOUR, quietAt(lane)) };
}

/** Of the other kinds: whether to look closer now, and when if not. */
export interface KindPlan {
  readonly look: boolean;
  readonly next: number | null;
}

function whenAllowed(alert: AlertRow | undefined, now: number): KindPlan {
  const last = alert?.lastMailAt ?? null;
  return mayMail(last, now) ? { look: true, next: null } : { look: false, next: (last ?? now) + HOUR };
}

const NOTHING: KindPlan = { look: false, next: null };

/** Deliveries that were given up. */
export function planGivenUp(lane: WatchedLane, kind: "given_up" | "internal", now: number): KindPlan {
  const alert = lane.alerts[kind];
  if (lane.givenUpAt === null) return NOTHING;
  // Whoever comes a day later is told of it no more.
  if (alert && lane.givenUpAt <= (alert.lastMailAt ?? now) - LATE_MS) return NOTHING;
  return whenAllowed(alert, now);
}

/** A fault of the setting that holds the lane. */
export function planHeld(lane: WatchedLane, now: number): KindPlan {
  return lane.heldReason === null ? NOTHING : whenAllowed(lane.alerts.held, now);
}

/** An endpoint that is to be disabled: told once, as the alert is closed with the plan. */
export function planDisabling(lane: WatchedLane, now: number): KindPlan {
  const told = openAlert(lane, "disabling")?.lastMailAt ?? null;
  return lane.disablesAt === null || told !== null ? NOTHING : whenAllowed(lane.alerts.disabling, now);
}

/** An endpoint that was disabled. */
export function planDisabled(lane: WatchedLane, now: number): KindPlan {
  const alert = lane.alerts.disabled;
  if (lane.disabledAt === null) return NOTHING;
  if (alert?.openedAt === lane.disabledAt && alert.lastMailAt !== null) return NOTHING;
  return whenAllowed(alert, now);
}
