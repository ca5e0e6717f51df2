import type { Claimed, ClaimRequest } from "../store/claims.js";
import type { LaneState } from "../store/lanes.js";
import { PARKED } from "../store/pending.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Endpoint, Rate } from "../types.js";
import { allowedSends, type Breaker, easedIn, isProbing, restoredBreaker } from "./breaker.js";
import { createFailureRate, type FailureRate } from "./failure-rate.js";
import { quietUntil } from "./quiet-hours.js";
import { createRateLimiter, type RateLimiter } from "./rate.js";
import { shareOf } from "./shards.js";

/** Concurrency of the lanes of callback URLs, which have no endpoint of their own to say it. */
const CALLBACK_CONCURRENCY = 8;
export const LARGEST_CLAIM = 512;
/** So long after the time until which a receiver asked to wait, one send goes first in a lane that was read anew. */
const EASED_IN_MS = 60_000;
/** Sends at a time to a receiver that has not answered yet: those that never will are not to hold eight connections each. */
const UNKNOWN_CONCURRENCY = 2;
/** Of the events of one claim; pictures are not in memory. */
const CLAIM_BYTES = 1024 * 1024;

/** A lane as this process works it. */
export interface Lane {
  readonly id: string;
  /** null: of callback URLs, whose endpoints share the lane. */
  endpoint: Endpoint | null;
  /** Sends at the same time; of a shard its part. */
  concurrency: number;
  /** null: none; of a shard its part. */
  rate: Rate | null;
  limiter: RateLimiter | null;
  /** Cancels the timer that the limiter set. */
  cancelWait: (() => void) | null;
  breaker: Breaker;
  /** The next probe is the newest that is due, not the oldest. */
  fromNewest: boolean;
  /** Its receiver has taken or refused something since the lane came into memory, or its endpoint was changed. */
  answered: boolean;
  /** How its sends of the last minute ended. */
  readonly lately: FailureRate;
  /** A fault of the setting holds it until the endpoint is changed. */
  held: boolean;
  /** Epoch ms: the receiver asked to wait. */
  heldUntil: number;
  /** An attempt failed since the last three successes: successes are news then. */
  failing: boolean;
  successes: number;
  /** Claimed and not started. */
  buffer: Claimed[];
  sending: number;
  claiming: boolean;
  /** Claims that were begun. */
  claims: number;
  /** The database may hold more that is due. */
  more: boolean;
  /** How many were asked for by the last claim. */
  lastClaim: number;
  /** How many to claim at once: grows while they go out quickly. */
  batch: number;
  claimedAt: number;
  /** When a send was begun last, or the lane came into memory, on the monotonic clock. */
  startedAt: number;
  /** Counts the processes that have worked it; null: it was not claimed yet, or there is one process only. */
  fence: number | null;
  /** It is being given back: nothing is begun. */
  leaving: boolean;
  /** The reading that is to tell what it is now, as it was changed: nothing is begun before. null: none. */
  stale: symbol | null;
}

export function createLane(state: LaneState, endpoint: Endpoint | null): Lane {
  const lane: Lane = {
    id: state.id,
    endpoint: null,
    concurrency: CALLBACK_CONCURRENCY,
    rate: null,
    limiter: null,
    cancelWait: null,
    breaker: restoredBreaker(state.failures, state.openUntil),
    fromNewest: false,
    answered: false,
    lately: createFailureRate(),
    held: state.heldReason !== null,
    heldUntil: state.heldUntil,
    failing: state.failing,
    successes: 0,
    buffer: [],
    sending: 0,
    claiming: false,
    claims: 0,
    more: false,
    lastClaim: 0,
    batch: 0,
    claimedAt: 0,
    startedAt: 0,
    fence: null,
    leaving: false,
    stale: null,
  };
  setEndpoint(lane, endpoint);
  return lane;
}

/** Puts a new or changed endpoint under a lane. */
export function setEndpoint(lane: Lane, endpoint: Endpoint | null): void {
  const { concurrency, rate } = endpoint
    ? shareOf(lane.id, endpoint)
    : { concurrency: CALLBACK_CONCURRENCY, rate: null };
  // A change of anything else gives no new burst.
  const isSame = JSON.stringify(lane.rate) === JSON.stringify(rate);
  if (!isSame) lane.limiter = rate ? createRateLimiter(rate) : null;
  lane.endpoint = endpoint;
  lane.concurrency = concurrency;
  lane.rate = rate;
  lane.batch = Math.max(lane.batch, leastClaim(lane));
}

/** A lane that was read: no row says that a receiver which asked to wait is sent one first afterwards. */
export function easeInIfAsked(lane: Lane, now: number): void {
  if (lane.heldUntil > now - EASED_IN_MS) lane.breaker = easedIn(lane.breaker);
}

/** Puts what is kept of a lane under it: another process has worked it meanwhile. */
export function restore(lane: Lane, state: LaneState, endpoint: Endpoint | null): void {
  // What was read before a change that is known by now is old.
  const isOld = lane.endpoint !== null && endpoint !== null && endpoint.version < lane.endpoint.version;
  if (lane.endpoint?.version !== endpoint?.version && !isOld) setEndpoint(lane, endpoint);
  lane.breaker = restoredBreaker(state.failures, state.openUntil);
  lane.held = state.heldReason !== null;
  lane.heldUntil = state.heldUntil;
  lane.failing = state.failing;
  lane.successes = 0;
}

