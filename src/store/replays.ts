import type { Placed } from "../delivery/order.js";
import type { Endpoint } from "../types.js";
import type { Database } from "./database.js";
import { type DeliveryFilter, deliveryScan } from "./deliveries.js";
import type { Endpoints } from "./endpoints.js";
import { joined, SET, scanIds } from "./rows.js";

/** A delivery whose event may be sent to its endpoint again. */
export interface Replayable {
  readonly eventId: string;
  readonly order: string;
  readonly endpoint: Endpoint;
  /** What tells its place in the order. */
  readonly event: Placed;
}

/**
 * The deliveries that fit, newest first, in sets of at most 1,000; those of deleted endpoints are left out. Of each
 * event and endpoint only the newest that fits counts, and nothing that is made after the start.
 */
export async function* replayable(
  database: Database,
  endpoints: Pick<Endpoints, "byIds">,
  filter: DeliveryFilter,
): AsyncGenerator<Replayable[], void> {
  const last = await database.json<string | null>("SELECT json_quote(max(id)) FROM deliveries");
  if (last === null) return;
  const scan = deliveryScan(filter);
  const { sql: fits, args } = joined(scan.filter);
  for await (const ids of scanIds(database, scan, SET, `${last}~`)) {
    const rows = await database.json<[string, string, string, string, string, number, Placed["status"]][]>(
      `SELECT json_group_array(json_array(d.event_id, d.order_number, d.endpoint_id, e.barcode, e.container, e.status_time,
          e.status))
        FROM each(?) w JOIN deliveries d ON d.id = w.value JOIN events e ON e.id = d.event_id
        WHERE e.payload_forgotten_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM (SELECT * FROM deliveries same WHERE same.event_id = d.event_id
          AND same.endpoint_id || '' = d.endpoint_id AND same.id > d.id AND same.id <= ?) AS newer WHERE ${fits})`,
      ids,
      last,
      ...args,
    );
    const owners = await endpoints.byIds(rows.map(([, , endpointId]) => endpointId));
    yield rows.flatMap(([eventId, order, endpointId, barcode, container, statusTime, status]) => {
      const endpoint = owners.get(endpointId);
      return endpoint ? [{ eventId, order, endpoint, event: { order, barcode, container, statusTime, status } }] : [];
    });
  }
}
