import { newId } from "../ids.js";
import type { Logger } from "../logger.js";
import type { Queue } from "../queue/queue.js";
import { type Claimed, claimLimit } from "../store/claims.js";
import type { LaneState } from "../store/lanes.js";
import type { DeliveryRecord, LaneChange } from "../store/records.js";
import type { Clock, Endpoint } from "../types.js";
import { afterFailure, afterSuccess, CLOSED, easedIn } from "./breaker.js";
import type { Delivered } from "./deliver.js";
import type { HeldClaims } from "./held-claims.js";
import { adaptBatch, allowance, atRest, claimSize, createLane, type Lane, opensAt, setEndpoint } from "./lane.js";
import { Recorder } from "./recorder.js";
import { setLaneBack } from "./wall-clock.js";

/** What the worker needs of the store. */
export interface WorkStore {
  laneState(id: string): Promise<LaneState | null>;
  /** null: the lane of callback URLs, or of a deleted endpoint. */
  laneEndpoint(id: string): Promise<Endpoint | null>;
  endpoints(ids: Iterable<string>): Promise<ReadonlyMap<string, Endpoint>>;
  /** When the first pending delivery of a lane is due; null: none is pending. */
  nextDue(laneId: string): Promise<number | null>;
  claim(request: { laneId: string; limit: number; now: number; token: string; until: number }): Promise<Claimed[]>;
  release(claim: { id: string; token: string }): Promise<void>;
  record(record: DeliveryRecord): Promise<void>;
  /** Unless the endpoint has another version by now. */
  disable(endpointId: string, version: number, reason: string): Promise<void>;
}

export interface WorkerOptions {
  readonly store: WorkStore;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly held: HeldClaims;
  readonly deliver: (claimed: Claimed, endpoint: Endpoint) => Promise<Delivered | null>;
  /** Ends the sends under way; each comes back as null. */
  readonly endSends: () => void;
  /** Gives the deliveries of file endpoints their names; others come back as they are. */
  readonly nameFiles: (claims: readonly Claimed[], endpoint: Endpoint) => Promise<readonly Claimed[]>;
}

/** A claim lasts this long beyond the endpoint's deadline; what was not started by then goes back. */
const CLAIM_MS = 60_000;
const CLAIM_AGAIN_MS = 1_000;
/** A lane that waits longer for its rate claims nothing meanwhile: a claim would expire before it is sent. */
const LONG_WAIT_MS = 1_000;
/** Idle lanes kept in memory. */
const MAX_LANES = 20_000;

