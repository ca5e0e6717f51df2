import type { LaneState } from "../store/lanes.js";
import type { Clock, Endpoint } from "../types.js";
import { CLOSED } from "./breaker.js";
import { empty, isTelling } from "./failure-rate.js";
import type { HeldClaims } from "./held-claims.js";
import { createLane, easeInIfAsked, type Lane, restore, setEndpoint } from "./lane.js";
import { shardLanes } from "./shards.js";

/** What the lanes are read from. */
export interface LaneStore {
  laneState(id: string): Promise<LaneState | null>;
  /** null: the lane of callback URLs, or of a deleted endpoint. */
  laneEndpoint(id: string): Promise<Endpoint | null>;
  /** Of its settings, about; left out: nobody's are many. */
  endpointBytes?(endpoint: Endpoint): number;
}

export interface LanesOptions {
  readonly store: LaneStore;
  readonly clock: Clock;
  readonly held: Pick<HeldClaims, "holds">;
}

const MAX_SHARDS = 64;
/** Idle lanes kept in memory. */
const MAX_LANES = 20_000;
/** How many come into memory between two looks at all of them. */
const STEP = MAX_LANES / 10;
/** Of the settings of large endpoints under idle lanes. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Others are small enough to be counted only. */
const LARGE_BYTES = 4 * 1024;
/** Whoever asked for a lane, or began its last send, is done with it by then. */
const JUST_USED_MS = 1_000;

/** Nothing will come back to it: otherwise there would be two of one lane in memory, each with the whole of its limits. */
const isIdle = (lane: Lane): boolean =>
  lane.sending === 0 && lane.buffer.length === 0 && !lane.claiming && !lane.leaving && lane.cancelWait === null;

/** The lanes that this process has in memory. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #loading = new Map<string, Promise<Lane | null>>();
  /** At so many, idle ones are forgotten. */
  #fullAt = MAX_LANES;
  /** Bytes of the endpoints of lanes, where they are large. */
  readonly #large = new Map<string, number>();
  #bytes = 0;
  /** At so many bytes, idle ones of them are forgotten. */
  #heavyAt = MAX_BYTES;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#lanes.size;
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#lanes.values();
  }

  /** The lane, at once where it is in memory; null: there is none of this id. */
  get(laneId: string): Lane | Promise<Lane | null> {
    const lane = this.#lanes.get(laneId);
    if (lane) return lane;
    const loading = this.#loading.get(laneId) ?? this.#load(laneId).finally(() => this.#loading.delete(laneId));
    this.#loading.set(laneId, loading);
    return loading;
  }

  /** Those in memory, and those that are being read. */
  get known(): string[] {
    return [...new Set([...this.#lanes.keys(), ...this.#loading.keys()])];
  }

  /** The lane, where it is in memory. */
  inMemory(laneId: string): Lane | undefined {
    return this.#lanes.get(laneId);
  }

  /** The lane and those of its shards that are in memory. */
  shardsOf(laneId: string): string[] {
    return shardLanes(laneId, MAX_SHARDS).filter((id) => id === laneId || this.#lanes.has(id));
  }

  /**
   * Puts what is kept of a lane now under the one in memory: its endpoint was changed, paused, resumed or deleted. Where
   * that cannot be read the lane stays stale, and whoever asked asks again.
   */
  async readAgain(laneId: string): Promise<void> {
    // One that is being loaded may have read what was there before the change.
    await this.#loading.get(laneId)?.catch(() => null);
    const lane = this.#lanes.get(laneId);
    if (!lane) return;
    const reading = Symbol(laneId);
    lane.stale = reading;
    const [state, endpoint] = await this.#look(laneId);
    // Changed once more meanwhile: this may be what was there before, and the later reading, even if it fails, decides.
    if (lane.stale !== reading) return;
    lane.stale = null;
    if (!state) return;
    if (endpoint?.version !== lane.endpoint?.version) {
      lane.breaker = CLOSED;
      lane.answered = false;
      empty(lane.lately);
    }
    setEndpoint(lane, endpoint);
    this.#weigh(lane);
    lane.held = state.heldReason !== null;
    lane.heldUntil = state.heldUntil;
  }

  /** Reads a lane as another process has left it. */
  async restore(lane: Lane): Promise<void> {
    const [state, endpoint] = await this.#look(lane.id);
    if (!state) return;
    restore(lane, state, endpoint);
    this.#weigh(lane);
    easeInIfAsked(lane, this.#options.clock.now());
  }

  /** The lane is another process's: what is known of it here grows old. */
  forget(lane: Lane): void {
    lane.cancelWait?.();
    lane.cancelWait = null;
    if (isIdle(lane)) this.#delete(lane.id);
  }

  #look(laneId: string): Promise<[LaneState | null, Endpoint | null]> {
    const { store } = this.#options;
    return Promise.all([store.laneState(laneId), store.laneEndpoint(laneId)]);
  }

  async #load(laneId: string): Promise<Lane | null> {
    const [state, endpoint] = await this.#look(laneId);
    if (!state) return null;
    const { clock } = this.#options;
    const lane = createLane(state, endpoint);
    easeInIfAsked(lane, clock.now());
    lane.startedAt = clock.monotonic();
    if (this.#lanes.size >= this.#fullAt) this.#forgetIdle();
    this.#lanes.set(laneId, lane);
    this.#weigh(lane);
    if (this.#bytes >= this.#heavyAt) this.#forgetLarge();
    return lane;
  }

  #weigh(lane: Lane): void {
    if (this.#lanes.get(lane.id) !== lane) return;
    const bytes = (lane.endpoint && this.#options.store.endpointBytes?.(lane.endpoint)) ?? 0;
    this.#bytes -= this.#large.get(lane.id) ?? 0;
    this.#large.delete(lane.id);
    if (bytes < LARGE_BYTES) return;
    this.#large.set(lane.id, bytes);
    this.#bytes += bytes;
  }

  #delete(laneId: string): void {
    this.#lanes.delete(laneId);
    this.#bytes -= this.#large.get(laneId) ?? 0;
    this.#large.delete(laneId);
  }

  #forgetLarge(): void {
    const { clock } = this.#options;
    for (const id of this.#large.keys()) {
      const lane = this.#lanes.get(id);
      if (lane && this.#isInItsRow(lane, clock.now(), clock.monotonic())) this.#delete(id);
      if (this.#bytes <= MAX_BYTES * 0.75) break;
    }
    this.#heavyAt = Math.max(MAX_BYTES, this.#bytes + MAX_BYTES * 0.25);
  }

  #forgetIdle(): void {
    const { clock } = this.#options;
    const now = clock.now();
    const monotonic = clock.monotonic();
    for (const [id, lane] of this.#lanes) {
      if (this.#isInItsRow(lane, now, monotonic)) this.#delete(id);
      if (this.#lanes.size <= MAX_LANES - STEP) break;
    }
    // Where most are busy, looking at all again for the next one would find as few.
    this.#fullAt = Math.max(MAX_LANES, this.#lanes.size + STEP);
  }

  /** All that matters of it is in its row: it may be forgotten, and read again. */
  #isInItsRow(lane: Lane, now: number, monotonic: number): boolean {
    return (
      isIdle(lane) &&
      lane.stale === null &&
      monotonic - lane.startedAt >= JUST_USED_MS &&
      // What its last sends have brought is not recorded yet.
      !this.#options.held.holds(lane.id) &&
      (lane.limiter?.isFull(monotonic) ?? true) &&
      !isTelling(lane.lately, now)
    );
  }
}
