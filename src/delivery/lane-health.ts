import type { LaneChange } from "../store/records.js";
import { afterFailure, afterServerFault, afterSuccess, type Breaker, easedIn, isProbing, opened } from "./breaker.js";
import type { Decision } from "./decide.js";
import type { Delivered } from "./deliver.js";
import { countSend, type Ending, empty, failsTooOften, hasOnlyFaults } from "./failure-rate.js";
import type { Lane } from "./lane.js";

/** Counts a send, and opens the breaker of a lane of which too many fail, though others between them do not. */
function countIn(lane: Lane, before: Breaker, ending: Ending, at: number): void {
  // What was under way when it opened is part of why it opened: it must not open it again.
  if (before.openUntil > at) return;
  countSend(lane.lately, ending, at);
  if (ending === "reached") return;
  if (lane.breaker.openUntil <= at) {
    if (failsTooOften(lane.lately)) lane.breaker = opened(lane.breaker, at);
    else if (hasOnlyFaults(lane.lately, at)) lane.breaker = afterServerFault(lane.breaker, at);
  }
  if (lane.breaker.openUntil > at) empty(lane.lately);
}

/** What a send that ended so does to the breaker: a probe that only met a fault of the server has not brought anything back. */
function afterSend(breaker: Breaker, ending: Ending, at: number): Breaker {
  if (ending === "failed") return afterFailure(breaker, at);
  const goesOn = ending === "serverFault" && isProbing(breaker);
  return goesOn ? afterServerFault(breaker, at) : afterSuccess(breaker, at);
}

function endingOf(lane: Lane, { lane: { kind }, serverFault }: Decision): Ending {
  if (kind === "connection") return "failed";
  // Of callback URLs that share a lane, one of a faulty program says nothing about the others.
  return serverFault && lane.endpoint ? "serverFault" : "reached";
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
    const ending = endingOf(lane, decision);
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
