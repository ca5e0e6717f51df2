import type { WriteKind } from "./commits.js";
import type { Statement } from "./database.js";

const open = (row: string) => `(${row}.state = 'pending' OR ${row}.state = 'sending')`;

/** SQL: the row `o` is not done yet. Written as in the index of such rows, which serves only so. */
export const OPEN = open("o");

// The rows are locked, in one order, before they are changed: one that is being let go by a claim at this moment is waited
// for, and is due then. What does not wait stays as it is.
const follow = (ids: string) => `UPDATE deliveries SET waits_for = NULL,
  due_at = CASE WHEN waits_for IS NULL THEN due_at ELSE least(due_at, CAST(?2 AS bigint)) END
  WHERE state = 'pending' AND id IN (SELECT n.id FROM deliveries n WHERE n.id IN (${ids})
    AND n.state = 'pending' ORDER BY n.id FOR UPDATE)`;
const ENDED = "e.id IN (SELECT value FROM each(?1)) AND e.order_key IS NOT NULL";
const later = (row: string) => `${row}.order_key = e.order_key AND ${open(row)}
    AND (${row}.order_at, ${row}.event_id) > (e.order_at, e.event_id)`;

/** One after the other: the next one of its order. */
export const FOLLOW =
  follow(`SELECT (SELECT o.id FROM deliveries o WHERE ${later("o")} ORDER BY o.order_at, o.event_id LIMIT 1)
    FROM deliveries e WHERE ${ENDED}`);

const last = (
  column: string,
) => `(SELECT ${column} FROM (SELECT f.order_at, f.event_id FROM deliveries f WHERE ${later("f")}
    ORDER BY f.order_at, f.event_id LIMIT CAST(?3 AS integer)) AS next ORDER BY order_at DESC, event_id DESC LIMIT 1)`;

/** Where a request holds several: as many of its order as one holds. */
export const FOLLOW_MANY = follow(`SELECT o.id FROM deliveries e JOIN deliveries o ON ${later("o")} WHERE ${ENDED}
    AND o.order_at <= ${last("order_at")}
    AND (o.order_at, o.event_id) <= (${last("order_at")},
      ${last("event_id")})`);

/** What has ended, at an endpoint that lets later statuses of an order wait. */
export interface Ended {
  readonly id: string;
  readonly now: number;
  /** How many of them one request holds. */
  readonly followers: number;
}

/** Makes due what waits for deliveries that have reached their end. */
export function followStatements(ended: readonly Ended[]): Statement[] {
  return [...new Set(ended.map(({ followers }) => followers))].map((followers) => {
    const those = ended.filter((one) => one.followers === followers);
    const args = [those.map(({ id }) => id), Math.max(...those.map(({ now }) => now))] as const;
    return followers === 1 ? { sql: FOLLOW, args } : { sql: FOLLOW_MANY, args: [...args, followers] };
  });
}

/** Of deliveries whose endpoints are not known. */
export const followStatement = (ids: readonly string[], now: number): Statement => ({ sql: FOLLOW, args: [ids, now] });

/** The same once more, after the end was committed: for what was published and claimed while it was being written. */
export const following: WriteKind<Ended, void> = {
  rank: 4,
  statements: followStatements,
  results: (_cells, rows) => rows.map(() => undefined),
};
