import type { Clock } from "../types.js";

export interface Loop {
  /** Runs for the first time at once, then again after each pause. */
  start(): void;
  /** Resolves when no run is under way and none will begin. */
  stop(): Promise<void>;
}

/** Runs something again and again, never twice at once; `run` reports its own errors. */
export function createLoop(clock: Clock, pauseMs: number, run: () => Promise<void>): Loop {
  let running: Promise<void> = Promise.resolve();
  let cancel: (() => void) | null = null;
  let stopped = true;

  function turn(): void {
    running = run().finally(() => {
      if (!stopped) cancel = clock.after(pauseMs, turn);
    });
  }
  return {
    start() {
      if (!stopped) return;
      stopped = false;
      turn();
    },
    async stop() {
      stopped = true;
      cancel?.();
      await running;
    },
  };
}
