import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openSqlite } from "../../src/store/sqlite.js";
import { fill, ROWS } from "../store/transfer-rows.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";
import { run } from "./run.js";

let target: TestDatabase;
let from: string;

beforeEach(async () => {
  target = await openTestDatabase();
  const file = join(target.folder, "waybell.db");
  from = `file:${file}`;
  await (await openSqlite(file)).close();
  fill(file);
  vi.stubEnv("SECRETS_KEYS", `k1:${Buffer.alloc(32, 1).toString("base64")}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await target.close();
});

it("shows the rows of each table on both sides, then that it is done already, for people and for programs", async () => {
  const { code, out } = await run("migrate", "--from", from, "--to", target.url);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`deliveries +${ROWS} +${ROWS} +same`));
  expect(out).toContain("is not served any more");
  expect(await run("migrate", "--from", from, "--to", target.url)).toMatchObject({
    code: 0,
    out: expect.stringContaining("there is nothing to do"),
  });
  const again = await run("migrate", "--from", from, "--to", target.url, "--json");
  expect(JSON.parse(again.out)).toMatchObject({ from: from.slice(5), already: true, equal: true, tables: [] });
});

it("exits with 1 when a table differs, each time", async () => {
  await target.database.batch([{ sql: "CREATE UNIQUE INDEX ON mails (kind)", args: [] }]);
  const { code, out } = await run("migrate", "--from", from, "--to", target.url, "--json");
  expect(code).toBe(1);
  const said = JSON.parse(out) as { equal: boolean; tables: { table: string; source: number; target: number }[] };
  expect(said.equal).toBe(false);
  expect(said.tables.filter((one) => one.source !== one.target).map(({ table }) => table)).toEqual(["mails"]);
  const again = await run("migrate", "--from", from, "--to", target.url);
  expect(again).toMatchObject({ code: 1, out: expect.stringMatching(/mails +12 +\d+ +DIFFERS/) });
  expect(again.err).toContain("The tables differ");
});

it("does not begin on a PostgreSQL that has other data", async () => {
  await target.database.batch([{ sql: "INSERT INTO statuses VALUES ('x', 'PROCESSING', '{}', 0, 1)", args: [] }]);
  const { code, err } = await run("migrate", "--from", from, "--to", target.url);
  expect(code).toBe(1);
  expect(err).toMatch(/^PostgreSQL .* holds other data \(statuses\)\. Name an empty database or schema/m);
  expect(err).not.toContain("    at ");
});
