import { join } from "node:path";
import Database from "libsql";
import { expect, it } from "vitest";
import { AFTER, LANES, MAILS } from "../../src/store/measures.js";
import { toSqlite } from "../../src/store/sql.js";
import { openStore } from "./kit.js";

it("what waits is found by indexes alone: no table and no lane is read through", async () => {
  const store = await openStore();
  await store.database.close();
  // A connection of its own: one that has explained something does not get out of its transaction.
  const file = new Database(join(store.folder, "waybell.db"));
  const plan = (sql: string, args: number) =>
    file
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...Array.from({ length: args }, () => 1))
      .map((row) => (row as { detail: string }).detail)
      .join("\n");
  const lanes = plan(toSqlite(LANES), 2);
  // The rest of what is scanned is what the steps themselves have found.
  expect(lanes.match(/SCAN (?!lane|one\b|each_state\b|waiting\b|w\b|\(|CONSTANT)\S+.*/g) ?? []).toEqual([]);
  expect(lanes).toContain("SEARCH deliveries USING COVERING INDEX deliveries_due (lane_id=?)");
  expect(lanes).toContain("SEARCH deliveries USING COVERING INDEX deliveries_due (lane_id>?)");
  expect(plan(MAILS, 0)).toContain("INDEX mails_due");
  const slice = `SELECT json_array(lane_id, due_at, id) FROM deliveries WHERE ${AFTER}
    ORDER BY lane_id, due_at, id LIMIT 1 OFFSET 9999`;
  expect(plan(slice, 3)).toMatch(/^SEARCH deliveries USING COVERING INDEX deliveries_due \(\(lane_id,due_at,id\)>/);
});
