import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createThreadClient, type ThreadClient } from "../../src/store/thread-client.js";

let folder: string;
let client: ThreadClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "waybell-thread-"));
  client = createThreadClient(join(folder, "t.db"));
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
    expect(cells).toEqual(Array.from({ length: 200 }, (_, at) => [undefined, at + 1]));
  });

  it("inserts any number of rows, texts as they are, and tells what one of them is refused for", async () => {
    for (const count of [1, 9, 10, 111, 1234]) {
      const values = Array.from({ length: count }, (_, at) => [at, `["\\ud83d" ${at} 😀`]).flat();
      await client.write([{ sql: "INSERT INTO t (a, b) VALUES :rows", width: 2, values }]);
      const cell = await client.query({ sql: "SELECT json_group_array(json_array(a, b)) FROM t", args: [] });
      expect(JSON.parse(String(cell)).flat()).toEqual(values);
      const again = client.write([{ sql: "INSERT INTO t (a, b) VALUES :rows", width: 2, values: [-1, "", 0, ""] }]);
      await expect(again).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT" });
      await client.write([{ sql: "DELETE FROM t", args: [] }]);
    }
    await client.write([{ sql: "INSERT INTO t (a, b) VALUES :rows", width: 2, values: [1, "half \ud83d."] }]);
    expect(await client.query({ sql: "SELECT b FROM t", args: [] })).toMatch(/^half \ufffd+\.$/);
  });

  it("makes half a character in JSON U+FFFD, which SQLite would not survive, and leaves other text alone", async () => {
    const json = JSON.stringify(["\ud83d", "😀", "\\ud83d"]);
    await client.write([{ sql: "INSERT INTO t (a, b) SELECT key, value FROM json_each(?)", args: [json] }]);
    const texts = await client.query({ sql: "SELECT json_group_array(b) FROM t", args: [] });
    expect(JSON.parse(String(texts))).toEqual(["\ufffd", "😀", "\\ud83d"]);
  });

  it("refuses what is asked after it was closed, and ends what is under way", async () => {
    const outcome = all().catch((error: unknown) => error);
    client.close();
    await client.ended;
    expect(["[]", "CLIENT_CLOSED"]).toContain(((await outcome) as { code?: string }).code ?? (await outcome));
    await expect(all()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  });
});
