import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import type { Database } from "../../src/store/database.js";
import { openPostgres } from "../../src/store/postgres.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { giveBack, takeDatabase } from "./spare-databases.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** A PostgreSQL whose database `template1` has the schema; "": tests run on SQLite. */
    postgresUrl: string;
  }
}

/** A database of the test's own. */
export interface TestDatabase {
  readonly database: Database;
  /** A folder of the test's own; the SQLite file lies in it. */
  readonly folder: string;
  /** As `DATABASE_URL` names it. */
  readonly url: string;
  close(): Promise<void>;
}

/** The clock of claims and leases in a PostgreSQL under test: it stands still. */
const NOW = "(SELECT coalesce(max(CAST(value AS bigint)), 0) FROM meta WHERE key = 'test clock')";

/** Moves the clock of claims on: that of the database, where it has one, is set to `ms` after its beginning. */
export async function setClaimClock(database: Database, ms: number): Promise<void> {
  if (database.nowSql === null) return;
  const sql =
    "INSERT INTO meta (key, value) VALUES ('test clock', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
  await database.batch([{ sql, args: [String(ms)] }]);
}

/** Makes an empty database, of the kind that this run of the tests is about; closed and removed by `close`. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "waybell-store-"));
  const server = inject("postgresUrl");
  const url = server === "" ? `file:${join(folder, "waybell.db")}` : await takeDatabase(server);
  const database =
    server === "" ? await openSqlite(url.slice("file:".length)) : await openPostgres(url, { nowSql: NOW });
  return {
    database,
    folder,
    url,
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
      if (server !== "") await giveBack(server, url);
    },
  };
}
