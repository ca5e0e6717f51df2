import { afterEach, expect, it } from "vitest";
import { type Ordered, openOrdered } from "./ordering-kit.js";

let ordered: Ordered;
afterEach(() => ordered.close());

/** As many as a test can wait for; what is looked at grows with none of them. */
const MANY = 100_000;

/** Makes a status of one order, pending, and that of `MANY` more; those wait for it, each for the one before it. */
async function queueUp(o: Ordered): Promise<string> {
  const firstId = await o.publish(0);
  const columns = "endpoint_id, lane_id, customer_id, order_number, state, created_at, expires_at, order_key";
  const numbers =
    o.database.kind === "sqlite"
      ? `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`
      : `WITH n(i) AS (SELECT generate_series(1, ${MANY}))`;
  await o.database.batch([
    {
      sql: `${numbers}, f AS (SELECT * FROM deliveries WHERE id = ?)
        INSERT INTO deliveries (id, event_id, due_at, order_at, ${columns})
        SELECT 'dlv_1' || (${MANY * 10} + i), event_id, due_at + i % 2, order_at + i, ${columns} FROM n CROSS JOIN f WHERE true`,
      args: [firstId],
    },
  ]);
  return firstId;
}

it("a lane with many that wait in one order is claimed in as fast as another", async () => {
  const o = await openOrdered({ order: "per-order" });
  ordered = o;
  const firstId = await queueUp(o);
  await o.clock.advance(10);
  const took: number[] = [];
  const claimTimed = async () => {
    const begun = performance.now();
    const claims = await o.claim({ limit: 512 });
    took.push(performance.now() - begun);
    return claims;
  };
  // Each claim looks at so many, and puts them aside.
  const found: string[] = [];
  for (let at = 0; at < 20; at++) for (const { id } of await claimTimed()) found.push(id);
  expect(found).toEqual([firstId]);
  const half = took.length / 2;
  const sum = (times: readonly number[]) => times.reduce((all, one) => all + one, 0);
  // Not one of them reads through the others: that would be hundreds of times as long.
  expect(sum(took.slice(half))).toBeLessThan(sum(took.slice(0, half)) * 5 + 500);
  expect(Math.max(...took)).toBeLessThan(3_000);
  const waiting = "SELECT count(*) FROM deliveries WHERE waits_for IS NOT NULL";
  expect(await o.database.json<number>(waiting)).toBe(20 * 512 - 1);
  // And what ends lets go the one that follows, without a look at the rest.
  const begun = performance.now();
  await o.road.follow({ id: firstId, now: o.clock.now(), followers: 1 });
  expect(performance.now() - begun).toBeLessThan(500);
}, 60_000);
