import type { WakeUp } from "../queue/queue.js";
import type { Claimed } from "../store/claims.js";
import { claimLimit } from "../store/claims.js";
import { isReady, restWaitsUntil, takeGroup } from "./batches.js";
import { Claimer } from "./claimer.js";
import { Handover } from "./handover.js";
import { allowance, claimSize, isLow, LARGEST_CLAIM, type Lane, maxEventsOf, opensAt } from "./lane.js";
import { Lanes } from "./lanes.js";
import { onceEvery } from "./once-every.js";
import { Recorder } from "./recorder.js";
import { keepClaims } from "./renewal.js";
import { Sender } from "./sender.js";
import { STUCK_MS, Turns } from "./turns.js";
import { setLaneBack } from "./wall-clock.js";
import type { WorkerOptions } from "./worker-options.js";

/** A lane that waits longer for its rate claims nothing meanwhile: a claim would expire before it is sent. */
const LONG_WAIT_MS = 1_000;
/** Events of claimed deliveries in memory; beyond it a lane claims no more than it may send at once. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;
/** Lanes that are worked at the same time. */
const LANES = 2_000;
/** A lane that was changed and could not be read is read again after this. */
const READ_AGAIN_MS = 1_000;
/** Lanes that are read at the same time when all are: what else asks the database is not to wait for them. */
const READ_AT_ONCE = 50;

