import type { Logger } from "../logger.js";
import type { Queue } from "../queue/queue.js";
import type { Clock } from "../types.js";
import type { HeldClaims } from "./held-claims.js";
import { type Lane, spentAfter } from "./lane.js";
import type { WorkStore } from "./worker-options.js";

const LOOK_EVERY_MS = 5;
/** What a send may take of the time in which its lane stands still. */
const PATIENCE_MS = 1_000;
const LOOK_AT_ALL_EVERY_MS = 20;

export interface HandoverOptions {
  readonly store: Pick<WorkStore, "giveLanesBack">;
  readonly queue: Pick<Queue, "wake">;
  readonly clock: Clock;
  readonly held: HeldClaims;
  readonly log: Logger;
}

/** Gives lanes to whoever is woken for them next. Whoever takes one over must find nothing of it on its way here. */
export class Handover {
  readonly #options: HandoverOptions;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /**
   * Gives one lane up that has more to send, once nothing of it is under way; meanwhile it begins nothing. What does not
   * come to its end soon keeps the lane here.
   */
  async leave(lane: Lane, stopping: () => boolean): Promise<void> {
    const { clock } = this.#options;
    lane.leaving = true;
    lane.more = true;
    const end = clock.monotonic() + PATIENCE_MS;
    while (!this.#isClear(lane) && !stopping() && clock.monotonic() < end) await this.#pause(LOOK_EVERY_MS);
    // At a stop it goes with all others.
    if (!stopping()) await (this.#isClear(lane) ? this.#give([lane]) : this.#wake([lane]));
    lane.leaving = false;
  }

  /** Gives all up, each as soon as nothing of it is under way, until there is none or `isOver`. */
  async leaveAll(lanes: Iterable<Lane>, isOver: () => boolean): Promise<void> {
    for (const left = new Set(lanes); ; ) {
      const clear = [...left].filter((lane) => this.#isClear(lane));
      if (clear.length > 0) await this.#give(clear);
      for (const lane of clear) left.delete(lane);
      if (left.size === 0 || isOver()) return;
      await this.#pause(LOOK_AT_ALL_EVERY_MS);
    }
  }

  #isClear(lane: Lane): boolean {
    return lane.sending === 0 && !lane.claiming && !this.#options.held.holds(lane.id);
  }

  async #give(lanes: readonly Lane[]): Promise<void> {
    const { store, clock, log } = this.#options;
    const spent = lanes.map((lane) => ({ laneId: lane.id, spentMs: spentAfter(lane, 0, clock.monotonic()) }));
    try {
      await store.giveLanesBack?.(spent);
    } catch (error) {
      log.warn({ lanes: lanes.length, err: error }, "lanes not given back: their leases will expire");
    }
    this.#wake(lanes.filter(({ more }) => more));
  }

  #wake(lanes: readonly Lane[]): void {
    const { queue, clock } = this.#options;
    queue.wake(lanes.map(({ id }) => ({ laneId: id, at: clock.now() })));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => void this.#options.clock.after(ms, done));
  }
}
