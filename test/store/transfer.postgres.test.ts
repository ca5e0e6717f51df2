import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import type { Database } from "../../src/store/database.js";
import { readNote, refuseMoved, undoMove } from "../../src/store/moves.js";
import { openSqlite } from "../../src/store/sqlite.js";
import { type TransferOptions, transfer } from "../../src/store/transfer.js";
import { LEFT, MOVED } from "../../src/store/transfer-tables.js";
import { manualClock } from "../support/clock.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";
import { asText, byKey, fill, ROWS, wanted } from "./transfer-rows.js";

let target: TestDatabase;
let path: string;
let source: Database;
const clock = manualClock();

beforeEach(async () => {
  target = await openTestDatabase();
  path = join(target.folder, "waybell.db");
  source = await openSqlite(path);
});
afterEach(async () => {
  await source.close();
  await target.close();
});

const options = (more: Partial<TransferOptions> = {}): TransferOptions => ({
  source,
  target: target.database,
  from: path,
  to: "PostgreSQL there:5432/waybell",
  clock,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  ...more,
});

const insert = (sql: string) => target.database.batch([{ sql, args: [] }]);

async function there<T>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: target.url });
  await client.connect();
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows as T[];
}

const found = async (table: string) => {
  const own = table === "meta" ? "WHERE key <> 'move'" : "";
  return byKey((await there<Record<string, unknown>>(`SELECT * FROM "${table}" ${own}`)).map(asText));
};

async function filled(): Promise<void> {
  await source.close();
  fill(path);
  source = await openSqlite(path);
}

/** Closes the file, compares all tables row by row, and opens it again. */
async function expectAllMoved(): Promise<void> {
  await source.close();
  for (const table of MOVED) {
    const rows = wanted(path, table);
    expect(rows.length).toBeGreaterThanOrEqual(ROWS);
    expect(await found(table), table).toEqual(rows);
  }
  source = await openSqlite(path);
}

it("knows every table", async () => {
  const tables = await there<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '\\_prisma%'",
  );
  expect(tables.map(({ name }) => name).sort()).toEqual([...MOVED, ...LEFT].sort());
});

describe("a move", () => {
  it("copies every row of every table, whatever is in it, and says so", async () => {
    await filled();
    const seen: number[] = [];
    const moved = await transfer(options({ onProgress: (_rows, fraction) => seen.push(fraction) }));
    expect(moved).toMatchObject({ already: false, resumed: false, equal: true });
    expect(moved.tables.map(({ table }) => table)).toEqual([...MOVED]);
    for (const { source: here, target: copied } of moved.tables) expect(copied).toBe(here);
    expect(seen.at(-1)).toBe(1);
    await expectAllMoved();
    const claimed = await there("SELECT 1 FROM deliveries WHERE state = 'sending' OR claim_token IS NOT NULL");
    expect(claimed).toEqual([]);
  });

  it("goes on where it was, however often and wherever it is stopped", async () => {
    await filled();
    let runs = 0;
    for (let over = false; !over; runs++) {
      const stop = new AbortController();
      const moving = transfer(options({ onProgress: () => stop.abort(), signal: stop.signal }));
      over = await moving.then(
        ({ resumed }) => resumed,
        (error: Error) => {
          expect(error.message).toContain("goes on where it was");
          return false;
        },
      );
    }
    // Each time one set was copied, of which the chunks alone are five.
    expect(runs).toBeGreaterThan(2 * MOVED.length);
    await expectAllMoved();
  });

  it("copies nothing twice and leaves nothing out when the answer to a commit is lost, or the commit", async () => {
    await filled();
    let sets = 0;
    const flaky: Database = {
      ...target.database,
      async batch(statements) {
        // Not what comes at the end, which begins anew each time.
        if (statements.some((statement) => "table" in statement)) sets++;
        else return target.database.batch(statements);
        if (sets % 3 === 1) throw new StoreUnavailableError("other", "it is gone", null);
        await target.database.batch(statements);
        if (sets % 3 === 2) throw new StoreUnavailableError("other", "it is gone", null);
      },
    };
    let moved = null;
    while (moved === null) {
      moved = await transfer(options({ target: flaky })).catch((error: Error) => {
        if (error.message !== "it is gone") throw error;
        return null;
      });
    }
    expect(moved.equal || moved.already).toBe(true);
    await expectAllMoved();
  });

  it("says when it is done already, and has not looked at what happened since", async () => {
    await filled();
    await transfer(options());
    await target.database.batch([{ sql: "DELETE FROM deliveries", args: [] }]);
    expect(await transfer(options())).toMatchObject({ already: true, equal: true });
    expect(await found("deliveries")).toEqual([]);
  });

  it("begins anew when it was killed before anything stood in the PostgreSQL, also into another", async () => {
    const away: Database = { ...target.database, batch: () => Promise.reject(new Error("killed")) };
    await expect(transfer(options({ target: away, to: "PostgreSQL elsewhere:5432/waybell" }))).rejects.toThrow(
      "killed",
    );
    await expect(refuseMoved(source)).rejects.toThrow(/is being moved to PostgreSQL elsewhere/);
    expect(await transfer(options())).toMatchObject({ already: false, resumed: false, equal: true });
    await expect(refuseMoved(source)).rejects.toThrow(/was moved to PostgreSQL there/);
  });

  it("marks the file as moved although it was killed just before", async () => {
    let batches = 0;
    const dying: Database = {
      ...source,
      batch: (statements) => (++batches === 2 ? Promise.reject(new Error("killed")) : source.batch(statements)),
    };
    await expect(transfer(options({ source: dying }))).rejects.toThrow("killed");
    await expect(refuseMoved(source)).rejects.toThrow(/is being moved to/);
    expect(await transfer(options())).toMatchObject({ already: true });
    await expect(refuseMoved(source)).rejects.toThrow(/was moved to/);
  });

  it("says so when a row was lost, and leaves the PostgreSQL unserved", async () => {
    await filled();
    // Another row in its place under a unique index.
    await there("CREATE UNIQUE INDEX ON mails (kind)");
    const moved = await transfer(options());
    expect(moved.equal).toBe(false);
    expect(moved.tables.find(({ table }) => table === "mails")?.target).toBeLessThan(ROWS);
    await expect(refuseMoved(target.database)).rejects.toThrow(/has only a part of/);
  });

  it("goes into one that was served once and is empty, where the file's marks of its keys take the place of its own", async () => {
    await source.batch([{ sql: "INSERT INTO meta VALUES ('secrets/k1', 'enc:ours')", args: [] }]);
    await insert(
      "INSERT INTO meta VALUES ('secrets/k1', 'enc:theirs'), ('secrets/k2', 'enc:theirs'), ('written', '5')",
    );
    expect(await transfer(options())).toMatchObject({ equal: true });
    expect(await there("SELECT key, value FROM meta WHERE key LIKE 'secrets/%'")).toEqual([
      { key: "secrets/k1", value: "enc:ours" },
    ]);
  });
});

