import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, the longest first: one that begins last holds up the end by all of its time. Those that are
 * not named come after them, as Vitest has them.
 */
const LONGEST = [
  "e2e/crash.e2e",
  "e2e/full-disk.e2e",
  "e2e/full-postgres.e2e",
  "transports/ftp.servers",
  "fuzz/fuzz",
  "store/transfer.postgres",
  "e2e/partners.e2e",
  "e2e/stop.e2e",
  "e2e/move.e2e",
  "e2e/silence.servers",
  "e2e/cluster-redis-away",
  "e2e/cluster-claims",
  "e2e/cluster-start",
  "e2e/cluster-cut-postgres",
  "e2e/cluster-cut-redis",
  "e2e/cluster-cut-both",
];

function rankOf({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}.`));
  return at < 0 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}
