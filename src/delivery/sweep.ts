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
  /** Deletes finished events that arrived before, in small sets; returns how many. */
  forgetBefore(before: number, stopped: () => boolean): Promise<number>;
  expireWaiting(laneId: string): Promise<number>;
}

export interface SweepOptions {
  /** Days that finished events are kept; null: for ever. */
  readonly retentionDays: number | null;
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
const FORGET_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Mends from the database, every 5 s: wakes what is due, releases expired claims, gives up what waited too long. */
export function createSweep({ store, queue, clock, log, held, retentionDays }: SweepOptions): {
  sweep(): Promise<void>;
  start(): void;
  stop(): void;
} {
  let cancel: (() => void) | undefined;
  let forgottenAt = Number.NEGATIVE_INFINITY;
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
    // Beside the sweep: it may take long the first time.
    void forget().catch((error: unknown) => log.error({ err: error }, "old events could not be deleted"));
  }

  async function forget(): Promise<void> {
    if (retentionDays === null || clock.monotonic() - forgottenAt < FORGET_EVERY_MS) return;
    forgottenAt = clock.monotonic();
    const events = await store.forgetBefore(clock.now() - retentionDays * DAY_MS, () => stopped);
    if (events > 0) log.info({ events, retentionDays }, "events deleted: they were older than RETENTION_DAYS");
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
