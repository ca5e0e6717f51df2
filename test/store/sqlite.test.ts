import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import type { Database } from "../../src/store/database.js";
import { openSqlite } from "../../src/store/sqlite.js";

describe("the SQLite database", () => {
  let folder: string;
  let database: Database;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "waybell-db-"));
    database = await openSqlite(join(folder, "waybell.db"));
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const pragma = async (name: string) => {
    const [row] = await database.prisma.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`);
    return Object.values(row ?? {})[0];
  };

  it("commits with fsync, also after a batch that failed", async () => {
    expect(String(await pragma("synchronous"))).toBe("2");
    const bad = database.batch([
      { sql: "INSERT INTO meta VALUES ('a', '1')", args: [] },
      { sql: "INSERT INTO meta VALUES ('a', '2')", args: [] },
    ]);
    await expect(bad).rejects.toThrow(/UNIQUE/);
    expect(await database.prisma.meta.count()).toBe(0);
    expect(String(await pragma("synchronous"))).toBe("2");
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("locking_mode")).toBe("exclusive");
    expect(String(await pragma("wal_autocheckpoint"))).toBe("4000");
  });

  it("refuses a second opener, and names the process that has the file", async () => {
    const second = openSqlite(join(folder, "waybell.db"));
    await expect(second).rejects.toThrow(StoreUnavailableError);
    await expect(second).rejects.toThrow(String(process.pid));
  });

  it("says in one sentence that a file is no database, or cannot be opened", async () => {
    writeFileSync(join(folder, "text.db"), "no database ".repeat(100));
    await expect(openSqlite(join(folder, "text.db"))).rejects.toMatchObject({
      name: "StoreUnavailableError",
      message: expect.stringMatching(/text\.db cannot be opened as a database.*DATABASE_URL/),
    });
    await expect(openSqlite(folder)).rejects.toThrow(/cannot be opened as a database/);
  });

  it("is a file for its owner alone", () => {
    expect(statSync(join(folder, "waybell.db")).mode & 0o777).toBe(0o600);
  });

  it("lets another open the file after close", async () => {
    await database.close();
    database = await openSqlite(join(folder, "waybell.db"));
    expect(await database.prisma.meta.count()).toBe(0);
  });

  it("refuses transactions that would open a second connection", async () => {
    const write = database.prisma.meta.create({ data: { key: "k", value: "v" } });
    await expect(database.prisma.$transaction([write, database.prisma.meta.count()])).rejects.toThrow(/Database.batch/);
  });

  it("says that the disk is full, and has done nothing then", async () => {
    await database.prisma.$executeRawUnsafe("PRAGMA wal_checkpoint(TRUNCATE)");
    await database.prisma.$queryRawUnsafe("PRAGMA max_page_count = 1");
    const big = "x".repeat(1_000_000);
    const write = database.batch([{ sql: "INSERT INTO meta VALUES ('big', ?)", args: [big] }]);
    await expect(write).rejects.toMatchObject({ name: "StoreUnavailableError", reason: "full" });
    expect(await database.prisma.meta.count()).toBe(0);
  });

  it("has the tables, columns and indexes of the Prisma schema", async () => {
    const script = spawnSync(process.execPath, ["scripts/schema-sql.mjs"], { encoding: "utf8" });
    const wanted = createClient({ url: `file:${join(folder, "wanted.db")}` });
    await wanted.executeMultiple(script.stdout);
    const columns =
      "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk || ' ' || coalesce(c.dflt_value, '') AS line " +
      "FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_prisma%' ESCAPE '\\' ORDER BY 1";
    const indexes =
      "SELECT sql AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE '%WHERE%' ORDER BY 1";
    for (const query of [columns, indexes]) {
      const want = (await wanted.execute(query)).rows.map((row) => row.line);
      const have = await database.prisma.$queryRawUnsafe<{ line: string }[]>(query);
      expect(want.length).toBeGreaterThan(5);
      expect(have.map((row) => row.line)).toEqual(want);
    }
    wanted.close();
  });
});
