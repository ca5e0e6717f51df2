import { Queue as BullQueue, type JobsOptions, Worker } from "bullmq";
import type { Logger } from "../logger.js";
import type { Clock } from "../types.js";
import { createMemoryQueue } from "./memory.js";
import { Passes } from "./passes.js";
import type { Queue, QueueState, WakeUp } from "./queue.js";
import {
  connectRedis,
  isLate,
  type RedisConnection,
  RedisWatch,
  redisTarget,
  warnOfSettings,
  within,
} from "./redis.js";

const QUEUE = "waybell-wake";
const MOST_AT_ONCE = 1_000;
const CLOSE_MS = 2_000;
/** A wake-up is handed on in a moment: whoever holds one for longer has died, and its lane must not wait for it. */
const LOCK_MS = 5_000;
const STALLED_MS = 2_500;
/** A stall is no fault of the wake-up: none fails for good. */
const NO_END_OF_STALLS = 1_000_000;
/** How long the key lasts that only shows that Redis can be written. */
const WRITABLE_MS = 10_000;
/** BullMQ tells its own story in a stream, which nobody reads. */
const EVENTS_KEPT = 100;

export interface BullQueueOptions {
  readonly url: string;
  /** Who this process is to others that pass lanes on. */
  readonly processId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Redis is there again; what was woken meanwhile is lost, and only the database knows it. */
  readonly onReconnect: () => void;
  /** Nobody listens as that process any more: what was passed to it is lost until the sweep. */
  readonly onGone?: ((processId: string) => void) | undefined;
  readonly prefix?: string | undefined;
  /** Wake-ups that this process takes at once. */
  readonly concurrency?: number | undefined;
}

interface WakeJob {
  readonly laneId: string;
}

/**
 * How a wake-up is added. An id of its own choosing would lose it: while a job of that id exists in any state, `add`
 * does nothing, so that a lane woken while its job is active would not be woken again. Without any, a lane whose
 * workers are all away would gather a job for each event. `deduplication` merges a wake-up with a job that waits;
 * `keepLastIfActive` keeps one that comes while the job is active, and adds it when that one ends.
 */
function jobOptions(laneId: string): JobsOptions {
  return { removeOnComplete: true, removeOnFail: true, deduplication: { id: laneId, keepLastIfActive: true } };
}

/** Wake-ups between processes, on Redis or Valkey through BullMQ. */
class RedisQueue implements Queue {
  readonly #options: BullQueueOptions;
  readonly #prefix: string;
  readonly #target: ReturnType<typeof redisTarget>;
  readonly #connections: RedisConnection[] = [];
  readonly #watch: RedisWatch;
  readonly #producer: RedisConnection["client"];
  readonly #jobs: BullQueue<WakeJob>;
  /** Those that are due later: lost with this process, and found again by the sweep. */
  readonly #later: Queue;
  /** Lanes to be added. One that is being added may be among them again, once. */
  readonly #now = new Set<string>();
  readonly #passes: Passes;
  #adding: Promise<void> | undefined;
  #worker: Worker<WakeJob> | undefined;
  #handler: ((laneId: string) => void) | undefined;
  /** Why the last wake-ups could not be added, though Redis is connected. */
  #refusal: string | undefined;
  /** It is being asked whether it takes them again. */
  #trying = false;
  #closed = false;

