import type { Logger } from "../logger.js";
import type { Queue } from "../queue/queue.js";
import type { Clock } from "../types.js";

/** What the sweep needs of the store. */
export interface SweepStore {
  /** The lanes that have pending deliveries, with the time at which the first of each is due. */
  dueLanes(): Promise<readonly { readonly laneId: string; readonly at: number }[]>;
  releaseExpired(held: readonly string[]): Promise<{ released: number; failedLanes: string[] }>;
  /** Cancels what is pending for endpoints that are deleted; returns how many. */
  cancelOrphans(): Promise<number>;
  expireWaiting(laneId: string): Promise<number>;
}

export interface SweepOptions {
  readonly store: SweepStore;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Logger;
  /** The claims that are worked on in this process. */
  readonly held: () => readonly string[];
}

const EVERY_MS = 5_000;
/** What has waited so long is looked at for its expiry. */
const WAITING_MS = 60_000;

/** Mends from the database, every 5 s: wakes what is due, releases expired claims, gives up what waited too long. */
export function createSweep({ store, queue, clock, log, held }: SweepOptions): {
  sweep(): Promise<void>;
  start(): void;
  stop(): void;
} {
  let cancel: (() => void) | undefined;
  let stopped = false;

  async function sweep(): Promise<void> {
    const now = clock.now();
    const { released, failedLanes } = await store.releaseExpired(held());
    if (released > 0) log.warn({ released, failedLanes }, "claims had expired");
    await store.cancelOrphans();
    const lanes = await store.dueLanes();
    for (const { laneId, at } of lanes) {
      if (at > now - WAITING_MS) continue;
      const expired = await store.expireWaiting(laneId);
      if (expired > 0) log.warn({ lane: laneId, expired }, "deliveries given up: they waited too long");
    }
    queue.wake(lanes);
  }

  async function again(): Promise<void> {
    await sweep().catch((error: unknown) => log.error({ err: error }, "sweep failed, it is tried again"));
    if (!stopped) cancel = clock.after(EVERY_MS, () => void again());
  }

  return {
    sweep,
    start: () => void again(),
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
