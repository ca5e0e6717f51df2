import type { Database } from "./database.js";
import { lanesOfWhole, PARKED, type WaitingPlace } from "./pending.js";

/** What waits for an endpoint, and what a resume would do with it. */
export interface Backlog {
  /** At most `MOST_COUNTED`. */
  readonly waiting: number;
  /** There are more than were counted. */
  readonly waitingMore: boolean;
  /** Epoch ms: when the oldest of those that were counted was made; null: nothing waits. */
  readonly since: number | null;
  /** So many were looked at for a later status of their order, */
  readonly looked: number;
  /** and so many of them have one. */
  readonly superseded: number;
}

/** A page shows it: millions that wait must not be counted each time somebody looks. */
export const MOST_COUNTED = 10_000;
const MOST_LOOKED = 1_000;

// Of pending deliveries of one endpoint, those whose order, barcode and container have a later status that is pending
// too. A final status does not give way to one that is not final.
export const SUPERSEDED = `SELECT json_group_array(d.id) FROM each(?) w JOIN deliveries d ON d.id = w.value
  JOIN events e ON e.id = d.event_id
  WHERE EXISTS (SELECT 1 FROM events later JOIN deliveries waiting ON waiting.event_id = later.id
    WHERE later.customer_id = e.customer_id AND later.order_number = e.order_number AND later.barcode = e.barcode
    AND later.container = e.container AND (later.status_time, later.id) > (e.status_time, e.id)
    AND waiting.endpoint_id = d.endpoint_id AND waiting.state = 'pending'
    AND (later.status IN ('DELIVERED', 'CANCELLED', 'NOTOK') OR e.status NOT IN ('DELIVERED', 'CANCELLED', 'NOTOK')))`;

/** What waits for an endpoint that is at rest, counted so far as a page can wait for. */
export async function backlogOf(database: Database, place: WaitingPlace): Promise<Backlog> {
  const lanes = await lanesOfWhole(database, place.laneId);
  // In a lane that is shared, what waits for an endpoint at rest is parked: the others' need not be gone through.
  const parked = place.id === place.laneId ? "" : `AND due_at = ${PARKED}`;
  const waiting = (limit: number) => `(SELECT id, created_at FROM deliveries
    WHERE lane_id IN (SELECT value FROM each(?1)) AND state = 'pending' ${parked} AND endpoint_id = ?2
    LIMIT ${limit}) AS waiting`;
  const [[count, since], ids] = await Promise.all([
    database.json<[number, number | null]>(
      `SELECT json_array(count(*), min(created_at)) FROM ${waiting(MOST_COUNTED + 1)}`,
      lanes,
      place.id,
    ),
    database.json<string[]>(`SELECT json_group_array(id) FROM ${waiting(MOST_LOOKED)}`, lanes, place.id),
  ]);
  const superseded = await database.json<string[]>(SUPERSEDED, ids);
  return {
    waiting: Math.min(count, MOST_COUNTED),
    waitingMore: count > MOST_COUNTED,
    since,
    looked: ids.length,
    superseded: superseded.length,
  };
}