/** Works the lanes that the queue wakes: claims what is due, delivers it, records what became of it. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #loading = new Map<string, Promise<Lane | null>>();
  readonly #recorder: Recorder;
  #sending = 0;
  #stopping = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const onRoom = () => {
      for (const lane of this.#lanes.values()) this.#pump(lane);
    };
    this.#recorder = new Recorder({ ...options, onRoom });
    options.queue.work((laneId) => void this.#wake(laneId));
  }

  /** The endpoint of a lane was changed, paused, resumed or deleted: the lane goes on as it says now. */
  async refresh(laneId: string): Promise<void> {
    // One that is being loaded may have read what was there before the change.
    await this.#loading.get(laneId)?.catch(() => null);
    const lane = this.#lanes.get(laneId);
    try {
      const [state, endpoint] = lane ? await this.#look(laneId) : [null, null];
      if (lane && state) {
        if (endpoint?.version !== lane.endpoint?.version) lane.breaker = CLOSED;
        setEndpoint(lane, endpoint);
        lane.held = state.heldReason !== null;
        lane.heldUntil = state.heldUntil;
      }
    } catch (error) {
      this.#options.log.error({ lane: laneId, err: error }, "lane could not be read again");
    }
    await this.#wake(laneId);
  }

  /** The wall clock was set back by `ms`: lanes that are closed stay so for as long as before. */
  setBack(ms: number): void {
    for (const lane of this.#lanes.values()) setLaneBack(lane, ms, this.#options.clock.now());
  }

  /** Stops claiming, lets the sends under way finish for `graceMs`, ends the others, and gives back what was not sent. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const lane of this.#lanes.values()) {
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
    await until(2_000, () => held.none);
    this.#recorder.stop();
  }

  #look(laneId: string): Promise<[LaneState | null, Endpoint | null]> {
    const { store } = this.#options;
    return Promise.all([store.laneState(laneId), store.laneEndpoint(laneId)]);
  }

  async #load(laneId: string): Promise<Lane | null> {
    const [state, endpoint] = await this.#look(laneId);
    if (!state) return null;
    const lane = createLane(state, endpoint);
    if (this.#lanes.size >= MAX_LANES) this.#forgetIdle();
    this.#lanes.set(laneId, lane);
    return lane;
  }

  #forgetIdle(): void {
    for (const [id, lane] of this.#lanes) {
      const idle = lane.sending === 0 && lane.buffer.length === 0 && !lane.claiming;
      if (idle && lane.breaker === CLOSED) this.#lanes.delete(id);
      if (this.#lanes.size < MAX_LANES * 0.9) return;
    }
  }

  async #wake(laneId: string): Promise<void> {
    try {
      let lane = this.#lanes.get(laneId) ?? null;
      if (!lane) {
        const loading = this.#loading.get(laneId) ?? this.#load(laneId).finally(() => this.#loading.delete(laneId));
        this.#loading.set(laneId, loading);
        lane = await loading;
      }
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
    while (lane.buffer.length > 0 && lane.sending < allowed) {
      const wait = lane.limiter?.take(clock.monotonic()) ?? 0;
      if (wait > 0) {
        this.#waitForRate(lane, wait);
        return;
      }
      const next = lane.buffer.shift();
      if (next) void this.#send(lane, next);
    }
    const wait = lane.limiter?.wait(clock.monotonic()) ?? 0;
    const size = claimSize(lane, clock.now());
    if (wait > LONG_WAIT_MS) this.#waitForRate(lane, wait);
    else if (lane.more && !lane.claiming && size > 0 && lane.buffer.length <= size >> 1)
      void this.#claim(lane, claimLimit(size));
  }

  #waitForRate(lane: Lane, ms: number): void {
    lane.cancelWait?.();
    lane.cancelWait = this.#options.clock.after(ms, () => this.#pump(lane));
    if (ms > LONG_WAIT_MS) this.#giveBack(lane);
  }

  /** A lane that may send nothing now: what it had claimed goes back, and it is woken when it may go on. */
  #rest(lane: Lane): void {
    this.#giveBack(lane);
    const at = opensAt(lane);
    const soonest = this.#options.clock.now() + 1;
    if (at !== null && lane.more) this.#options.queue.wake([{ laneId: lane.id, at: Math.max(at, soonest) }]);
  }

  #giveBack(lane: Lane): void {
    if (lane.buffer.length > 0) lane.more = true;
    for (const claimed of lane.buffer.splice(0)) this.#release(claimed);
  }

  #release(claimed: Claimed): void {
    void this.#options.store
      .release(claimed)
      .catch((error: unknown) =>
        this.#options.log.warn({ delivery: claimed.id, err: error }, "claim not released: it will expire"),
      )
      .finally(() => this.#options.held.letGo(claimed.token));
  }

  async #claim(lane: Lane, limit: number): Promise<void> {
    const { clock, store, log, held, nameFiles } = this.#options;
    lane.claiming = true;
    lane.more = false;
    let claims: readonly Claimed[] = [];
    try {
      const until = clock.monotonic() + CLAIM_MS + (lane.endpoint?.timeoutMs ?? CLAIM_MS);
      claims = await store.claim({ laneId: lane.id, limit, now: clock.now(), token: newId("clm"), until });
      for (const { token } of claims) held.take(token);
      if (claims.length === limit) {
        lane.more = true;
        adaptBatch(lane, clock.monotonic());
        lane.claimedAt = clock.monotonic();
      } else if (lane.failing) {
        // Only failures leave deliveries that are due at different times; the queue keeps but one wake-up a lane.
        const at = await store.nextDue(lane.id);
        if (at !== null) this.#options.queue.wake([{ laneId: lane.id, at }]);
      }
      lane.buffer.push(...(lane.endpoint ? await nameFiles(claims, lane.endpoint) : claims));
    } catch (error) {
      log.error({ lane: lane.id, err: error }, "claim failed");
      for (const claimed of claims) this.#release(claimed);
      this.#options.queue.wake([{ laneId: lane.id, at: clock.now() + CLAIM_AGAIN_MS }]);
      return;
    } finally {
      lane.claiming = false;
    }
    if (this.#stopping) this.#giveBack(lane);
    else this.#pump(lane);
  }

  async #send(lane: Lane, claimed: Claimed): Promise<void> {
    const { clock, log, deliver } = this.#options;
    this.#sending++;
    lane.sending++;
    try {
      const endpoint =
        lane.endpoint ?? (await this.#options.store.endpoints([claimed.endpointId])).get(claimed.endpointId);
      const delivered = this.#mayStart(claimed, endpoint) ? await deliver(claimed, endpoint) : null;
      if (delivered && endpoint) this.#settle(lane, claimed, endpoint, delivered);
      else if (endpoint && (lane.endpoint || endpoint.state === "active")) {
        this.#release(claimed);
        lane.more = true;
      } else void this.#record(lane, claimed, atRest(claimed, endpoint, clock.now()), null);
    } catch (error) {
      // The claim is left to expire: the sweep counts it, and gives the delivery up at the fifth.
      log.error({ delivery: claimed.id, lane: lane.id, err: error }, "delivery failed inside Waybell");
      this.#options.held.letGo(claimed.token);
    } finally {
      this.#sending--;
      lane.sending--;
    }
    this.#pump(lane);
  }

  /** A send never starts after its claim has expired, nor for an endpoint that is gone or at rest. */
  #mayStart(claimed: Claimed, endpoint: Endpoint | undefined): endpoint is Endpoint {
    return endpoint?.state === "active" && this.#options.clock.monotonic() < claimed.until && !this.#stopping;
  }

  /** Takes in what an attempt means for the lane, and records it. */
  #settle(lane: Lane, claimed: Claimed, { version }: Endpoint, { record, decision }: Delivered): void {
    const { heldReason: _held, disabled: _disabled, ...rest } = decision.lane;
    // What is wrong with a setting that was changed meanwhile says nothing about the new one.
    const outdated = lane.endpoint !== null && lane.endpoint.version !== version;
    const change: LaneChange = outdated ? rest : decision.lane;
    const disable = decision.disable && !outdated;
    const before = lane.breaker;
    if (change.kind === "connection") lane.breaker = afterFailure(before, change.at);
    else if (change.kind !== "none") lane.breaker = afterSuccess(before);
    // Not one more is sent to an endpoint that is about to be disabled.
    if (change.heldReason !== undefined || (disable && lane.endpoint)) lane.held = true;
    if (change.heldUntil !== undefined) {
      lane.heldUntil = Math.max(lane.heldUntil, change.heldUntil);
      lane.breaker = easedIn(lane.breaker);
    }
    lane.successes = change.kind === "success" ? lane.successes + 1 : 0;
    const news = change.kind !== "success" || lane.failing || before !== lane.breaker;
    if (change.kind !== "success") lane.failing = true;
    else if (lane.successes >= 3) lane.failing = false;
    const openUntil = before.openUntil === lane.breaker.openUntil ? {} : { openUntil: lane.breaker.openUntil || null };
    const told = news ? { ...change, ...openUntil } : null;
    void this.#record(lane, claimed, { ...record, lane: told }, disable ? version : null);
  }

  /** `disable`: the version of the endpoint that is gone; one that was changed since is left alone. */
  async #record(lane: Lane, claimed: Claimed, record: DeliveryRecord, disable: number | null): Promise<void> {
    const { store, log, queue, held } = this.#options;
    const written = await this.#recorder.record(record);
    held.letGo(claimed.token);
    if (written && record.state === "pending") queue.wake([{ laneId: lane.id, at: record.dueAt }]);
    if (disable === null) return;
    const disabled = written ? store.disable(record.endpointId, disable, "410 Gone") : Promise.resolve();
    await disabled.catch((error: unknown) => log.error({ endpoint: record.endpointId, err: error }, "not disabled"));
    await this.refresh(lane.id);
  }
}
