import { stat, statfs } from "node:fs/promises";
import type { Readiness } from "./api/services.js";
import type { Config } from "./config.js";
import type { Metrics } from "./metrics/metrics.js";
import type { DiskUse, Load } from "./metrics/state.js";
import type { Store } from "./store/store.js";

export interface ScraperParts {
  readonly metrics: Metrics;
  readonly store: Store;
  readonly config: Pick<Config, "database" | "dataFolder">;
  readonly readiness: () => Promise<Readiness>;
  readonly load: () => Load;
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function diskUse({ database: target, dataFolder }: ScraperParts["config"], store: Store): Promise<DiskUse> {
  if (target.kind === "postgresql") return { database: await store.databaseBytes(), log: null, free: null };
  const [database, log, { bavail, bsize }] = await Promise.all([
    sizeOf(target.file),
    sizeOf(`${target.file}-wal`),
    statfs(dataFolder),
  ]);
  return { database, log, free: bavail * bsize };
}

/** What answers `/metrics` with the figures of the parts that run. */
export function createScraper({ metrics, store, config, readiness, load }: ScraperParts) {
  return metrics.scraper({
    measure: store.measure,
    countPending: store.countPending,
    async write() {
      const { ready, parts } = await readiness();
      if (!ready) throw new Error(parts.database?.detail);
    },
    disk: () => diskUse(config, store),
    load,
  });
}
