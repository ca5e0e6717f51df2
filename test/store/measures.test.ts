import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countAllPending, measure } from "../../src/store/measures.js";
import { PARKED } from "../../src/store/pending.js";
import { addMany, openStore, post, type Store } from "./kit.js";

let store: Store;
beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
});
afterEach(() => store.close());

const never = () => false;
const run = (sql: string, ...args: (string | number)[]) => store.database.batch([{ sql, args }]);

describe("what waits", () => {
  it("is told by what the lanes wait for, with the time at which the first was due", async () => {
    const now = 1_000_000;
    const states = ["running", "asked", "open", "held", "paused", "parked"];
    for (const [at, name] of states.entries()) {
      const endpoint = await store.endpoints.create("acme", post(name, `https://${name}.example.com/`));
      await addMany(store, endpoint, 2);
      await run("UPDATE deliveries SET due_at = ? WHERE lane_id = ?", 1_000 + at, endpoint.laneId);
      const lane = (change: string) => run(`UPDATE lanes SET ${change} WHERE id = ?`, endpoint.laneId);
      if (name === "asked") await lane(`held_until = ${now + 1}`);
      if (name === "open") await lane("failures = 1, open_until = 5");
      if (name === "held") await lane("held_reason = 'wrong folder', open_until = 5");
      if (name === "paused") await store.endpoints.setState(endpoint.id, "paused", "");
      if (name === "parked") await run("UPDATE deliveries SET due_at = ? WHERE lane_id = ?", PARKED, endpoint.laneId);
    }
    const { lanes, mails } = await measure(store.database, now);
    expect([...lanes].sort((a, b) => (a.state < b.state ? -1 : 1))).toEqual([
      { state: "asked_to_wait", lanes: 1, firstDue: 1_001 },
      { state: "breaker_open", lanes: 1, firstDue: 1_002 },
      { state: "held", lanes: 1, firstDue: 1_003 },
      { state: "running", lanes: 1, firstDue: 1_000 },
      { state: "stopped", lanes: 2, firstDue: 1_004 },
    ]);
    expect(mails).toEqual({ waiting: 0, firstDue: null });
    expect(await countAllPending(store.database, never)).toBe(12);
  });

  it("is counted in slices to the last one, and no further than it is wanted", async () => {
    const lanes = [];
    for (const name of ["a", "b", "c"])
      lanes.push(await store.endpoints.create("acme", post(name, `https://${name}.example.com/`)));
    const [first, second] = lanes;
    const fill = (lane: string, count: number) =>
      run(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
          INSERT INTO deliveries (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, created_at, due_at, expires_at)
          SELECT ? || i, 'evt', 'ep', ?, 'acme', 'A1', CASE WHEN i % 10 = 0 THEN 'delivered' ELSE 'pending' END, 0, i % 7, 0 FROM n`,
        `dlv_${lane}_`,
        lane,
      );
    await fill(first?.laneId ?? "", 20_000);
    await fill(second?.laneId ?? "", 13_330);
    expect(await countAllPending(store.database, never)).toBe(18_000 + 11_997);
    let asked = 0;
    expect(await countAllPending(store.database, () => ++asked > 1)).toBeNull();
  });
});
