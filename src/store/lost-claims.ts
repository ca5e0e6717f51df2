import type { WriteKind } from "./commits.js";
import type { Database } from "./database.js";
import { followStatement } from "./follow.js";

/** Expired claims of one look. */
const MOST_EXPIRED = 20_000;

/**
 * Makes the claims of a process that is gone pending again; called at start, before anything is claimed. What it was
 * sending may have arrived: files are looked for first.
 */
export async function releaseAll(database: Database): Promise<number> {
  return database.prisma.$executeRaw`UPDATE deliveries
    SET state = 'pending', ambiguous = 1, claim_token = NULL, claim_until = NULL WHERE state = 'sending'`;
}

/** How often something of ours may fail on a delivery, with no attempt in between, before it is given up. */
export const MAX_INTERNAL_FAULTS = 5;

/** Counts that something of ours failed on claimed deliveries; their claims are left to expire. */
export const faulting: WriteKind<{ readonly id: string; readonly token: string }, void> = {
  rank: 2,
  statements: (rows) => [
    {
      sql: `WITH r(id, token) AS (:table) UPDATE deliveries SET internal_faults = internal_faults + 1 FROM r
        WHERE deliveries.id = r.id AND claim_token = r.token AND state = 'sending'`,
      columns: ["text", "text"],
      table: rows.map(({ id, token }) => [id, token]),
    },
  ],
  results: (_cells, rows) => rows.map(() => undefined),
};

/**
 * Makes expired claims pending again, except those of `held` tokens, which are still worked on here. A delivery on which
 * something of ours failed five times becomes `failed: internal`; how many, and their lanes, are returned. That a process
 * died with it says nothing about a delivery, however often. `failedOf`: how many of which customer. `monotonic`: the clock that
 * claims go by where no database keeps one.
 */
export async function releaseExpired(
  database: Database,
  monotonic: number,
  now: number,
  held: readonly string[],
): Promise<{ released: number; failed: number; failedLanes: string[]; failedOf: ReadonlyMap<string, number> }> {
  const expired = `state = 'sending' AND claim_until < coalesce(${database.nowSql ?? "NULL"}, CAST(?1 AS bigint))`;
  const found = await database.json<[string, string, number, string][]>(
    `SELECT json_group_array(json_array(id, lane_id, internal_faults, customer_id)) FROM (SELECT * FROM deliveries WHERE ${expired}
      AND claim_token NOT IN (SELECT value FROM each(?2)) LIMIT ${MOST_EXPIRED}) AS expired`,
    Math.floor(monotonic),
    held,
  );
  if (found.length === 0) return { released: 0, failed: 0, failedLanes: [], failedOf: new Map() };
  const failed = found.filter(([, , faults]) => faults >= MAX_INTERNAL_FAULTS);
  const failedOf = new Map<string, number>();
  for (const [, , , customer] of failed) failedOf.set(customer, (failedOf.get(customer) ?? 0) + 1);
  const failedLanes = [...new Set(failed.map(([, lane]) => lane))];
  const isFailed = `internal_faults >= ${MAX_INTERNAL_FAULTS}`;
  // What a process has locked that stands still goes at a later look, and keeps nobody from the rest.
  const free = `SELECT id FROM deliveries WHERE id IN (SELECT value FROM each(?2)) AND ${expired} FOR UPDATE SKIP LOCKED`;
  const [released] = await database.batchJson([
    {
      sql: `UPDATE deliveries SET ambiguous = 1, claim_token = NULL, claim_until = NULL,
        state = CASE WHEN ${isFailed} THEN 'failed' ELSE 'pending' END,
        reason = CASE WHEN ${isFailed} THEN 'internal' ELSE '' END,
        fault = CASE WHEN ${isFailed} THEN 'internal' ELSE fault END,
        finished_at = CASE WHEN ${isFailed} THEN CAST(?3 AS bigint) END
        WHERE id IN (${free})`,
      args: [Math.floor(monotonic), found.map(([id]) => id), now],
    },
    {
      sql: `UPDATE lanes SET given_up_at = ?2, alert_at = ?2, failure_fault = 'internal', failure_code = 'internal',
        failure_text = 'Waybell itself failed on a delivery again and again.', last_failure_at = ?2
        WHERE id IN (SELECT value FROM each(?1))`,
      args: [failedLanes, now],
    },
  ]);
  if (failed.length > 0)
    await database.batch([
      followStatement(
        failed.map(([id]) => id),
        now,
      ),
    ]);
  return { released: Number(released), failed: failed.length, failedLanes, failedOf };
}
