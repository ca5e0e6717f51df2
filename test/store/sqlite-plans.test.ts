import { join } from "node:path";
import Database from "libsql";
import { expect, it } from "vitest";
import { CLAIM, CLAIM_NEWEST } from "../../src/store/claims.js";
import { deliveryScan } from "../../src/store/delivery-scan.js";
import { FAILING, PLANNED } from "../../src/store/disabling.js";
import { FOLLOW, FOLLOW_MANY } from "../../src/store/follow.js";
import { AFTER, LANES, MAILS } from "../../src/store/measures.js";
import { PARK, SUPERSEDE_CLAIMED, SUPERSEDE_WAITING } from "../../src/store/ordering.js";
import { REFUSE_UNLESS_ORDINARY } from "../../src/store/publishing.js";
import { newestThatFit } from "../../src/store/replays.js";
import { joined, windowOf } from "../../src/store/rows.js";
import { toSqlite } from "../../src/store/sql.js";
import { OF_CUSTOMER, troubleSql } from "../../src/store/trouble.js";
import { openStore } from "./kit.js";

/** Explains statements over an empty file. */
async function planner() {
  const store = await openStore();
  await store.database.close();
  // A connection of its own: one that has explained something does not get out of its transaction.
  const file = new Database(join(store.folder, "waybell.db"));
  return (sql: string, args: number) =>
    file
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...Array.from({ length: args }, () => 1))
      .map((row) => (row as { detail: string }).detail)
      .join("\n");
}