  constructor(options: BullQueueOptions) {
    const { url, processId, clock, log, onReconnect, onGone, prefix = "waybell" } = options;
    this.#options = options;
    this.#prefix = prefix;
    this.#target = redisTarget(url);
    const { where } = this.#target;
    const meaning = "deliveries go out as the sweep of the database finds them";
    this.#watch = new RedisWatch({ where, meaning, log, clock, onBack: onReconnect });
    this.#producer = this.#connect("ask");
    warnOfSettings(this.#producer, where, log);
    this.#jobs = new BullQueue<WakeJob>(QUEUE, {
      connection: this.#producer,
      prefix,
      // Its look at the version fails for good when Redis is lost during it.
      skipVersionCheck: true,
      streams: { events: { maxLen: EVENTS_KEPT } },
    });
    this.#jobs.on("error", (error) => this.#watch.complain(error, "wake-ups: Redis refused"));
    this.#passes = new Passes({
      processId,
      prefix,
      clock,
      producer: this.#producer,
      onPassed: (laneId) => this.#handle(laneId),
      onGone: (gone, lanes, at) => {
        onGone?.(gone);
        this.wake(lanes.map((laneId) => ({ laneId, at })));
      },
      complain: (error, what) => this.#watch.complain(error, what),
    });
    this.#later = createMemoryQueue(clock);
    this.#later.work((laneId) => this.#add(laneId));
  }

  wake(wakeUps: readonly WakeUp[]): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    for (const wakeUp of wakeUps) {
      if (wakeUp.at > now) this.#later.wake([wakeUp]);
      else this.#add(wakeUp.laneId);
    }
  }

  work(handler: (laneId: string) => void): void {
    this.#handler = handler;
    this.#passes.listen(this.#connect("listen"));
    this.#worker = new Worker<WakeJob>(QUEUE, async ({ data }) => this.#handle(data.laneId), {
      connection: this.#connect("work"),
      prefix: this.#prefix,
      skipVersionCheck: true,
      concurrency: this.#options.concurrency ?? 50,
      maxStalledCount: NO_END_OF_STALLS,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      // After an error of the connection BullMQ rests for 15 s.
      runRetryDelay: 1_000,
    });
    this.#worker.on("error", (error) => this.#watch.complain(error, "wake-ups: a job could not be taken or ended"));
  }

  pass(processId: string, laneId: string): void {
    if (this.#closed) return;
    if (processId === this.#options.processId) {
      setImmediate(() => this.#handle(laneId));
      return;
    }
    this.#passes.add(processId, laneId);
  }

  async rest(): Promise<void> {
    this.#passes.rest();
    // A worker that is closed waits for Redis, however long that is away.
    await within(CLOSE_MS, this.#worker?.close() ?? Promise.resolve());
  }

  waiting(): number {
    return this.#later.waiting() + this.#now.size;
  }

  state(): QueueState {
    const state = this.#watch.state();
    if (!state.ok || this.#refusal === undefined) return state;
    this.#tryToWrite();
    return { ok: false, detail: `Redis at ${this.#target.where} takes no wake-ups (${this.#refusal})` };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#passes.close();
    await this.#later.close();
    this.#watch.end();
    await this.rest();
    await within(
      CLOSE_MS,
      Promise.resolve(this.#adding).then(() => this.#jobs.close()),
    );
    for (const connection of this.#connections) connection.end();
  }

  #connect(use: Parameters<typeof connectRedis>[1]): RedisConnection["client"] {
    const connection = connectRedis(this.#target, use);
    this.#connections.push(connection);
    this.#watch.add(connection.client);
    return connection.client;
  }

  #handle(laneId: string): void {
    if (this.#closed) return;
    try {
      this.#handler?.(laneId);
    } catch (error) {
      this.#options.log.error({ lane: laneId, err: error }, "lane could not be woken");
    }
  }

  #add(laneId: string): void {
    this.#now.add(laneId);
    this.#adding ??= this.#addAll();
  }

  /** One set after the other: what is woken while a set is under way is in the next one, once. */
  async #addAll(): Promise<void> {
    while (this.#now.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const lanes = [...this.#now].slice(0, MOST_AT_ONCE);
      for (const laneId of lanes) this.#now.delete(laneId);
      // BullMQ would wait until Redis is back: by then the sweep has woken them.
      if (this.#producer.status !== "ready") continue;
      try {
        await this.#jobs.addBulk(lanes.map((laneId) => ({ name: "wake", data: { laneId }, opts: jobOptions(laneId) })));
        this.#refusal = undefined;
      } catch (error) {
        this.#refusal = error instanceof Error ? error.message : String(error);
        this.#watch.complain(error, "wake-ups were not added: the sweep finds their lanes");
      }
    }
    // Here, not after the promise: what is woken in between would wait for the next wake-up.
    this.#adding = undefined;
  }

  /**
   * Asks anew, or a process that has nothing to add would say so for ever. By a write: a Redis whose memory is full
   * answers a PING as ever, and refuses what would take more room.
   */
  #tryToWrite(): void {
    if (this.#trying || this.#closed) return;
    this.#trying = true;
    this.#producer
      .set(`${this.#prefix}:writable`, "1", "PX", WRITABLE_MS)
      .then(
        () => {
          this.#refusal = undefined;
        },
        (error: Error) => {
          // Without an answer in time nothing else has one either: answers come in the order of what was asked.
          if (isLate(error) && !this.#closed) this.#producer.disconnect(true);
        },
      )
      .finally(() => {
        this.#trying = false;
      });
  }
}

/** Starts at once, whether Redis is there or not, and connects when it is. Throws only for a URL that is none. */
export function createBullQueue(options: BullQueueOptions): Queue {
  return new RedisQueue(options);
}
