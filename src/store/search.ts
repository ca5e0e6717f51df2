import type { SqlValue } from "./database.js";
import type { Condition } from "./rows.js";

/** What an order, or a status change of it, is looked up by. */
export interface Lookup {
  readonly customer?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly order?: string | undefined;
  readonly reference?: string | undefined;
  readonly barcode?: string | undefined;
}

export const is = (column: string, value: SqlValue | undefined): Condition[] =>
  value === undefined ? [] : [{ sql: `${column} = ?`, args: [value] }];

/** Status changes of one barcode or reference that are looked at, the newest: whoever has more narrows it down. */
const MOST = 10_000;

/** The customers that have events, from one to the next through the index: the rest of an order's key is known. */
const CUSTOMERS = `WITH RECURSIVE k(id) AS (SELECT min(customer_id) FROM events UNION ALL
  SELECT (SELECT min(customer_id) FROM events WHERE customer_id > k.id) FROM k WHERE k.id IS NOT NULL)
  SELECT id FROM k WHERE id IS NOT NULL`;

const OF_BARCODE = `SELECT id FROM events WHERE barcode <> '' AND barcode = ? ORDER BY id DESC LIMIT ${MOST}`;

/** As the event says it, or what is known of its order. */
const OF_REFERENCE = `SELECT id FROM (SELECT id FROM events WHERE json_text(body, 'reference') IS NOT NULL
    AND json_text(body, 'reference') = ? ORDER BY id DESC LIMIT ${MOST}) AS said
  UNION SELECT found.id FROM (SELECT e.id FROM orders o JOIN events e ON e.customer_id = o.customer_id
    AND e.order_number = o.number WHERE json_text(o.details, 'reference') IS NOT NULL
    AND json_text(o.details, 'reference') = ? ORDER BY e.id DESC LIMIT ${MOST}) AS found`;

function ofOrder({ customer, endpoint, order }: Lookup): Condition[] {
  if (order === undefined) return [];
  const known = "SELECT id FROM events WHERE customer_id =";
  if (customer !== undefined) return [{ sql: `${known} ? AND order_number = ?`, args: [customer, order] }];
  if (endpoint !== undefined) {
    return [
      {
        sql: `${known} (SELECT customer_id FROM endpoints WHERE id = ?) AND order_number = ?`,
        args: [endpoint, order],
      },
    ];
  }
  return [{ sql: `SELECT id FROM events WHERE customer_id IN (${CUSTOMERS}) AND order_number = ?`, args: [order] }];
}

/**
 * What selects the ids of the few events that are looked up, each through an index: the first is the narrowest. None:
 * nothing is looked up.
 */
export function eventsOf(lookup: Lookup): Condition[] {
  const { barcode, reference } = lookup;
  return [
    ...ofOrder(lookup),
    ...(barcode === undefined ? [] : [{ sql: OF_BARCODE, args: [barcode] }]),
    ...(reference === undefined ? [] : [{ sql: OF_REFERENCE, args: [reference, reference] }]),
  ];
}

/** The condition that `column` names one of the events that are looked up, for each thing that they are looked up by. */
export const amongEvents = (column: string, lookup: Lookup): Condition[] =>
  eventsOf(lookup).map(({ sql, args }) => ({ sql: `${column} IN (${sql})`, args }));

/** The condition that a text holds another, whatever its case. */
export function holds(column: string, text: string | undefined): Condition[] {
  if (text === undefined) return [];
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
  return [{ sql: `${column} <> '' AND lower(${column}) LIKE ? ESCAPE '\\'`, args: [pattern] }];
}
