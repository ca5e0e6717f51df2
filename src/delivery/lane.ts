import type { Claimed, ClaimRequest } from "../store/claims.js";
import type { LaneState } from "../store/lanes.js";
import { PARKED } from "../store/pending.js";
import type { DeliveryRecord, LaneChange } from "../store/records.js";
import type { Endpoint, Rate } from "../types.js";
import { afterFailure, afterSuccess, allowedSends, type Breaker, easedIn, opened, restoredBreaker } from "./breaker.js";
import type { Decision } from "./decide.js";
import type { Delivered } from "./deliver.js";
import { countSend, createFailureRate, type Ending, empty, type FailureRate, failsTooOften } from "./failure-rate.js";
import { quietUntil } from "./quiet-hours.js";
import { createRateLimiter, type RateLimiter } from "./rate.js";
import { shareOf } from "./shards.js";

/** Concurrency of the lanes of callback URLs, which have no endpoint of their own to say it. */
const CALLBACK_CONCURRENCY = 8;
export const LARGEST_CLAIM = 512;
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
  /** When a send was begun last, on the monotonic clock. */
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

/** Counts a send, and opens the breaker of a lane of which too many fail, though others between them do not. */
function countIn(lane: Lane, before: Breaker, ending: Ending, at: number): void {
  // What was under way when it opened is part of why it opened: it must not open it again.
  if (before.openUntil > at) return;
  countSend(lane.lately, ending, at);
  if (ending === "reached") return;
  if (lane.breaker.openUntil <= at && failsTooOften(lane.lately)) lane.breaker = opened(lane.breaker, at);
  if (lane.breaker.openUntil > at) empty(lane.lately);
}

/** What a send that ended so does to the breaker: a probe that only met a fault of the server has not brought anything back. */
function afterSend(breaker: Breaker, ending: Ending, at: number): Breaker {
  const isProbe = breaker.openUntil > 0;
  const failed = ending === "failed" || (ending === "serverFault" && isProbe);
  return failed ? afterFailure(breaker, at) : afterSuccess(breaker, at);
}

function endingOf({ lane: { kind }, serverFault }: Decision): Ending {
  if (kind === "connection") return "failed";
  return serverFault ? "serverFault" : "reached";
}

/**
 * Takes in what an attempt means for its lane. `version`: of the endpoint that it was sent by. Returns what is to be
 * recorded, and whether the endpoint is to be disabled.
 */
export function takeIn(lane: Lane, version: number, { records, decision }: Delivered) {
  // What is wrong with a setting that was changed meanwhile says nothing about the new one, which is tried at once.
  const outdated = lane.endpoint !== null && lane.endpoint.version !== version;
  const { kind, at, heldReason, heldUntil } = decision.lane;
  const disable = decision.disable && !outdated;
  const before = lane.breaker;
  if (kind !== "none") {
    const ending = endingOf(decision);
    lane.breaker = afterSend(before, ending, at);
    lane.answered ||= ending !== "failed" && !outdated;
    countIn(lane, before, ending, at);
  }
  // Not one more is sent to an endpoint that is about to be disabled.
  if ((heldReason !== undefined && !outdated) || (disable && lane.endpoint)) lane.held = true;
  if (heldUntil !== undefined) {
    lane.heldUntil = Math.max(lane.heldUntil, heldUntil);
    lane.breaker = easedIn(lane.breaker);
  }
  const news = kind !== "success" || lane.failing || before !== lane.breaker;
  lane.successes = kind === "success" ? lane.successes + 1 : 0;
  if (kind !== "success") lane.failing = true;
  else if (lane.successes >= 3) lane.failing = false;
  // Almost always: copying the record would cost as much as rendering its payload.
  if (!news) return { records, disable };
  const { heldReason: _held, disabled: _disabled, ...rest } = decision.lane;
  const openUntil = before.openUntil === lane.breaker.openUntil ? {} : { openUntil: lane.breaker.openUntil || null };
  const { fence } = lane;
  const change: LaneChange = outdated
    ? { ...rest, fence, ...openUntil }
    : { ...decision.lane, version, fence, ...openUntil };
  const changed = records.map((record, index) => {
    const dueAt = outdated && record.state === "pending" ? at : record.dueAt;
    // What a batch means for its lane it means once.
    return { ...record, dueAt, lane: index === 0 ? change : null };
  });
  return { records: changed, disable };
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
