import { dead } from "./cluster-dead.js";
import { latencyOfMany } from "./cluster-latency.js";
import { peer } from "./cluster-peer.js";
import { type ClusterScene, openClusterScene, type Part, roundsOf } from "./cluster-scene.js";
import { type Options, UsageError } from "./options.js";
import type { Result } from "./report.js";

const PARTS: Readonly<Record<string, (scene: ClusterScene, options: Options) => Promise<Part>>> = {
  peer,
  latency: latencyOfMany,
  dead,
};

/** Many processes on one PostgreSQL and one Redis, which are started for it. */
export async function cluster(options: Options): Promise<Result> {
  const names = options.part === null ? Object.keys(PARTS) : [options.part];
  const found: Record<string, Part> = {};
  const scene = await openClusterScene(options);
  try {
    for (const name of names) {
      const part = PARTS[name];
      if (!part) throw new UsageError(`--part is one of ${Object.keys(PARTS).join(", ")}; not "${name}".`);
      found[name] = await part(scene, options);
    }
  } finally {
    await scene.stop();
  }
  const parts = Object.values(found);
  return {
    bench: "cluster",
    comparedWith: "a BullMQ worker that posts with undici, with Prisma's create and update, and without any database",
    rounds: roundsOf(options),
    conditions: [
      "PostgreSQL with fsync and synchronous_commit, 128 MB of shared buffers; Redis with appendfsync everysec",
      ...parts.flatMap(({ conditions }) => conditions),
    ],
    titles: ["", "Waybell", "compared", "ratio", "lowest", "highest"],
    rows: parts.flatMap(({ rows }) => rows),
    targets: parts.flatMap(({ targets }) => targets),
    figures: Object.fromEntries(Object.entries(found).map(([name, { figures }]) => [name, figures])),
  };
}