it("what waits is found by indexes alone: no table and no lane is read through", async () => {
  const plan = await planner();
  const lanes = plan(toSqlite(LANES), 1);
  // The rest of what is scanned is what the steps themselves have found.
  expect(lanes.match(/SCAN (?!lane|one\b|each_state\b|waiting\b|w\b|\(|CONSTANT)\S+.*/g) ?? []).toEqual([]);
  expect(lanes).toContain("SEARCH deliveries USING COVERING INDEX deliveries_due (lane_id=?)");
  expect(lanes).toContain("SEARCH deliveries USING COVERING INDEX deliveries_due (lane_id>?)");
  expect(plan(MAILS, 0)).toContain("INDEX mails_due");
  const slice = `SELECT json_array(lane_id, due_at, id) FROM deliveries WHERE ${AFTER}
    ORDER BY lane_id, due_at, id LIMIT 1 OFFSET 9999`;
  expect(plan(slice, 3)).toMatch(/^SEARCH deliveries USING COVERING INDEX deliveries_due \(\(lane_id,due_at,id\)>/);
});

it("what has failed for days is found by the partial index, however many lanes there are", async () => {
  const plan = await planner();
  expect(plan(toSqlite(FAILING), 1)).toContain("SEARCH l USING INDEX lanes_only_failed (only_failed_since<?)");
  expect(plan(toSqlite(FAILING), 1)).not.toContain("SCAN");
  expect(plan(toSqlite(PLANNED), 0)).toContain("INDEX lanes_only_failed");
});

it("an order that is taken for an ordinary one is looked at by indexes alone", async () => {
  const plan = await planner();
  const table = "SELECT value ->> 0, value ->> 1 FROM json_each(?1)";
  const found = plan(REFUSE_UNLESS_ORDINARY.replace(":table", table), 1);
  expect(found).toMatch(/SEARCH o USING INDEX \S+ \(customer_id=\? AND number=\?\)/);
  expect(found).toMatch(/SEARCH e USING INDEX \S+ \(customer_id=\? AND order_number=\?\)/);
});

it("what is due is claimed along the index from either end, however much waits in the lane", async () => {
  const plan = await planner();
  for (const sql of [CLAIM, CLAIM_NEWEST]) {
    const found = plan(toSqlite(sql), 5);
    expect(found).toMatch(/SEARCH due USING (COVERING )?INDEX deliveries_due \(lane_id=\? AND due_at<\?\)/);
    expect(found).not.toMatch(/SCAN (?!lane\b|n\b)/);
  }
  // Only the few newest that were looked at are sorted.
  expect(plan(toSqlite(CLAIM), 5)).not.toContain("B-TREE FOR ORDER");
});

it("the others of an order are found by its key, whatever else waits in the lane", async () => {
  const plan = await planner();
  const table = (sql: string) => toSqlite(sql).replace("(:table)", "(SELECT 'ep_1', 1, 1, 0)");
  const open = "USING INDEX deliveries_order_open (order_key=? AND order_at";
  const place = "USING INDEX deliveries_order_place (order_key=? AND order_final=? AND order_at";
  const plans = [
    [plan(table(PARK), 2), open],
    [plan(toSqlite(FOLLOW), 2), open],
    [plan(toSqlite(FOLLOW_MANY), 3), open],
    [plan(toSqlite(SUPERSEDE_WAITING), 2), place],
    [plan(toSqlite(SUPERSEDE_CLAIMED), 3), place],
  ] as const;
  for (const [found, index] of plans) {
    expect(found).toContain(index.split(" AND order_at")[0]);
    expect(found.match(/SCAN deliveries.*/g) ?? []).toEqual([]);
    expect(found).not.toContain("deliveries_due");
  }
});

it.each([true, false])("what is in trouble is found by indexes of that alone (of one customer: %s)", async (ofOne) => {
  const plan = await planner();
  const found = plan(toSqlite(troubleSql(ofOne)), 7);
  expect(plan(OF_CUSTOMER, 1)).toMatch(/SEARCH d USING COVERING INDEX deliveries_due[\s\S]*INDEX deliveries_claimed/);
  expect(found).toMatch(/(?:SCAN|SEARCH) lanes USING INDEX lanes_trouble/);
  expect(found).toMatch(/(?:SCAN|SEARCH) endpoints USING INDEX endpoints_stopped/);
  expect(
    found.match(/SCAN (?:lanes|endpoints|deliveries|[dea]\b)(?! USING INDEX (?:lanes_t|endpoints_s)).*/g),
  ).toBeNull();
});

it("deliveries are searched through an index, whatever narrows the search", async () => {
  const plan = await planner();
  const byEvent = "deliveries_event_id_idx";
  const cases = [
    [{}, ["sqlite_autoindex_deliveries_1"]],
    [{ order: "A" }, [byEvent, "events_customer_id_order_number_id_idx (customer_id=? AND order_number=?)"]],
    [
      { order: "A", customer: "c" },
      [byEvent, "events_customer_id_order_number_id_idx (customer_id=? AND order_number=?)"],
    ],
    [{ reference: "R" }, [byEvent, "events_reference (<expr>=?)", "orders_reference (<expr>=?)"]],
    [{ barcode: "B" }, [byEvent, "events_barcode (barcode=?)"]],
    [{ state: "failed", customer: "c", error: "503" }, ["deliveries_review (id<?)"]],
    [{ state: "canceled" }, ["deliveries_canceled (id<?)"]],
    [{ state: "sending" }, ["deliveries_claimed"]],
    [{ endpoint: "e", statusCode: "take" }, ["deliveries_endpoint_id_id_idx (endpoint_id=? AND id<?)"]],
    [{ customer: "c" }, ["deliveries_customer_id_id_idx (customer_id=? AND id<?)"]],
    [{ ids: ["a"] }, ["sqlite_autoindex_deliveries_1 (id=?"]],
  ] as const;
  for (const [filter, indexes] of cases) {
    const scan = deliveryScan(filter);
    const sql = toSqlite(`${windowOf(scan)} SELECT id FROM seen`);
    const found = plan(sql, scan.base.flatMap(({ args }) => args).length + 2);
    for (const index of indexes) expect(found, JSON.stringify(filter)).toContain(index);
    expect(found.match(/SCAN (?:deliveries|events|orders|e|o)\b(?! USING)[^\n]*/g) ?? [], found).toEqual([]);
  }
});

it("what is replayed is compared with the deliveries of its event alone, whatever narrows the search", async () => {
  const plan = await planner();
  const filters = [
    {},
    { customer: "c" },
    { endpoint: "e" },
    { state: "failed", customer: "c" },
    { ids: ["a"] },
  ] as const;
  for (const filter of filters) {
    const { sql: fits, args } = joined(deliveryScan(filter).filter);
    const found = plan(toSqlite(newestThatFit(fits)), args.length + 2);
    expect(found, JSON.stringify(filter)).toContain("SEARCH same USING INDEX deliveries_event_id_idx (event_id=?)");
  }
});
