import { placeOf } from "../delivery/order.js";
import type { Endpoint } from "../types.js";
import type { ClaimRequest } from "./claims.js";
import type { Database, Statement } from "./database.js";
import { OPEN } from "./follow.js";
import { pendingIds } from "./pending.js";

const SUPERSEDED_BY = "superseded by ";

/** The delivery that has taken the place of one that was canceled for that reason; null: another reason. */
export function supersededBy(reason: string): string | null {
  return reason.startsWith(`${SUPERSEDED_BY}dlv_`) ? reason.slice(SUPERSEDED_BY.length) : null;
}

// Those of one claim that have an earlier one which is not done yet either. One that is due itself, or claimed with
// this one, goes first whatever the time is: after a pause all of an order may be late, and still go in their order. Once
// it has had its turn, the later one goes at its own time. The members of a batch go out together, in their order.
export const PARK = `WITH p(lane_id, overtake, life, batched) AS (:table),
  mine AS MATERIALIZED (SELECT d.id, d.order_key, d.order_at, d.event_id, d.created_at, d.expires_at, d.batch_id, d.waits_for,
      p.overtake, p.life, p.batched FROM deliveries d JOIN p ON p.lane_id = d.lane_id
    WHERE d.claim_token = ?1 AND d.state = 'sending' AND d.order_key IS NOT NULL AND d.order_free = 0),
  found AS MATERIALIZED (SELECT m.id, m.batch_id, m.waits_for, m.expires_at, m.created_at + m.overtake AS overtakes_at, m.life,
      (SELECT o.id FROM deliveries o WHERE o.order_key = m.order_key AND ${OPEN}
        AND (o.order_at, o.event_id) < (m.order_at, m.event_id)
        AND NOT (m.batched = 1 AND o.state = 'sending' AND o.claim_token = ?1
          AND coalesce(o.batch_id, '') = coalesce(m.batch_id, ''))
        ORDER BY o.order_at DESC, o.event_id DESC LIMIT 1) AS earlier FROM mine m),
  judged AS MATERIALIZED (SELECT f.*, CASE WHEN f.expires_at > CAST(?2 AS bigint) AND (f.overtakes_at > CAST(?2 AS bigint)
      OR EXISTS (SELECT 1 FROM deliveries o WHERE o.id = f.earlier AND ((o.state = 'pending' AND o.due_at <= CAST(?2 AS bigint))
        OR (o.state = 'sending' AND (o.claim_token = ?1 OR coalesce(f.waits_for, '') <> o.id)))))
      THEN 1 ELSE 0 END AS waits FROM found f WHERE f.earlier IS NOT NULL)
  UPDATE deliveries SET state = CASE WHEN j.waits = 1 THEN 'pending' ELSE deliveries.state END,
  claim_token = CASE WHEN j.waits = 1 THEN NULL ELSE deliveries.claim_token END,
  claim_until = CASE WHEN j.waits = 1 THEN NULL ELSE deliveries.claim_until END,
  due_at = CASE WHEN j.waits = 1 THEN least(j.expires_at, greatest(j.overtakes_at, CAST(?2 AS bigint) + j.life))
    ELSE deliveries.due_at END,
  waits_for = CASE WHEN j.waits = 1 THEN j.earlier END,
  overtook = CASE WHEN j.waits = 1 THEN deliveries.overtook ELSE j.earlier END
  FROM judged j WHERE deliveries.id = j.id`;

// What is left of a batch would be another one under the same id: all of it waits with those of its members that do.
const PARK_MATES = `UPDATE deliveries SET state = 'pending', claim_token = NULL, claim_until = NULL, due_at = (
    SELECT max(w.due_at) FROM deliveries w WHERE w.batch_id = deliveries.batch_id AND w.state = 'pending' AND w.waits_for IS NOT NULL),
  waits_for = (SELECT max(w.waits_for) FROM deliveries w WHERE w.batch_id = deliveries.batch_id AND w.state = 'pending')
  WHERE claim_token = ?1 AND state = 'sending' AND batch_id IS NOT NULL AND lane_id IN (SELECT value FROM each(?2))
  AND EXISTS (SELECT 1 FROM deliveries w WHERE w.batch_id = deliveries.batch_id AND w.state = 'pending' AND w.waits_for IS NOT NULL)`;

/**
 * SQL of the latest later delivery of a finality, of the row `d`; all rows of one finality lie side by side in the index.
 * One that failed or was canceled takes nobody's place: a status of a wrong time, canceled by hand, would keep all others of
 * its order back for ever.
 */
