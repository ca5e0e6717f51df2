import type { Database } from "./database.js";
import { letOthersRun } from "./rows.js";

/** Orders of one look: a few milliseconds, so that the road never waits for it. */
const AT_ONCE = 500;

/** An event of an order that still has what it carried may be told with the order's details. */
const IN_USE = (order: string) => `EXISTS (SELECT 1 FROM events e WHERE e.customer_id = ${order}.customer_id
  AND e.order_number = ${order}.number AND e.payload_forgotten_at IS NULL)`;

const LOOK = `WITH seen AS MATERIALIZED (SELECT updated_at, customer_id, number FROM orders
    WHERE details <> '{}' AND updated_at < ?1 AND (updated_at, customer_id, number) > (?2, ?3, ?4)
    ORDER BY updated_at, customer_id, number LIMIT ${AT_ONCE})
  SELECT json_object(
    'last', json((SELECT json_array(updated_at, customer_id, number) FROM seen
      ORDER BY updated_at DESC, customer_id DESC, number DESC LIMIT 1)),
    'due', (SELECT json_group_array(json_array(customer_id, number)) FROM seen
      WHERE CASE WHEN ?6 = 1 THEN customer_id NOT IN (SELECT value FROM each(?5))
        ELSE customer_id IN (SELECT value FROM each(?5)) END AND NOT ${IN_USE("seen")}))`;

// Looked at again in the write: an event may have come since.
const FORGET = `WITH r(customer, number) AS (:table) UPDATE orders SET details = '{}' FROM r
  WHERE orders.customer_id = r.customer AND orders.number = r.number AND orders.details <> '{}'
  AND orders.updated_at < ?1 AND NOT ${IN_USE("orders")}`;

/** Customers whose orders' details are kept for the same time. */
export interface DetailsTerm {
  readonly days: number;
  /** null: all but those of `others`. */
  readonly customers: readonly string[] | null;
  readonly others: readonly string[];
}

interface Look {
  readonly last: [number, string, string] | null;
  readonly due: [customer: string, number: string][];
}

/**
 * Forgets the details of orders that nothing was said of since `before` (epoch ms), and of which no event has what it carried
 * any more; an order's callback URLs and endpoints stay. In small sets. Returns how many.
 */
export async function forgetDetails(
  database: Database,
  { customers, others }: DetailsTerm,
  before: number,
  stopped: () => boolean,
): Promise<number> {
  let count = 0;
  let after: [number, string, string] = [Number.MIN_SAFE_INTEGER, "", ""];
  while (!stopped()) {
    const args = [before, ...after, customers ?? others, customers === null ? 1 : 0];
    const { last, due }: Look = await database.json(LOOK, ...args);
    if (!last) break;
    after = last;
    if (due.length > 0) {
      await database.batch([{ sql: FORGET, args: [before], columns: ["text", "text"], table: due }]);
      count += due.length;
    }
    await letOthersRun();
  }
  return count;
}
