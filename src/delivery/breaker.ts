/** Connection failures in a row that open the breaker; it opens as well where too many fail in between, see `failure-rate.ts`. */
const OPENS_AFTER = 5;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 5 * 60_000;
/** Between two probes of a receiver that answers, though with nothing but faults of its own. */
const FIRST_FAULTY_MS = 2_000;
/** What it would take waits for these behind what it stumbles over, though every other of them is for the newest. */
const LONGEST_FAULTY_MS = 5_000;
/** After so many in a row the pauses are the longest. */
const MANY_FAULTS = 2;

/** A lane's circuit breaker, as plain state: every change makes a new one. */
export interface Breaker {
  readonly failures: number;
  /** Times in a row that it was opened, or kept open, by faults of the server alone. */
  readonly faults: number;
  /** Epoch ms; nothing is sent before it. 0: closed. */
  readonly openUntil: number;
  /** Sends at a time while it closes again; Infinity when it is closed. */
  readonly allowance: number;
}

export const CLOSED: Breaker = { failures: 0, faults: 0, openUntil: 0, allowance: Number.POSITIVE_INFINITY };

/**
 * The breaker of a lane whose process was restarted: an outage goes on where it was. What is kept of one that was opened by
 * its failure rate counts fewer failures in a row, and one that faults of the server opened counts none; `openUntil` is 0 once
 * anything else was answered.
 */
export function restoredBreaker(failures: number, openUntil: number): Breaker {
  if (failures === 0 && openUntil === 0) return CLOSED;
  if (openUntil > 0) {
    const faults = failures === 0 ? MANY_FAULTS : 0;
    return { failures: Math.max(failures, OPENS_AFTER), faults, openUntil, allowance: 1 };
  }
  return { ...CLOSED, failures, allowance: failures >= OPENS_AFTER ? 1 : CLOSED.allowance };
}

/** After a failed connection: opens at the fifth in a row, then twice as long after each failed probe, up to 5 minutes. */
export function afterFailure(breaker: Breaker, now: number): Breaker {
  const failures = breaker.failures + 1;
  if (failures < OPENS_AFTER) return { ...breaker, failures };
  // Sends that were under way when it opened fail together: they are one failure.
  if (breaker.openUntil > now) return breaker;
  const openMs = Math.min(FIRST_OPEN_MS * 2 ** (failures - OPENS_AFTER), LONGEST_OPEN_MS);
  return { failures, faults: 0, openUntil: now + openMs, allowance: 1 };
}

/** Opens a breaker whose lane fails too often, though not each time; from there it goes on as after failures in a row. */
export function opened(breaker: Breaker, now: number): Breaker {
  const failures = Math.max(breaker.failures, OPENS_AFTER);
  return { failures, faults: 0, openUntil: now + FIRST_OPEN_MS, allowance: 1 };
}

/**
 * After one more fault of a server that has nothing else: the next try comes two seconds later, then twice as long after each,
 * up to five seconds. It may fail for what it was sent after all, and what it would take is not to wait for minutes behind that.
 */
export function afterServerFault(breaker: Breaker, now: number): Breaker {
  if (breaker.openUntil > now) return breaker;
  const openMs = Math.min(FIRST_FAULTY_MS * 2 ** breaker.faults, LONGEST_FAULTY_MS);
  return { failures: 0, faults: breaker.faults + 1, openUntil: now + openMs, allowance: 1 };
}

/** After a success: closes by letting twice as many through each time. */
export function afterSuccess(breaker: Breaker, now: number): Breaker {
  if (breaker === CLOSED) return CLOSED;
  // It was under way when the breaker opened: only the probe says how it goes now.
  if (breaker.openUntil > now) return breaker;
  if (breaker.allowance === Number.POSITIVE_INFINITY) return CLOSED;
  const allowance = breaker.allowance * 2;
  return allowance > 256 ? CLOSED : { ...CLOSED, allowance };
}

/** After the receiver asked to wait: one goes first, then twice as many each time, as after an outage. */
export function easedIn(breaker: Breaker): Breaker {
  return { ...breaker, allowance: 1 };
}

/** Whether a probe is to tell, now or once its time has come, if the breaker closes. */
export const isProbing = ({ openUntil }: Breaker): boolean => openUntil > 0;

/** How many sends may be under way now: 0 while it is open, 1 for the probe. */
export function allowedSends(breaker: Breaker, now: number, concurrency: number): number {
  if (breaker.openUntil > now) return 0;
  return Math.min(breaker.allowance, concurrency);
}
