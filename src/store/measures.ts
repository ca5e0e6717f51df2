import type { Database } from "./database.js";
import { PARKED, WAITING_LANES } from "./pending.js";
import { letOthersRun } from "./rows.js";

/** Why the deliveries of a lane wait. */
export const LANE_STATES = ["running", "asked_to_wait", "breaker_open", "held", "stopped"] as const;
export type LaneStateName = (typeof LANE_STATES)[number];

/** The lanes with waiting deliveries that are in one state. */
export interface LanesMeasure {
  readonly state: LaneStateName;
  readonly lanes: number;
  /** When the first delivery of all of them was or is due; null: all of them are parked. */
  readonly firstDue: number | null;
}

export interface Measures {
  readonly lanes: readonly LanesMeasure[];
  readonly mails: { readonly waiting: number; readonly firstDue: number | null };
}

/** Steps from lane to lane through the index: what waits within a lane does not count. */
export const LANES = `${WAITING_LANES}
  SELECT json_group_array(json_array(state, lanes, first_due)) FROM (
    SELECT state, count(*) AS lanes, min(nullif(due, ${PARKED})) AS first_due FROM (
      SELECT due, CASE
        WHEN due = ${PARKED} OR NOT EXISTS (SELECT 1 FROM endpoints e
          WHERE e.lane_id = coalesce(l.shard_of, l.id) AND e.state = 'active' AND e.deleted_at IS NULL) THEN 'stopped'
        WHEN l.held_reason IS NOT NULL THEN 'held'
        WHEN l.open_until IS NOT NULL THEN 'breaker_open'
        WHEN l.held_until > ?1 THEN 'asked_to_wait'
        ELSE 'running' END AS state
      FROM (SELECT lane.id AS id, (SELECT min(due_at) FROM deliveries
          WHERE state = 'pending' AND lane_id = lane.id) AS due FROM lane WHERE lane.id IS NOT NULL) w
        JOIN lanes l ON l.id = w.id) AS one
    GROUP BY state) AS each_state`;

/** Mails are few; should they not be, so many tell enough. */
export const MOST_MAILS = 10_000;

export const MAILS = `SELECT json_array(count(*), min(due_at)) FROM (SELECT due_at FROM mails
  WHERE sent_at IS NULL AND failed_at IS NULL LIMIT ${MOST_MAILS}) AS waiting`;

/** What waits, and why. */
export async function measure(database: Database, now: number): Promise<Measures> {
  const [lanes, [waiting, firstDue]] = await Promise.all([
    database.json<[LaneStateName, number, number | null][]>(LANES, now),
    database.json<[number, number | null]>(MAILS),
  ]);
  return {
    lanes: lanes.map(([state, count, due]) => ({ state, lanes: count, firstDue: due })),
    mails: { waiting, firstDue },
  };
}

const SLICE = 10_000;
export const AFTER = "state = 'pending' AND (lane_id, due_at, id) > (?, ?, ?)";

/**
 * Counts all that is pending, in slices between which others are served; rows that come and go meanwhile may be missed
 * or counted. `stopped` ends it early, with null.
 */
export async function countAllPending(database: Database, stopped: () => boolean): Promise<number | null> {
  let after: [string, number, string] = ["", Number.MIN_SAFE_INTEGER, ""];
  for (let count = 0; !stopped(); count += SLICE) {
    const last = await database.json<[string, number, string] | null>(
      `SELECT json_array(lane_id, due_at, id) FROM deliveries WHERE ${AFTER}
        ORDER BY lane_id, due_at, id LIMIT 1 OFFSET ${SLICE - 1}`,
      ...after,
    );
    if (!last) {
      return count + (await database.json<number>(`SELECT count(*) FROM deliveries WHERE ${AFTER}`, ...after));
    }
    after = last;
    await letOthersRun();
  }
  return null;
}
