import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.js";

const CLUSTER = "test/e2e/cluster-*.e2e.test.ts";
const slowest = { testTimeout: 180_000, hookTimeout: 120_000 };
/** A process keeps the modules that it has read from one file to the next: reading and compiling them anew took a third of the time. So what tests share registers its hooks in a function that each file calls. */
const inOneProcess = { isolate: false };
const slow = { testTimeout: 60_000, hookTimeout: 60_000 };

// unit: sockets of our own only. postgresql: the tests of the store and the alerts once more. servers: real vsftpd, ProFTPD, Pure-FTPd, OpenSSH, PostgreSQL, Redis, xmllint. browser: the pages in Chromium. e2e: the built service as a process. cluster: as several.
export default defineConfig({
  test: {
    // Most tests wait for sockets and disks rather than for a core.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["servers", "e2e", "postgres", "browser"].map((kind) => `test/**/*.${kind}.test.ts`),
          testTimeout: 20_000,
          ...inOneProcess,
          provide: { postgresUrl: "" },
        },
      },
      {
        test: {
          name: "postgresql",
          include: ["test/store/**/*.test.ts", "test/alerts/**/*.test.ts", "test/**/*.postgres.test.ts"],
          exclude: ["test/store/sqlite*.test.ts"],
          globalSetup: "test/support/postgres-setup.ts",
          ...slow,
          ...inOneProcess,
        },
      },
      { test: { name: "servers", include: ["test/**/*.servers.test.ts"], ...slow, ...inOneProcess } },
      { test: { name: "browser", include: ["test/**/*.browser.test.ts"], ...slow, ...inOneProcess } },
      { test: { name: "e2e", include: ["test/**/*.e2e.test.ts"], exclude: [CLUSTER], ...slowest } },
      // After all others: what they measure in seconds would be measured on cores that others have.
      { test: { name: "cluster", include: [CLUSTER], ...slowest, maxWorkers: 3, sequence: { groupOrder: 1 } } },
    ],
  },
});
