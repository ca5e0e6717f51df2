import type { Tally } from "../delivery/tally.js";
import type { Measures } from "../store/measures.js";
import type { Clock } from "../types.js";
import { Asked } from "./asked.js";
import { Exposition } from "./exposition.js";
import { processMetrics } from "./process.js";
import { roadMetrics } from "./road.js";
import { type DiskUse, type Load, type Seen, stateMetrics } from "./state.js";

/** A scrape waits no longer for the database; Prometheus waits 10 s for all. */
const WAIT_MS = 2_000;
/** The count of what is pending may take long, and the one before it will do. */
const COUNT_WAIT_MS = 100;
const PAGE_WAIT_MS = 20;

/** What a scrape asks. */
export interface MetricsSources {
  measure(): Promise<Measures>;
  /** null: ended early. */
  countPending(stopped: () => boolean): Promise<number | null>;
  /** Throws when the database cannot be written. */
  write(): Promise<unknown>;
  disk(): Promise<DiskUse>;
  load(): Load;
}

export interface MetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  /** The names of all transports. */
  readonly transports: readonly string[];
}

/** Counts what happens, and tells it and how things stand in Prometheus's text format. */
export function createMetrics({ clock, version, transports }: MetricsOptions) {
  const shown = new Exposition<Seen>();
  const { tally, published, committed } = roadMetrics(shown, transports);
  stateMetrics(shown);
  processMetrics(shown, version);
  let sweptAt: number | null = null;
  const counting: Tally = {
    ...tally,
    swept(done) {
      tally.swept(done);
      if (done) sweptAt = clock.now();
    },
  };

  /** What answers scrapes, once there is something to ask. */
  function scraper(sources: MetricsSources) {
    let stopped = false;
    const measures = new Asked({ clock, waitMs: WAIT_MS, ask: () => sources.measure() });
    const writable = new Asked({ clock, waitMs: WAIT_MS, ask: () => sources.write().then(() => true) });
    const disk = new Asked({ clock, waitMs: WAIT_MS, ask: () => sources.disk() });
    const ask = () => sources.countPending(() => stopped);
    const pending = new Asked({ clock, waitMs: COUNT_WAIT_MS, olderIsFine: true, ask });
    return {
      async scrape(): Promise<string> {
        const [found, count, canWrite, use] = await Promise.all([
          measures.read(),
          pending.read(),
          writable.read(),
          disk.read(),
        ]);
        return shown.text({
          now: clock.now(),
          measures: found,
          pending: count,
          writable: canWrite ?? false,
          disk: use,
          load: sources.load(),
          sweptAt,
        });
      },
      /** What is pending, at most a minute old; null: not counted yet. */
      pending: () => pending.read(PAGE_WAIT_MS),
      /** Resolves once nothing of it asks the database any more. */
      async stop(): Promise<void> {
        stopped = true;
        await Promise.all([measures.settle(), pending.settle(), writable.settle()]);
      },
    };
  }

  return { tally: counting, published, committed, families: shown.families, scraper };
}

export type Metrics = ReturnType<typeof createMetrics>;
