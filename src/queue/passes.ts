import type { Clock } from "../types.js";
import type { RedisConnection } from "./redis.js";

/** How often a connection that only listens is asked whether it is there. */
const PING_EVERY_MS = 5_000;
/** How soon lanes are asked for again whose process is gone: its leases may last for a while. */
const GONE_MS = 1_000;

type Client = RedisConnection["client"];

export interface PassesOptions {
  readonly processId: string;
  readonly prefix: string;
  readonly clock: Clock;
  readonly producer: Client;
  /** Lanes that were passed to this process. */
  readonly onPassed: (laneId: string) => void;
  /** Nobody listens as that process any more: these lanes are to be woken then (epoch ms), for whoever takes them. */
  readonly onGone: (processId: string, lanes: readonly string[], at: number) => void;
  readonly complain: (error: unknown, what: string) => void;
}

/** Hands lanes to the processes that hold them, over Redis' channels: nothing of it is kept. */
export class Passes {
  readonly #options: PassesOptions;
  readonly #waiting = new Map<string, Set<string>>();
  readonly #gone = new Set<string>();
  #listener: Client | undefined;
  #cancelPing: (() => void) | undefined;
  #pinging = false;

  constructor(options: PassesOptions) {
    this.#options = options;
  }

  /** Sends the lane to that process, with others that are passed in the same turn of the event loop. */
  add(processId: string, laneId: string): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#send());
    const lanes = this.#waiting.get(processId);
    if (lanes) lanes.add(laneId);
    else this.#waiting.set(processId, new Set([laneId]));
  }

  /** Takes what is passed to this process from now on. */
  listen(listener: Client): void {
    const { processId, onPassed, complain } = this.#options;
    this.#listener = listener;
    listener.on("message", (_channel: string, text: string) => {
      for (const laneId of lanesOf(text)) onPassed(laneId);
    });
    listener
      .subscribe(this.#channel(processId))
      .catch((error: unknown) => complain(error, "lanes cannot be passed to this process"));
    this.#pingLater(listener);
  }

  /** What is passed to this process finds nobody from now on. */
  rest(): void {
    this.#listener?.unsubscribe().catch(() => {});
  }

  close(): void {
    this.#cancelPing?.();
  }

  #channel(processId: string): string {
    return `${this.#options.prefix}:process:${processId}`;
  }

  #send(): void {
    const { producer, complain } = this.#options;
    const passes = [...this.#waiting];
    this.#waiting.clear();
    if (producer.status !== "ready") return;
    for (const [processId, lanes] of passes) {
      producer
        .publish(this.#channel(processId), JSON.stringify([...lanes]))
        .then((heard) => {
          if (heard === 0) this.#onGone(processId, [...lanes]);
        })
        .catch((error: unknown) => complain(error, "lanes were not passed on: the sweep finds them"));
    }
  }

  /** Whoever is woken asks the database anew: at once, and then each second. */
  #onGone(processId: string, lanes: readonly string[]): void {
    const { onGone, clock } = this.#options;
    const pause = this.#gone.has(processId) ? GONE_MS : 0;
    this.#gone.add(processId);
    onGone(processId, lanes, clock.now() + pause);
  }

  /**
   * On a connection that is never written to, no answer is ever missed: were the network cut without a word, it would
   * listen for good to nobody. One ping at a time: one without an answer is sent again on the next connection.
   */
  #pingLater(listener: Client): void {
    this.#cancelPing = this.#options.clock.after(PING_EVERY_MS, () => {
      this.#pingLater(listener);
      if (this.#pinging || listener.status !== "ready") return;
      this.#pinging = true;
      const ended = () => {
        this.#pinging = false;
      };
      listener.ping().then(ended, ended);
    });
  }
}

/** The lanes that a message names; none, if it is no list. */
function lanesOf(text: string): string[] {
  try {
    const lanes: unknown = JSON.parse(text);
    return Array.isArray(lanes) ? lanes.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
