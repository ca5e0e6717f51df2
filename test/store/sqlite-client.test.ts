import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteClient, type SqliteClient } from "../../src/store/sqlite-client.js";

let folder: string;
let client: SqliteClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "waybell-thread-"));
  client = createSqliteClient(join(folder, "t.db"));
  await client.executeMultiple("PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER UNIQUE, b TEXT)");
});
afterEach(async () => {
  client.close();
  await client.ended;
  rmSync(folder, { recursive: true });
});

const insert = (...values: number[]) =>
  client.write(values.map((value) => ({ sql: "INSERT INTO t (a) VALUES (?)", args: [value] })));
const all = () => client.query({ sql: "SELECT json_group_array(a) FROM (SELECT a FROM t ORDER BY a)", args: [] });

describe("the database's thread", () => {
  it("leaves the event loop free while a query runs", async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    const slow =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n";
    expect(await client.query({ sql: slow, args: [] })).toBe(3_000_000);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(20);
  });

  it("does the calls in the order in which they were made, each read with what was written before it", async () => {
    const read = [all()];
    for (let at = 1; at <= 3; at++) {
      void insert(at, at * 10);
      read.push(all());
    }
    expect(await Promise.all(read)).toEqual(["[]", "[1,10]", "[1,2,10,20]", "[1,2,3,10,20,30]"]);
    expect(await all()).toBe("[1,2,3,10,20,30]");
  });

  it("answers each call of those that are asked together with its own, also where some of them fail", async () => {
    const asked = [all(), client.query({ sql: "SELECT no_such()", args: [] }), insert(7).then(String), all()];
    const [before, failed, written, after] = await Promise.allSettled(asked);
    expect([before, written, after]).toMatchObject([{ value: "[]" }, { value: "1" }, { value: "[7]" }]);
    expect((failed as PromiseRejectedResult).reason.message).toMatch(/no such function/);
  });

  it("refuses what cannot be copied to the thread, and does what was asked with it", async () => {
    const odd = client.query({ sql: "SELECT ?", args: [(() => {}) as never] });
    const others = [insert(1), all()];
    await expect(odd).rejects.toThrow(/could not be cloned/);
    expect(await Promise.all(others)).toEqual([[1], "[1]"]);
  });

  it("answers what is short before it does what was asked after it and takes long", async () => {
    const ended: string[] = [];
    const short = all().then(() => ended.push("short"));
    await null;
    const slow =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n";
    const long = client.query({ sql: slow, args: [] }).then(() => ended.push("long"));
    await short;
    const turn = new Promise((resolve) => setImmediate(resolve));
    await turn;
    expect(ended).toEqual(["short"]);
    await long;
  });

  it("undoes a write whole when one of its statements fails, and none of those that wait with it", async () => {
    const outcomes = await Promise.allSettled([insert(1), insert(2, 1), insert(3), insert(4, 5)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({ code: "SQLITE_CONSTRAINT", rawCode: 2067 });
    expect(await all()).toBe("[1,3,4,5]");
  });

  it("gives many writes that wait the first cell of each of their own statements", async () => {
    const cells = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        client.write([
          { sql: "INSERT INTO t (a) VALUES (?)", args: [at] },
          { sql: "SELECT count(*) FROM t", args: [] },
        ]),
      ),
    );
    expect(cells).toEqual(Array.from({ length: 200 }, (_, at) => [1, at + 1]));
  });

  it("inserts any number of rows, texts as they are, and tells what one of them is refused for", async () => {
    for (const count of [1, 9, 10, 111, 1234]) {
      const values = Array.from({ length: count }, (_, at) => [at, `["\\ud83d" ${at} 😀`]).flat();
      await client.write([{ sql: "INSERT INTO t (a, b) :rows", width: 2, values }]);
      const cell = await client.query({ sql: "SELECT json_group_array(json_array(a, b)) FROM t", args: [] });
      expect(JSON.parse(String(cell)).flat()).toEqual(values);
      const again = client.write([{ sql: "INSERT INTO t (a, b) :rows", width: 2, values: [-1, "", 0, ""] }]);
      await expect(again).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT" });
      await client.write([{ sql: "DELETE FROM t", args: [] }]);
    }
    await client.write([{ sql: "INSERT INTO t (a, b) :rows", width: 2, values: [1, "half \ud83d."] }]);
    expect(await client.query({ sql: "SELECT b FROM t", args: [] })).toMatch(/^half \ufffd+\.$/);
  });

  it("makes half a character in JSON U+FFFD, which SQLite would not survive, and leaves other text alone", async () => {
    const json = JSON.stringify(["\ud83d", "😀", "\\ud83d"]);
    await client.write([{ sql: "INSERT INTO t (a, b) SELECT key, value FROM json_each(?)", args: [json] }]);
    const texts = await client.query({ sql: "SELECT json_group_array(b) FROM t", args: [] });
    expect(JSON.parse(String(texts))).toEqual(["\ufffd", "😀", "\\ud83d"]);
  });

  it("does what was asked before it is closed, then frees the file, and refuses what is asked after", async () => {
    const slow =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT count(*) FROM n";
    const asked = [client.query({ sql: slow, args: [] }), insert(1).then(() => "written")];
    client.close();
    await expect(all()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
    await client.ended;
    expect(await Promise.all(asked)).toEqual([2_000_000, "written"]);
    client.close();
  });

  it("tells the first who asks why the file cannot be opened", async () => {
    const lost = createSqliteClient(join(folder, "no", "such", "folder.db"));
    await expect(lost.query({ sql: "SELECT 1", args: [] })).rejects.toThrow(/unable to open/i);
    lost.close();
    await lost.ended;
  });
});

/** Ends a process of its own by `process.exit(7)` while its database is at work; how it ended. */
function exitWhile(sql: string): { status: number | null; signal: string | null; stderr: string } {
  const script = `
    import { createSqliteClient } from ${JSON.stringify(join(process.cwd(), "dist/store/sqlite-client.js"))};
    const client = createSqliteClient(${JSON.stringify(join(folder, "exit.db"))});
    await client.executeMultiple("CREATE TABLE IF NOT EXISTS t (a)");
    for (let at = 0; at < 50; at++) void client.write([{ sql: ${JSON.stringify(sql)}, args: [] }]);
    setTimeout(() => process.exit(7), 30);
  `;
  const file = join(folder, "exit.mjs");
  writeFileSync(file, script);
  return spawnSync(process.execPath, [file], { encoding: "utf8" });
}

describe("a process that exits while its database is at work", () => {
  const rows = (count: number) =>
    `INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n`;

  it.each([200, 20_000])("waits for the write under way, here of %i rows, and is not aborted", (count) => {
    expect(exitWhile(rows(count))).toMatchObject({ status: 7, signal: null, stderr: "" });
  });
});