const latest = (final: string): string => `(SELECT l.id FROM deliveries l WHERE l.order_key = d.order_key
  AND l.order_final = ${final} AND l.state IN ('pending', 'sending', 'delivered') AND (l.order_at, l.event_id) > (d.order_at, d.event_id)
  ORDER BY l.order_at DESC, l.event_id DESC LIMIT 1)`;

// A final status gives way to a final one alone; others to any.
const SUPERSEDE = (which: string) => `WITH doomed AS MATERIALIZED (SELECT d.id, coalesce(${latest("1")},
      CASE WHEN d.order_final = 0 THEN ${latest("0")} END) AS later FROM deliveries d WHERE ${which} AND d.order_free = 0)
  UPDATE deliveries SET state = 'canceled', reason = '${SUPERSEDED_BY}' || doomed.later, finished_at = CAST(?2 AS bigint),
  claim_token = NULL, claim_until = NULL FROM doomed WHERE deliveries.id = doomed.id AND doomed.later IS NOT NULL`;
export const SUPERSEDE_CLAIMED = SUPERSEDE(
  "d.claim_token = ?1 AND d.state = 'sending' AND d.order_key IS NOT NULL AND d.lane_id IN (SELECT value FROM each(?3))",
);
// What is locked is being claimed, and is looked at by its claim; or is being superseded.
export const SUPERSEDE_WAITING =
  SUPERSEDE(`d.id IN (SELECT o.id FROM deliveries o WHERE o.order_key IN (SELECT value FROM each(?1))
  AND ${OPEN} AND o.state = 'pending' FOR UPDATE SKIP LOCKED)`);

/**
 * What a claim lets go again, or cancels, of what it has taken: nothing is asked where no lane keeps an order. A statement
 * of its own, after the one that claims: what it sees of others is at least as new as its hold on these rows.
 */
export function orderStatements(requests: readonly ClaimRequest[], token: string, now: number): Statement[] {
  const ordered = requests.filter(({ order }) => order);
  if (ordered.length === 0) return [];
  const statements: Statement[] = [];
  const latestOnly = ordered.flatMap(({ laneId, order }) => (order?.mode === "latest-only" ? [laneId] : []));
  if (latestOnly.length > 0) statements.push({ sql: SUPERSEDE_CLAIMED, args: [token, now, latestOnly] });
  const perOrder = ordered.filter(({ order }) => order?.mode === "per-order");
  if (perOrder.length === 0) return statements;
  const table = perOrder.map(({ laneId, order, startMs, sendMs, batched }) => [
    laneId,
    order?.overtakeAfterMs ?? 0,
    Math.ceil(startMs + sendMs),
    batched ? 1 : 0,
  ]);
  statements.push({ sql: PARK, columns: ["text", "integer", "integer", "integer"], table, args: [token, now] });
  const batched = perOrder.flatMap((request) => (request.batched ? [request.laneId] : []));
  if (batched.length > 0) statements.push({ sql: PARK_MATES, args: [token, batched] });
  return statements;
}

/** Cancels what waits in these orders and has a later status. */
export const superseding = (keys: readonly string[], now: number): Statement => ({
  sql: SUPERSEDE_WAITING,
  args: [keys, now],
});

/** The order of an endpoint was changed: what waits gets its place in the new one, and is looked at again. */
export async function reorder(database: Database, endpoint: Endpoint, now: number): Promise<void> {
  for await (const ids of pendingIds(database, endpoint)) await place(database, endpoint, ids, now);
}

type PlacedCells = [id: string, order: string, barcode: string, container: string, at: number, status: string];

async function place(database: Database, endpoint: Endpoint, ids: readonly string[], now: number): Promise<void> {
  const rows = await database.json<PlacedCells[]>(
    `SELECT json_group_array(json_array(d.id, e.order_number, e.barcode, e.container, e.status_time, e.status))
      FROM each(?) w JOIN deliveries d ON d.id = w.value JOIN events e ON e.id = d.event_id`,
    ids,
  );
  const table = rows.map(([id, order, barcode, container, statusTime, status]) => {
    const found = placeOf(endpoint, { order, barcode, container, statusTime, status: status as "NOTOK" });
    return [id, found?.key ?? null, found?.at ?? null, found?.final ? 1 : 0, now];
  });
  await database.batch([
    {
      sql: `WITH r(id, key, at, final, now) AS (:table) UPDATE deliveries SET order_key = r.key, order_at = r.at,
        order_final = r.final, due_at = CASE WHEN waits_for IS NULL THEN due_at ELSE least(due_at, r.now) END, waits_for = NULL
        FROM r WHERE deliveries.id = r.id AND state = 'pending'`,
      columns: ["text", "text", "integer", "integer", "integer"],
      table,
    },
  ]);
}