/** Works the lanes that the queue wakes: claims what is due, delivers it, records what became of it. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #lanes: Lanes;
  readonly #turns: Turns;
  readonly #recorder: Recorder;
  readonly #sender: Sender;
  readonly #claimer: Claimer;
  readonly #handover: Handover;
  readonly #mayComplain: () => boolean;
  /** Cancels the next reading of each lane that could not be read when it was changed. */
  readonly #readings = new Map<string, () => void>();
  #stopping = false;
  readonly #endRenewal: () => void;
  #cancelPlace: (() => void) | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options);
    this.#mayComplain = onceEvery(options.clock, 60_000);
    this.#turns = new Turns(options.concurrency ?? LANES, options.clock);
    const onRoom = () => {
      for (const lane of this.#lanes) this.#pump(lane);
    };
    this.#recorder = new Recorder({ ...options, onRoom });
    this.#sender = new Sender({ ...options, recorder: this.#recorder, refresh: (laneId) => this.refresh(laneId) });
    this.#handover = new Handover(options);
    this.#claimer = new Claimer(options, this.#lanes, (claimed) => void this.#sender.release(claimed));
    options.queue.work((laneId) => void this.#wake(laneId));
    this.#endRenewal = keepClaims(options);
  }

  /** What is in its hands, for metrics. */
  get load() {
    return { sending: this.#sender.sending, unrecorded: this.#recorder.waiting, lanes: this.#lanes.size };
  }

  /**
   * Claims what is about to be committed in that very commit, where this process alone has the database: it goes out a
   * commit earlier. false: nothing is claimed, and the lane is to be woken once it is committed.
   */
  claimAlong({ laneId, at }: WakeUp): boolean {
    const lane = this.#lanes.inMemory(laneId);
    // A batch that fills looks at what is committed already.
    if (this.#stopping || !lane || lane.claiming || maxEventsOf(lane) > 1 || at > this.#options.clock.now())
      return false;
    this.#goOn(lane);
    return lane.claiming;
  }

  /** The endpoint of a lane was changed, paused, resumed or deleted: the lane goes on as it says now. */
  async refresh(laneId: string): Promise<void> {
    await Promise.all(this.#lanes.shardsOf(laneId).map((id) => this.#readAgain(id)));
  }

  /** Every lane in memory goes on as the database says it now: changes may have been missed. */
  async refreshAll(): Promise<void> {
    const lanes = this.#lanes.known;
    for (let at = 0; at < lanes.length && !this.#stopping; at += READ_AT_ONCE)
      await Promise.all(lanes.slice(at, at + READ_AT_ONCE).map((id) => this.#readAgain(id)));
  }

  /** The wall clock was set back by `ms`: lanes that are closed stay so for as long as before. */
  setBack(ms: number): void {
    for (const lane of this.#lanes) setLaneBack(lane, ms, this.#options.clock.now());
  }

  /**
   * Stops claiming, lets the sends under way finish for `graceMs`, ends the others, and gives back what was not sent. Each
   * lane goes to the other processes as soon as nothing of it is under way.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, held, store, queue, log } = this.#options;
    this.#stopping = true;
    this.#sender.stop();
    const resting = queue.rest();
    for (const cancel of this.#readings.values()) cancel();
    for (const lane of this.#lanes) {
      lane.cancelWait?.();
      this.#giveBack(lane);
    }
    let isOver = false;
    const leaving = this.#handover.leaveAll(this.#lanes, () => isOver);
    const pause = () => new Promise<void>((done) => void clock.after(20, done));
    const until = async (ms: number, done: () => boolean) => {
      for (const end = clock.monotonic() + ms; !done() && clock.monotonic() < end; ) await pause();
    };
    await until(graceMs, () => this.#sender.sending === 0);
    this.#options.endSends();
    // A claim that is being made, or named, is not held yet, and asks the database which is about to be closed.
    const isClear = () => held.none && this.#claimer.underWay === 0;
    await until(2_000, isClear);
    isOver = true;
    this.#recorder.stop();
    this.#endRenewal();
    this.#cancelPlace?.();
    await Promise.all([leaving, resting]);
    // Those that are not in memory.
    const failed = (error: unknown) => log.warn({ err: error }, "lanes not given back: their leases will expire");
    if (isClear()) await store.giveLanesBack?.().catch(failed);
  }

  /** Going on as before would send to an endpoint that is paused by now: until it is read the lane begins nothing. */
  async #readAgain(laneId: string): Promise<void> {
    try {
      await this.#lanes.readAgain(laneId);
    } catch (error) {
      const what = "lane could not be read again: it rests, and is read each second";
      if (this.#mayComplain()) this.#options.log.error({ lane: laneId, err: error }, what);
      this.#readLater(laneId);
      return;
    }
    // One that is not in memory need not be, for that: it is woken for what it has to send.
    if (!this.#options.store.renew || this.#lanes.inMemory(laneId)) await this.#wake(laneId);
  }

  #readLater(laneId: string): void {
    // What it has claimed would expire, and its place is one that others can use.
    const lane = this.#lanes.inMemory(laneId);
    if (lane) {
      this.#giveBack(lane);
      this.#endTurn(lane);
    }
    if (this.#stopping || this.#readings.has(laneId)) return;
    const cancel = this.#options.clock.after(READ_AGAIN_MS, () => {
      this.#readings.delete(laneId);
      void this.#readAgain(laneId);
    });
    this.#readings.set(laneId, cancel);
  }

  async #wake(laneId: string): Promise<void> {
    const { holders, queue, log } = this.#options;
    const holder = holders.of(laneId);
    if (this.#stopping) this.#wakeElsewhere(laneId);
    else if (holder !== null) queue.pass(holder, laneId);
    else {
      try {
        const found = this.#lanes.get(laneId);
        const lane = found instanceof Promise ? await found : found;
        if (lane) this.#goOn(lane);
      } catch (error) {
        // The sweep wakes the lane again.
        log.error({ lane: laneId, err: error }, "lane could not be loaded");
      }
    }
  }

  #goOn(lane: Lane): void {
    lane.more = true;
    if (this.#stopping) this.#wakeElsewhere(lane.id);
    else this.#pump(lane);
  }

  /** This process stops: another one has to hear of it. */
  #wakeElsewhere(laneId: string): void {
    this.#options.queue.wake([{ laneId, at: this.#options.clock.now() }]);
  }

  /** Starts as many sends as the lane may have under way, and claims more when it runs low. */
  #pump(lane: Lane): void {
    if (this.#stopping || this.#recorder.isFull || lane.leaving || lane.stale) return;
    if (!this.#turns.begin(lane)) {
      this.#waitForPlace();
      return;
    }
    const { clock } = this.#options;
    const allowed = this.#sender.within(allowance(lane, clock.now()));
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
      if (next) {
        if (next.isBatch) this.#sender.releaseFollowers(lane, next);
        lane.startedAt = clock.monotonic();
        void this.#sender.send(lane, next).then(() => this.#pump(lane));
      }
    }
    if (this.#turns.isOver(lane)) this.#leave(lane);
    else this.#claimMore(lane, allowed, full);
  }

  #claimMore(lane: Lane, allowed: number, full: boolean): void {
    const { clock } = this.#options;
    const wait = lane.limiter?.wait(clock.monotonic()) ?? 0;
    const free = full ? allowed - lane.sending - lane.buffer.length : LARGEST_CLAIM;
    const size = Math.min(claimSize(lane, clock.now()), free);
    if (wait > LONG_WAIT_MS) this.#waitForRate(lane, wait);
    else if (lane.more && !lane.claiming && size > 0 && (isLow(lane, size) || !isReady(lane, full)))
      void this.#claim(lane, claimLimit(size));
    else if (!lane.more) this.#endIfIdle(lane);
  }

  async #claim(lane: Lane, limit: number): Promise<void> {
    const outcome = await this.#claimer.claim(lane, limit);
    // A lane that is being given back, or read again, begins nothing: what was claimed for it goes back.
    if (outcome === "claimed" && !this.#stopping && !lane.leaving && !lane.stale) this.#pump(lane);
    else {
      this.#giveBack(lane);
      this.#endTurn(lane);
    }
    // What another process knows of it by now is better.
    if (outcome === "not ours") this.#lanes.forget(lane);
  }

  /** A place may come free by nothing but time: one of a lane whose receiver is silent. */
  #waitForPlace(): void {
    this.#cancelPlace ??= this.#options.clock.after(STUCK_MS, () => {
      this.#cancelPlace = undefined;
      for (const laneId of this.#turns.next) void this.#wake(laneId);
    });
  }

  #waitForRate(lane: Lane, ms: number): void {
    lane.cancelWait?.();
    lane.cancelWait = this.#options.clock.after(ms, () => {
      lane.cancelWait = null;
      this.#pump(lane);
    });
    if (ms <= LONG_WAIT_MS) return;
    this.#giveBack(lane);
    this.#endTurn(lane);
  }

  /** A lane that may send nothing now: what it had claimed goes back, and it is woken when it may go on. */
  #rest(lane: Lane, at = opensAt(lane, this.#options.clock.now())): void {
    this.#giveBack(lane);
    this.#endTurn(lane);
    const soonest = this.#options.clock.now() + 1;
    if (at !== null && lane.more) this.#options.queue.wake([{ laneId: lane.id, at: Math.max(at, soonest) }]);
  }

  #giveBack(lane: Lane): void {
    if (lane.buffer.length > 0) lane.more = true;
    for (const claimed of lane.buffer.splice(0) as Claimed[]) void this.#sender.release(claimed);
  }

  #endIfIdle(lane: Lane): void {
    if (lane.sending === 0 && lane.buffer.length === 0 && !lane.claiming) this.#endTurn(lane);
  }

  #endTurn(lane: Lane): void {
    for (const next of this.#turns.end(lane)) void this.#wake(next);
  }

  /** Others wait: the lane gives its place up, and is woken for another turn, here or in another process. */
  #leave(lane: Lane): void {
    this.#giveBack(lane);
    this.#endTurn(lane);
    void this.#handover.leave(lane, () => this.#stopping);
  }
}
