import { setMaxListeners } from "node:events";
import type { Clock } from "../types.js";

/** Why a send was ended from outside, as the reason of its signal. */
export type EndReason = "deadline" | "stopping";

/** Sends that begin within this time share one signal: a signal and a timer of its own would cost a send a tenth. */
export const SHARED_MS = 100;

interface Deadline {
  readonly controller: AbortController;
  readonly startedAt: number;
  readonly cancelTimer: () => void;
  sends: number;
}

/** The total deadlines of the sends under way. */
export class Deadlines {
  readonly #clock: Clock;
  /** The newest deadline of each time-out, which further sends may still join. */
  readonly #open = new Map<number, Deadline>();
  readonly #running = new Set<Deadline>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a send that must end within `timeoutMs` (it may get a tenth of a second more); `done` must follow. */
  begin(timeoutMs: number): { signal: AbortSignal; done: () => void } {
    const now = this.#clock.monotonic();
    let deadline = this.#open.get(timeoutMs);
    if (!deadline || now - deadline.startedAt > SHARED_MS) {
      deadline = this.#start(timeoutMs, now);
      this.#open.set(timeoutMs, deadline);
    }
    const joined = deadline;
    joined.sends++;
    return { signal: joined.controller.signal, done: () => this.#leave(timeoutMs, joined) };
  }

  /** Ends all sends, under way and to come, because the process stops. */
  endAll(): void {
    this.#ended = true;
    for (const { controller } of this.#running) controller.abort("stopping" satisfies EndReason);
  }

  #start(timeoutMs: number, startedAt: number): Deadline {
    const controller = new AbortController();
    // As many listen as sends share it, which is no leak.
    setMaxListeners(0, controller.signal);
    const end = () => {
      if (this.#open.get(timeoutMs) === deadline) this.#open.delete(timeoutMs);
      controller.abort("deadline" satisfies EndReason);
    };
    // Later sends join for a while: the timer leaves the last of them its whole time.
    const cancelTimer = this.#clock.after(timeoutMs + SHARED_MS, end);
    const deadline: Deadline = { controller, startedAt, cancelTimer, sends: 0 };
    this.#running.add(deadline);
    if (this.#ended) controller.abort("stopping" satisfies EndReason);
    return deadline;
  }

  #leave(timeoutMs: number, deadline: Deadline): void {
    deadline.sends--;
    if (deadline.sends > 0) return;
    if (this.#open.get(timeoutMs) === deadline) this.#open.delete(timeoutMs);
    this.#running.delete(deadline);
    deadline.cancelTimer();
  }
}
