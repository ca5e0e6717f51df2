import { newId } from "../ids.js";
import type { ClaimAnswer, Claimed } from "../store/claims.js";
import { byPlace, waitsUntil } from "./batches.js";
import {
  adaptBatch,
  afterClaim,
  LARGEST_CLAIM,
  type Lane,
  maxEventsOf,
  orderOf,
  spentAfter,
  takeOver,
  takesNewest,
} from "./lane.js";
import type { Lanes } from "./lanes.js";
import { onceEvery } from "./once-every.js";
import type { WorkerOptions } from "./worker-options.js";

/**
 * Processes that share a database know its clock to some milliseconds: what one has just published as due must be due for
 * another that is woken for it, or it would wait for the next wake-up.
 */
const CLOCKS_APART_MS = 250;
/** A send may start so long after its claim; what was not started by then goes back. */
export const START_MS = 20_000;
/** What a send of callback URLs may take: their endpoints say less. */
const CALLBACK_SEND_MS = 60_000;
/** Deadlines come a little late: they are shared, and a busy process looks at its timers late. */
const SLACK_MS = 1_000;
const JUST_TAKEN_MS = 20;
const CLAIM_AGAIN_MS = 1_000;

/** What became of a claim: claimed (perhaps nothing), or the lane is another process's, or the database failed. */
type ClaimOutcome = "claimed" | "not ours" | "failed";

/** Claims what is due in a lane, and keeps to whose lane it is. */
export class Claimer {
  readonly #options: WorkerOptions;
  readonly #lanes: Lanes;
  readonly #release: (claimed: Claimed) => void;
  readonly #mayComplain: () => boolean;
  #underWay = 0;

  constructor(options: WorkerOptions, lanes: Lanes, release: (claimed: Claimed) => void) {
    this.#options = options;
    this.#lanes = lanes;
    this.#release = release;
    this.#mayComplain = onceEvery(options.clock, 60_000);
  }

  /** Claims that are being made. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Claims up to `limit` into the lane's buffer. */
  async claim(lane: Lane, limit: number): Promise<ClaimOutcome> {
    const { clock, log, queue } = this.#options;
    lane.claiming = true;
    lane.claims++;
    lane.lastClaim = limit;
    this.#underWay++;
    lane.more = false;
    const claims: Claimed[] = [];
    try {
      return await this.#take(lane, limit, claims);
    } catch (error) {
      if (this.#mayComplain()) log.error({ lane: lane.id, err: error }, "claim failed: it is tried again each second");
      for (const claimed of claims) this.#release(claimed);
      queue.wake([{ laneId: lane.id, at: clock.now() + CLAIM_AGAIN_MS }]);
      return "failed";
    } finally {
      lane.claiming = false;
      this.#underWay--;
    }
  }

  async #take(lane: Lane, limit: number, claims: Claimed[]): Promise<ClaimOutcome> {
    const { clock, store, held, nameFiles, queue } = this.#options;
    const waits = await waitsUntil(lane, store, this.#dueBy());
    if (waits === "for an event") await this.#wakeWhenDue(lane);
    else if (waits !== null) queue.wake([{ laneId: lane.id, at: waits }]);
    if (waits !== null) return "claimed";
    const answer = await this.#ask(lane, limit);
    if (answer.heldBy !== null) return "not ours";
    claims.push(...answer.claims);
    for (const claimed of claims) held.take(claimed);
    afterClaim(lane, claims.length);
    await this.#keepTo(lane, answer);
    if (claims.length < limit) await this.#wakeWhenDue(lane, claims.length);
    else {
      lane.more = true;
      const bytes = claims.reduce((sum, claimed) => sum + claimed.bytes, 0);
      adaptBatch(lane, clock.monotonic(), bytes / claims.length);
      lane.claimedAt = clock.monotonic();
    }
    if (maxEventsOf(lane) > 1 && orderOf(lane)) claims.sort(byPlace);
    lane.buffer.push(...(lane.endpoint ? await nameFiles(claims, lane.endpoint) : claims));
    return "claimed";
  }

  /** Epoch ms: what is due then is claimed. */
  #dueBy(): number {
    const { clock, store } = this.#options;
    return clock.now() + (store.renew ? CLOCKS_APART_MS : 0);
  }

  async #ask(lane: Lane, limit: number): Promise<ClaimAnswer> {
    const { clock, store, queue, holders } = this.#options;
    const answer = await store.claim({
      laneId: lane.id,
      limit,
      now: this.#dueBy(),
      token: newId("clm"),
      until: clock.monotonic() + START_MS,
      startMs: START_MS,
      sendMs: (lane.endpoint?.timeoutMs ?? CALLBACK_SEND_MS) + SLACK_MS,
      batched: maxEventsOf(lane) > 1,
      spentMs: spentAfter(lane, limit, clock.monotonic()),
      newest: takesNewest(lane),
      ...orderOf(lane),
    });
    if (answer.heldBy === null) holders.isOwn(lane.id);
    else if (answer.heldBy === "") {
      // Whoever was faster is not known yet.
      queue.wake([{ laneId: lane.id, at: clock.now() + JUST_TAKEN_MS }]);
    } else {
      holders.learn(lane.id, answer.heldBy);
      queue.pass(answer.heldBy, lane.id);
    }
    return answer;
  }

  /**
   * What was known of the lane by another process, whose it was before, or by this one, before it was forgotten here, is
   * in the database. Done again with the next claim where it fails.
   */
  async #keepTo(lane: Lane, { fence, spentMs }: ClaimAnswer): Promise<void> {
    if (fence === lane.fence || fence === null) return;
    const askedAt = this.#options.clock.monotonic();
    const isFirst = lane.fence === null && fence === 1;
    if (!isFirst) await this.#lanes.restore(lane);
    if (!isFirst || spentMs > 0) takeOver(lane, spentMs, askedAt);
    lane.fence = fence;
  }

  async #wakeWhenDue(lane: Lane, claimed = 0): Promise<void> {
    // Only failures, and statuses that wait for others, are due at different times; the queue keeps but one wake-up a lane.
    const isOrdered = orderOf(lane) !== null;
    if (!lane.failing && !isOrdered) return;
    const at = await this.#options.store.nextDue(lane.id);
    if (isOrdered && at !== null && at <= this.#options.clock.now()) {
      // What was looked at has to wait, or was superseded: there is more behind it.
      lane.more = true;
      if (claimed === 0) lane.batch = Math.min(lane.batch * 2, LARGEST_CLAIM);
    } else if (at !== null) this.#options.queue.wake([{ laneId: lane.id, at }]);
  }
}
