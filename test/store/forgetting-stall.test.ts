import { performance } from "node:perf_hooks";
import { expect, it, onTestFinished } from "vitest";
import { newId } from "../../src/ids.js";
import { Commits } from "../../src/store/commits.js";
import { publishing } from "../../src/store/publishing.js";
import { forgetOld } from "../../src/store/retention.js";
import { addMany, openStore, post } from "./kit.js";

const EVENTS = 34_000;
const AT_ONCE = 2_000;
/**
 * No commit of the road may take longer. It takes a few milliseconds (docs/decisions.md); the bound leaves room for machines
 * that do other things as well, and is far below the seconds that one transaction over all of it takes.
 */
const BOUND_MS = 1_000;
const MEDIAN_MS = 100;

it("a road at work sees no long commit while 100,000 rows and their pictures are deleted", async () => {
  const store = await openStore();
  onTestFinished(() => store.close());
  const { database, clock } = store;
  await store.customers.put("acme", {});
  const erp = await store.endpoints.create("acme", post());
  for (let at = 0; at < EVENTS; at += AT_ONCE) await addMany(store, erp, AT_ONCE, "delivered");
  await database.batch([
    {
      sql: `INSERT INTO attempts (delivery_id, number, body, sha256, report)
        SELECT id, 1, '{"order":"of some length, as such bodies have"}', id, '{"outcome":"delivered"}' FROM deliveries`,
      args: [],
    },
  ]);
  // Large pictures too: 40 of 1 MiB.
  const events = await database.json<string[]>(
    "SELECT json_group_array(id) FROM (SELECT id FROM events ORDER BY id LIMIT 40) AS first",
  );
  for (const id of events) {
    const table = Array.from({ length: 4 }, (_, seq) => [id, seq, "x".repeat(256 * 1024)]);
    await database.batch([
      {
        sql: "WITH r(sha256, seq, data) AS (:table) INSERT INTO content_chunks (sha256, seq, data) SELECT sha256, seq, data FROM r",
        columns: ["text", "integer", "text"],
        table,
      },
      { sql: "INSERT INTO event_contents (event_id, sha256) VALUES (?1, ?1)", args: [id] },
    ]);
  }
  await clock.advance(2 * 86_400_000);
  const times: number[] = [];
  const commits = new Commits(database);
  let over = false;
  const road = (async () => {
    while (!over) {
      const id = newId("evt");
      const start = performance.now();
      await commits.add(publishing, {
        events: [
          {
            id,
            customer: "acme",
            externalId: null,
            contentHash: "",
            order: "NEW",
            barcode: "",
            container: "",
            statusCode: "take",
            status: "PROCESSING",
            statusTime: clock.now(),
            receivedAt: clock.now(),
            body: {},
          },
        ],
        deliveries: [],
        contents: [],
        also: [],
      });
      times.push(performance.now() - start);
    }
  })();
  const forgotten = await forgetOld(database, { retentionDays: 1, payloadDays: null }, clock.now());
  // The pictures come loose, and are deleted ten minutes later.
  await forgetOld(database, { retentionDays: 1, payloadDays: null }, clock.now() + 600_001);
  over = true;
  await road;
  expect(forgotten.events).toBe(EVENTS);
  expect(await database.json("SELECT count(*) FROM deliveries")).toBe(0);
  expect(await database.json("SELECT count(*) FROM attempts")).toBe(0);
  expect(await database.json("SELECT count(*) FROM content_chunks")).toBe(0);
  const sorted = times.sort((a, b) => a - b);
  const at = (part: number) => Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 10) / 10;
  expect(times.length).toBeGreaterThan(50);
  expect(at(0.5)).toBeLessThan(MEDIAN_MS);
  expect(sorted.at(-1)).toBeLessThan(BOUND_MS);
}, 120_000);
