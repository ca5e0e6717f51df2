import { newId } from "../ids.js";
import { PARKED } from "../store/pending.js";
import type { NewDelivery } from "../store/publishing.js";
import type { Endpoint } from "../types.js";
import { placeOf } from "./order.js";
import type { PreparedEvent } from "./prepare.js";
import { expiryOf } from "./quiet-hours.js";
import { retryDelay } from "./retry.js";
import { laneFor } from "./shards.js";

/** A delivery of `event` to `endpoint`, due after the first delay of its schedule. `isByHand`: whatever its order says. */
export function newDelivery(
  event: Pick<PreparedEvent, "row">,
  endpoint: Endpoint,
  now: number,
  isByHand = false,
): NewDelivery {
  const place = placeOf(endpoint, event.row);
  const parked = endpoint.origin === "callback" && endpoint.state !== "active";
  return {
    id: newId("dlv"),
    eventId: event.row.id,
    endpointId: endpoint.id,
    laneId: laneFor(endpoint, event.row.order),
    customer: event.row.customer,
    order: event.row.order,
    createdAt: now,
    dueAt: parked ? PARKED : now + (retryDelay(endpoint.retry.scheduleMs, 0) ?? 0),
    ...(parked ? { restVersion: endpoint.version } : {}),
    expiresAt: expiryOf(endpoint, now),
    ...(place ? { place: { ...place, free: isByHand } } : {}),
  };
}
