import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Changes, followChanges } from "../../src/store/changes.js";
import { createStatuses } from "../../src/store/statuses.js";
import { setClaimClock } from "../support/databases.js";
import { openStore, post, type Store } from "./kit.js";

let store: Store;
let changes: Changes;

beforeEach(async () => {
  store = await openStore();
  await store.customers.put("before", {});
  await longAgo();
  changes = await followChanges(store.database);
});
afterEach(() => store.close());

/** What was changed until now was changed a minute ago. */
const longAgo = () => setClaimClock(store.database, Date.now() + 60_000);

async function next() {
  const fresh = await changes.next();
  if (!fresh) throw new Error("changes were missed");
  return fresh.map(({ kind, subject, customer, laneId }) => [kind, subject, customer, laneId]);
}

it("are told once, each in its order, from the first look on", async () => {
  await store.customers.put("acme", {});
  const { id } = await store.endpoints.create("acme", post());
  expect(await next()).toEqual([
    ["customer", "acme", null, null],
    ["endpoint", id, "acme", id],
  ]);
  expect(await next()).toEqual([]);
  await store.endpoints.setState(id, "paused", "why");
  await createStatuses(store.database, store.clock).put({ code: "x", status: "PROCESSING", descriptions: { en: "X" } });
  await store.endpoints.delete(id);
  await store.customers.delete("acme");
  const seen = await next();
  expect(seen[0]).toEqual(["endpoint", id, "acme", id]);
  expect(seen[1]).toEqual(["status", "x", null, null]);
  expect(seen.at(-1)).toEqual(["customer", "acme", null, null]);
  expect(await next()).toEqual([]);
});

it("are told although a transaction with a lower number commits after a higher one was seen", async () => {
  const slow = new pg.Client({ connectionString: store.url });
  await slow.connect();
  await slow.query("BEGIN");
  await slow.query("UPDATE customers SET name = 'slow' WHERE id = 'before'");
  await store.customers.put("acme", {});
  expect(await next()).toEqual([["customer", "acme", null, null]]);
  await slow.query("COMMIT");
  await slow.end();
  expect(await next()).toEqual([["customer", "before", null, null]]);
  expect(await next()).toEqual([]);
});

it("are told although their transaction, with a lower number than another's, commits after the first look", async () => {
  const slow = new pg.Client({ connectionString: store.url });
  await slow.connect();
  await slow.query("BEGIN");
  await slow.query("UPDATE customers SET name = 'slow' WHERE id = 'before'");
  await store.customers.put("acme", {});
  await setClaimClock(store.database, Date.now());
  changes = await followChanges(store.database);
  await next();
  await slow.query("COMMIT");
  await slow.end();
  expect(await next()).toEqual([["customer", "before", null, null]]);
  expect(await next()).toEqual([]);
  await longAgo();
  changes = await followChanges(store.database);
  expect(await next()).toEqual([]);
});

it("are known to be missed by who has not looked for as long as they are kept, and followed on from there", async () => {
  const HOUR = 3_600_000;
  const begun = Date.now() + 60_000;
  const lookAt = async (ms: number) => {
    await setClaimClock(store.database, begun + ms);
    return next();
  };
  await store.customers.put("acme", {});
  expect(await lookAt(HOUR - 2 * 60_000)).toEqual([["customer", "acme", null, null]]);
  expect(await lookAt(2 * (HOUR - 2 * 60_000))).toEqual([]);
  await store.customers.put("acme", { name: "missed" });
  await setClaimClock(store.database, begun + 4 * HOUR);
  await changes.forgetOld();
  expect(await store.database.json("SELECT count(*) FROM changes")).toBe(0);
  expect(await changes.next()).toBeNull();
  expect(await next()).toEqual([]);
  await store.customers.put("acme", { name: "heard of" });
  expect(await next()).toEqual([["customer", "acme", null, null]]);
});

it("are all told however many there are at once, and forgotten after an hour", async () => {
  const sql = `INSERT INTO changes (kind, subject, at)
    SELECT 'customer', 'c' || n, 1 FROM generate_series(1, 12000) n`;
  await store.database.batch([{ sql, args: [] }]);
  const subjects = new Set<string>();
  for (let looks = 0; looks < 10; looks++)
    for (const { subject } of (await changes.next()) ?? []) subjects.add(subject);
  expect(subjects.size).toBe(12_000);
  await store.database.batch([{ sql: "UPDATE changes SET at = -3600001 WHERE subject LIKE 'c1%'", args: [] }]);
  await setClaimClock(store.database, 0);
  await changes.forgetOld();
  expect(await store.database.json("SELECT count(*) FROM changes WHERE subject LIKE 'c1%'")).toBe(0);
  expect(await store.database.json("SELECT count(*) FROM changes WHERE subject = 'c2'")).toBe(1);
});
