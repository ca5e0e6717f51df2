import type { Placed } from "../delivery/order.js";
import type { Endpoint } from "../types.js";
import type { Database } from "./database.js";
import { boundsOf, leftOf } from "./deliveries-actions.js";
import { type DeliveryFilter, deliveryScan } from "./delivery-scan.js";
import type { Endpoints } from "./endpoints.js";
import { joined, SET, walk } from "./rows.js";

/** A delivery whose event may be sent to its endpoint again. */
export interface Replayable {
  readonly eventId: string;
  readonly order: string;
  readonly endpoint: Endpoint;
  /** What tells its place in the order. */
  readonly event: Placed;
}

/** So many that fit at once, and where to go on. */
export interface ReplayOptions {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Replays {
  readonly sets: AsyncIterable<readonly Replayable[]>;
  /** Once the sets are through: the cursor of what is left, with a limit; null: nothing is. */
  left(): string | null;
}

/**
 * The deliveries that fit, newest first, in sets of at most 1,000; those of deleted endpoints are left out. Of each
 * event and endpoint only the newest that fits counts, and nothing that is made after the start.
 */
export function replayable(
  database: Database,
  endpoints: Pick<Endpoints, "byIds">,
  filter: DeliveryFilter,
  options: ReplayOptions = {},
): Replays {
  let left: string | null = null;
  async function* sets(): AsyncGenerator<Replayable[], void> {
    const last = await newest(database);
    if (last === null) return;
    const bounds = boundsOf(options);
    const walked = walk(database, deliveryScan(filter), SET, { ...bounds, after: bounds.after ?? `${last}~` });
    for await (const ids of walked.sets) yield await replayableOf({ database, endpoints }, filter, ids, last);
    left = leftOf(walked.stopped());
  }
  return { sets: sets(), left: () => left };
}

const newest = (database: Database) => database.json<string | null>("SELECT json_quote(max(id)) FROM deliveries");

/** A bound keeps the filter out of the look for newer ones, which would go through all of a customer for each delivery. */
const ALL = 1_000_000;

/** Of deliveries, by id, those of each event and endpoint that are the newest of all that fit; `fits`: the filter's SQL. */
export const newestThatFit = (fits: string): string => `SELECT json_group_array(json_array(d.event_id, d.order_number,
    d.endpoint_id, e.barcode, e.container, e.status_time, e.status))
  FROM each(?) w JOIN deliveries d ON d.id = w.value JOIN events e ON e.id = d.event_id
  WHERE e.payload_forgotten_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM (SELECT * FROM deliveries same WHERE same.event_id = d.event_id
    AND same.endpoint_id || '' = d.endpoint_id AND same.id > d.id AND same.id <= ? LIMIT ${ALL}) AS newer WHERE ${fits})`;

interface Parts {
  readonly database: Database;
  readonly endpoints: Pick<Endpoints, "byIds">;
}

async function replayableOf(
  { database, endpoints }: Parts,
  filter: DeliveryFilter,
  ids: readonly string[],
  last: string,
): Promise<Replayable[]> {
  const { sql: fits, args } = joined(deliveryScan(filter).filter);
  const rows = await database.json<[string, string, string, string, string, number, Placed["status"]][]>(
    newestThatFit(fits),
    ids,
    last,
    ...args,
  );
  const owners = await endpoints.byIds(rows.map(([, , endpointId]) => endpointId));
  return rows.flatMap(([eventId, order, endpointId, barcode, container, statusTime, status]) => {
    const endpoint = owners.get(endpointId);
    return endpoint ? [{ eventId, order, endpoint, event: { order, barcode, container, statusTime, status } }] : [];
  });
}
