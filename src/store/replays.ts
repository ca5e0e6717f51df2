import type { Endpoint } from "../types.js";
import type { Database } from "./database.js";
import { type DeliveryFilter, deliveryScan } from "./deliveries.js";
import type { Endpoints } from "./endpoints.js";
import { SET, scanIds } from "./rows.js";

/** A delivery whose event may be sent to its endpoint again. */
export interface Replayable {
  readonly eventId: string;
  readonly order: string;
  readonly endpoint: Endpoint;
}

/**
 * The deliveries that fit, newest first, in sets of at most 1,000; those of deleted endpoints are left
 * out, and those whose event went to their endpoint again later: of each event and endpoint only the newest counts.
 */
export async function* replayable(
  database: Database,
  endpoints: Pick<Endpoints, "byIds">,
  filter: DeliveryFilter,
): AsyncGenerator<Replayable[], void> {
  for await (const ids of scanIds(database, deliveryScan(filter), SET)) {
    const rows = await database.json<[string, string, string][]>(
      `SELECT json_group_array(json_array(d.event_id, d.order_number, d.endpoint_id))
        FROM json_each(?) w JOIN deliveries d ON d.id = w.value
        WHERE NOT EXISTS (SELECT 1 FROM deliveries newer WHERE newer.event_id = d.event_id
          AND newer.endpoint_id = d.endpoint_id AND newer.id > d.id)`,
      JSON.stringify(ids),
    );
    const owners = await endpoints.byIds(rows.map(([, , endpointId]) => endpointId));
    yield rows.flatMap(([eventId, order, endpointId]) => {
      const endpoint = owners.get(endpointId);
      return endpoint ? [{ eventId, order, endpoint }] : [];
    });
  }
}
