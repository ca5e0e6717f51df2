import { StoreUnavailableError } from "../errors.js";
import { newId } from "../ids.js";
import { type Claimed, claimLimit } from "../store/claims.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Endpoint } from "../types.js";
import { apart, type Group, isReady, restWaitsUntil, takeGroup, waitsUntil } from "./batches.js";
import {
  adaptBatch,
  allowance,
  atRest,
  claimSize,
  LARGEST_CLAIM,
  type Lane,
  maxEventsOf,
  opensAt,
  takeIn,
} from "./lane.js";
import { Lanes } from "./lanes.js";
import { onceEvery } from "./once-every.js";
import { Recorder } from "./recorder.js";
import { setLaneBack } from "./wall-clock.js";
import type { WorkerOptions } from "./worker-options.js";

/** A claim lasts this long beyond the endpoint's deadline; what was not started by then goes back. */
const CLAIM_MS = 60_000;
const CLAIM_AGAIN_MS = 1_000;
/** A lane that waits longer for its rate claims nothing meanwhile: a claim would expire before it is sent. */
const LONG_WAIT_MS = 1_000;
/** Events of claimed deliveries in memory; beyond it a lane claims no more than it may send at once. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;

/** Works the lanes that the queue wakes: claims what is due, delivers it, records what became of it. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #lanes: Lanes;
  readonly #recorder: Recorder;
  #sending = 0;
  #claims = 0;
  #stopping = false;
  readonly #mayComplain: () => boolean;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options.store);
    this.#mayComplain = onceEvery(options.clock, 60_000);
    const onRoom = () => {
      for (const lane of this.#lanes) this.#pump(lane);
    };
    this.#recorder = new Recorder({ ...options, onRoom });
    options.queue.work((laneId) => void this.#wake(laneId));
  }

  /** What is in its hands, for metrics. */
  get load() {
    return { sending: this.#sending, unrecorded: this.#recorder.waiting, lanes: this.#lanes.size };
  }

  /** The endpoint of a lane was changed, paused, resumed or deleted: the lane goes on as it says now. */
  async refresh(laneId: string): Promise<void> {
    try {
      await this.#lanes.readAgain(laneId);
    } catch (error) {
      this.#options.log.error({ lane: laneId, err: error }, "lane could not be read again");
    }
    await this.#wake(laneId);
  }

  /** The wall clock was set back by `ms`: lanes that are closed stay so for as long as before. */
  setBack(ms: number): void {
    for (const lane of this.#lanes) setLaneBack(lane, ms, this.#options.clock.now());
  }

  /** Stops claiming, lets the sends under way finish for `graceMs`, ends the others, and gives back what was not sent. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const lane of this.#lanes) {
      lane.cancelWait?.();
      this.#giveBack(lane);
    }
    const { clock, held } = this.#options;
    const pause = () => new Promise<void>((done) => void clock.after(20, done));
    const until = async (ms: number, done: () => boolean) => {
      for (const end = clock.monotonic() + ms; !done() && clock.monotonic() < end; ) await pause();
    };
    await until(graceMs, () => this.#sending === 0);
    this.#options.endSends();
    // A claim that is being made, or named, is not held yet, and asks the database which is about to be closed.
    await until(2_000, () => held.none && this.#claims === 0);
    this.#recorder.stop();
  }

  async #wake(laneId: string): Promise<void> {
    try {
      const found = this.#lanes.get(laneId);
      const lane = found instanceof Promise ? await found : found;
      if (!lane) return;
      lane.more = true;
      this.#pump(lane);
    } catch (error) {
      // The sweep wakes the lane again.
      this.#options.log.error({ lane: laneId, err: error }, "lane could not be loaded");
    }
  }

  /** Starts as many sends as the lane may have under way, and claims more when it runs low. */
  #pump(lane: Lane): void {
    if (this.#stopping || this.#recorder.isFull) return;
    const { clock } = this.#options;
    const allowed = allowance(lane, clock.now());
    if (allowed === 0) {
      this.#rest(lane);
      return;
    }
    const full = this.#options.held.bytes > MAX_HELD_BYTES;
    while (isReady(lane, full) && lane.sending < allowed) {
      const rests = full ? null : restWaitsUntil(lane, clock.now());
      if (rests !== null) {
        this.#rest(lane, rests);
        return;
      }
      const wait = lane.limiter?.take(clock.monotonic()) ?? 0;
      if (wait > 0) {
        this.#waitForRate(lane, wait);
        return;
      }
      const next = takeGroup(lane);
      if (next) void this.#send(lane, next);
    }
    const wait = lane.limiter?.wait(clock.monotonic()) ?? 0;
    const free = full ? allowed - lane.sending - lane.buffer.length : LARGEST_CLAIM;
    const size = Math.min(claimSize(lane, clock.now()), free);
    if (wait > LONG_WAIT_MS) this.#waitForRate(lane, wait);
    else if (lane.more && !lane.claiming && size > 0 && (lane.buffer.length <= size >> 1 || !isReady(lane, full)))
      void this.#claim(lane, claimLimit(size));
  }

  #waitForRate(lane: Lane, ms: number): void {
    lane.cancelWait?.();
    lane.cancelWait = this.#options.clock.after(ms, () => this.#pump(lane));
    if (ms > LONG_WAIT_MS) this.#giveBack(lane);
  }

  /** A lane that may send nothing now: what it had claimed goes back, and it is woken when it may go on. */
  #rest(lane: Lane, at = opensAt(lane)): void {
    this.#giveBack(lane);
    const soonest = this.#options.clock.now() + 1;
    if (at !== null && lane.more) this.#options.queue.wake([{ laneId: lane.id, at: Math.max(at, soonest) }]);
  }

  #giveBack(lane: Lane): void {
    if (lane.buffer.length > 0) lane.more = true;
    for (const claimed of lane.buffer.splice(0)) void this.#release(claimed);
  }

  async #release(claimed: Claimed, mayHaveArrived = false): Promise<void> {
    const { id, token, laneId } = claimed;
    const late = await this.#recorder.release({ id, token, mayHaveArrived });
    this.#options.held.letGo(claimed);
    if (late) this.#options.queue.wake([{ laneId, at: this.#options.clock.now() }]);
  }

  async #claim(lane: Lane, limit: number): Promise<void> {
    const { clock, store, log, held, nameFiles } = this.#options;
    lane.claiming = true;
    this.#claims++;
    lane.more = false;
    let claims: readonly Claimed[] = [];
    try {
      const waits = await waitsUntil(lane, store, clock.now());
      if (waits === "for an event") await this.#wakeWhenDue(lane);
      else if (waits !== null) this.#options.queue.wake([{ laneId: lane.id, at: waits }]);
      else {
        const until = clock.monotonic() + CLAIM_MS + (lane.endpoint?.timeoutMs ?? CLAIM_MS);
        const batched = maxEventsOf(lane) > 1;
        const request = { laneId: lane.id, limit, now: clock.now(), token: newId("clm"), until, batched };
        claims = await store.claim(request);
        for (const claimed of claims) held.take(claimed);
        if (claims.length < limit) await this.#wakeWhenDue(lane);
        else {
          lane.more = true;
          const bytes = claims.reduce((sum, claimed) => sum + claimed.bytes, 0);
          adaptBatch(lane, clock.monotonic(), bytes / claims.length);
          lane.claimedAt = clock.monotonic();
        }
        lane.buffer.push(...(lane.endpoint ? await nameFiles(claims, lane.endpoint) : claims));
      }
    } catch (error) {
      if (this.#mayComplain()) log.error({ lane: lane.id, err: error }, "claim failed: it is tried again each second");
      for (const claimed of claims) void this.#release(claimed);
      this.#options.queue.wake([{ laneId: lane.id, at: clock.now() + CLAIM_AGAIN_MS }]);
      return;
    } finally {
      lane.claiming = false;
      this.#claims--;
    }
    if (this.#stopping) this.#giveBack(lane);
    else this.#pump(lane);
  }

  async #wakeWhenDue(lane: Lane): Promise<void> {
    // Only failures leave deliveries that are due at different times; the queue keeps but one wake-up a lane.
    if (!lane.failing) return;
    const at = await this.#options.store.nextDue(lane.id);
    if (at !== null) this.#options.queue.wake([{ laneId: lane.id, at }]);
  }

  async #send(lane: Lane, group: Group): Promise<void> {
    const { clock, log, deliver, held } = this.#options;
    const { members } = group;
    this.#sending++;
    lane.sending++;
    try {
      const endpoint = lane.endpoint ?? (await this.#callbackOf(group));
      const mayStart = this.#mayStart(group, endpoint) && (!group.isNew || (await this.#isKept(group)));
      const outcome = mayStart && endpoint ? await deliver(group, endpoint) : "not begun";
      if (typeof outcome === "object" && endpoint) {
        const { records, disable } = takeIn(lane, endpoint.version, outcome);
        for (let at = 0; at < records.length; at++) {
          const record = records[at];
          const gone = disable && at === 0 ? endpoint.version : null;
          if (record) void this.#record(lane, members[at] ?? members[0], record, gone);
        }
      } else if (endpoint && (lane.endpoint || endpoint.state === "active")) {
        for (const claimed of members) void this.#release(claimed, outcome === "interrupted");
        lane.more = true;
      } else
        for (const claimed of members) void this.#record(lane, claimed, atRest(claimed, endpoint, clock.now()), null);
    } catch (error) {
      log.error({ delivery: group.id, lane: lane.id, err: error }, "delivery failed inside Waybell");
      this.#options.tally?.internalFault();
      // Where the database cannot be read, no member is to blame.
      const halves = members.length === 1 || error instanceof StoreUnavailableError ? [] : apart(group, clock.now());
      // A claim is left to expire: the sweep counts it, and gives the delivery up at the fifth.
      if (halves.length === 0) for (const claimed of members) held.letGo(claimed);
      halves.forEach((half, at) => void this.#record(lane, members[at] ?? members[0], half, null));
    } finally {
      this.#sending--;
      lane.sending--;
    }
    this.#pump(lane);
  }

  /** The endpoint of one callback URL; undefined: it was deleted. */
  async #callbackOf({ members: [{ endpointId }] }: Group): Promise<Endpoint | undefined> {
    return (await this.#options.store.endpoints([endpointId])).get(endpointId);
  }

  /** Keeps a new batch before it is sent; false: it cannot be written now. */
  async #isKept(group: Group): Promise<boolean> {
    try {
      await this.#options.store.batch(group);
      return true;
    } catch (error) {
      if (this.#mayComplain()) this.#options.log.error({ batch: group.id, err: error }, "batch not kept: not sent yet");
      return false;
    }
  }

  /** A send never starts after its claim has expired, nor for an endpoint that is gone or at rest. */
  #mayStart({ members }: Group, endpoint: Endpoint | undefined): boolean {
    if (endpoint?.state !== "active" || this.#stopping) return false;
    const now = this.#options.clock.monotonic();
    return members.every(({ until }) => now < until);
  }

  /** `disable`: the version of the endpoint that is gone; one that was changed since is left alone. */
  async #record(lane: Lane, claimed: Claimed, record: DeliveryRecord, disable: number | null): Promise<void> {
    const { store, log, queue, held } = this.#options;
    const written = await this.#recorder.record(record);
    held.letGo(claimed);
    if (written && record.state === "pending") queue.wake([{ laneId: lane.id, at: record.dueAt }]);
    if (disable === null) return;
    const disabled = written ? store.disable(record.endpointId, disable, "410 Gone") : Promise.resolve();
    await disabled.catch((error: unknown) => log.error({ endpoint: record.endpointId, err: error }, "not disabled"));
    await this.refresh(lane.id);
  }
}