/** What the lane's rate allows was spent by another process, for `spentMs` from now on. */
export function takeOver(lane: Lane, spentMs: number, monotonic: number): void {
  const { rate } = lane;
  if (rate) lane.limiter = createRateLimiter(rate, { spentUntil: monotonic + spentMs });
}

/** Milliseconds until the lane's rate has allowed what is claimed and `more`; 0 without a rate. */
export function spentAfter({ limiter, buffer, endpoint }: Lane, more: number, monotonic: number): number {
  if (!limiter) return 0;
  const sends = Math.ceil((buffer.length + more) / (endpoint?.limits.batch.maxEvents ?? 1));
  return limiter.waitFor(monotonic, sends);
}

/** How many events one request of the lane holds at most. */
export function maxEventsOf(lane: Lane): number {
  return lane.endpoint?.limits.batch.maxEvents ?? 1;
}

/** What order the lane keeps, for its claims; null: none. */
export function orderOf({ endpoint }: Lane): Pick<ClaimRequest, "order"> | null {
  if (!endpoint || endpoint.limits.order === "none") return null;
  const { order: mode, overtakeAfterMs } = endpoint.limits;
  return { order: { mode, overtakeAfterMs } };
}

/** Deliveries that fill all requests which the lane may have under way. */
function leastClaim(lane: Lane): number {
  return Math.min(lane.concurrency * maxEventsOf(lane), LARGEST_CLAIM);
}

const quietUntilOf = ({ endpoint }: Lane, now: number): number => (endpoint && quietUntil(endpoint, now)) ?? 0;

/** How many sends the lane may have under way now. */
export function allowance(lane: Lane, now: number): number {
  if (lane.held || lane.heldUntil > now || (lane.endpoint && lane.endpoint.state !== "active")) return 0;
  if (quietUntilOf(lane, now) > now) return 0;
  const concurrency = lane.answered ? lane.concurrency : Math.min(lane.concurrency, UNKNOWN_CONCURRENCY);
  return allowedSends(lane.breaker, now, concurrency);
}

/**
 * Whether the next claim takes the newest that is due: every other probe, so that what a receiver takes is not kept for long
 * behind what it stumbles over.
 */
export const takesNewest = (lane: Lane): boolean => lane.fromNewest && isProbing(lane.breaker);

/** Every other probe takes the newest; where all that is newest waits for others of its order, the oldest goes. */
export function afterClaim(lane: Lane, claimed: number): void {
  if (isProbing(lane.breaker) && (claimed > 0 || lane.fromNewest)) lane.fromNewest = !lane.fromNewest;
}

/** When a lane that may send nothing may send again; null when only a change of its endpoint can bring that. */
export function opensAt(lane: Lane, now: number): number | null {
  if (lane.held || (lane.endpoint && lane.endpoint.state !== "active")) return null;
  return Math.max(lane.heldUntil, lane.breaker.openUntil, quietUntilOf(lane, now));
}

/** How many to claim: what goes out in about a tenth of a second, no more than the rate allows in five. */
export function claimSize(lane: Lane, now: number): number {
  const allowed = allowance(lane, now);
  const most = maxEventsOf(lane);
  const { rate } = lane;
  const perSecond = rate ? rate.count / { second: 1, minute: 60, hour: 3600 }[rate.per] : Number.POSITIVE_INFINITY;
  const fast = Math.max(1, Math.ceil(perSecond * 5 * most));
  if (allowed < lane.concurrency) return Math.min(Math.max(allowed - lane.sending, 0) * most, fast, LARGEST_CLAIM);
  return Math.min(lane.batch, fast);
}

/**
 * Whether to claim `size` more: a whole claim is left at most, so that a commit which takes long leaves nobody idle. Compared
 * with what was claimed last too: `batch` doubles with each claim, and would run ahead of what was sent.
 */
export const isLow = ({ buffer, lastClaim }: Lane, size: number): boolean => buffer.length <= Math.min(size, lastClaim);

/** Learns from how long the last claim lasted, and from how many bytes a delivery of this one has. */
export function adaptBatch(lane: Lane, monotonic: number, bytesEach = 0): void {
  const lasted = monotonic - lane.claimedAt;
  if (lasted < 100) lane.batch = Math.min(lane.batch * 2, LARGEST_CLAIM);
  else if (lasted > 400) lane.batch = Math.max(lane.batch >> 1, leastClaim(lane));
  const fitting = bytesEach > 0 ? Math.floor(CLAIM_BYTES / bytesEach) : LARGEST_CLAIM;
  lane.batch = Math.max(Math.min(lane.batch, fitting), leastClaim(lane));
}

/** What becomes of a claimed delivery whose endpoint was deleted, or rests in a lane that it shares. */
export function atRest(claimed: Claimed, endpoint: Endpoint | undefined, now: number): DeliveryRecord {
  const { id, token, attempts, endpointId, laneId, step, mayHaveArrived } = claimed;
  const same = {
    id,
    token,
    attempts,
    endpointId,
    laneId,
    step,
    mayHaveArrived,
    fault: null,
    lastError: "",
    attempt: null,
    lane: null,
  };
  if (endpoint) {
    const rest = { dueAt: PARKED, restVersion: endpoint.version };
    return { ...same, state: "pending", reason: "", ...rest, finishedAt: null };
  }
  return { ...same, state: "canceled", reason: "endpoint deleted", dueAt: now, finishedAt: now };
}