describe("what is served", () => {
  it("is neither while it lasts, and only the PostgreSQL afterwards", async () => {
    await refuseMoved(source);
    await refuseMoved(target.database);
    const stop = new AbortController();
    stop.abort();
    await expect(transfer(options({ signal: stop.signal }))).rejects.toThrow("interrupted");
    await expect(refuseMoved(source)).rejects.toThrow(/sent twice.*is being moved to PostgreSQL there.*--undo/);
    await expect(refuseMoved(target.database)).rejects.toThrow(/only a part of .*waybell migrate --from/);
    await transfer(options());
    await expect(refuseMoved(source)).rejects.toThrow(/sent twice.*was moved to PostgreSQL there/);
    await refuseMoved(target.database);
  });

  it("is the file again once the move was taken back, which then cannot go on", async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(transfer(options({ signal: stop.signal }))).rejects.toThrow("interrupted");
    expect(await undoMove(source)).toMatchObject({ state: "begun" });
    await refuseMoved(source);
    await expect(transfer(options())).rejects.toThrow(/a part of what was to be moved there .* by another move/);
    expect(await readNote(source)).toBeNull();
  });
});

describe("a move is refused", () => {
  it.each([
    ["customers", "INSERT INTO customers VALUES ('c', 'C', NULL, '[]', 'en', '{}', 1, 1)"],
    ["statuses", "INSERT INTO statuses VALUES ('x', 'PROCESSING', '{}', 0, 1)"],
    [
      "mails",
      "INSERT INTO mails (id, kind, recipients, subject, text, html, created_at, due_at) VALUES ('m', 'k', '[]', '', '', '', 1, 1)",
    ],
  ])("into a database that has %s", async (table, sql) => {
    await insert(sql);
    await expect(transfer(options())).rejects.toThrow(new RegExp(`holds other data \\(${table}\\)`));
    // The file is as it was.
    await refuseMoved(source);
  });

  it("while a service works on the target", async () => {
    await insert("INSERT INTO leases (name, holder, fence, until) VALUES ('sweep', 'prc_1', 1, 1000)");
    await expect(transfer(options())).rejects.toThrow(/A service works on .*stop all its processes/);
  });

  it("to a second target once it is done, and from a second file to the same", async () => {
    await transfer(options());
    const second = await openTestDatabase();
    const other = await openSqlite(join(second.folder, "waybell.db"));
    await expect(transfer(options({ target: second.database }))).rejects.toThrow(/was moved to PostgreSQL there/);
    await expect(transfer(options({ source: other }))).rejects.toThrow(/holds what was moved there/);
    await other.close();
    await second.close();
  });
});
