import { wholeLane } from "../delivery/shards.js";
import type { Database } from "./database.js";
import { followStatement } from "./follow.js";

/** What keeps a lane from sending, as it stands in the database. */
export interface LaneState {
  readonly id: string;
  /** A fault of the setting; null: none. */
  readonly heldReason: string | null;
  /** Epoch ms; the receiver asked to wait. */
  readonly heldUntil: number;
  /** Connection failures in a row. */
  readonly failures: number;
  /** Epoch ms; the breaker is open until then. */
  readonly openUntil: number;
  /** An outage began and has not been declared over. */
  readonly failing: boolean;
}

/** Reads the state of a lane; null when there is no such lane. */
export async function laneState(database: Database, id: string): Promise<LaneState | null> {
  const row = await database.prisma.lane.findUnique({ where: { id } });
  if (!row) return null;
  return {
    id,
    heldReason: row.held_reason,
    heldUntil: Number(row.held_until ?? 0),
    failures: row.failures,
    openUntil: Number(row.open_until ?? 0),
    failing: row.failing_since !== null,
  };
}

/** Why a lane is held, and since when (epoch ms). */
export interface HeldLane {
  readonly reason: string;
  readonly since: number;
}

/** Those of the lanes that are held, or have a shard that is, for a fault of their setting, by id. */
export async function heldLanes(database: Database, ids: Iterable<string>): Promise<Map<string, HeldLane>> {
  const rows = await database.json<[string, string, number | null][]>(
    `SELECT json_group_array(json_array(w.value, l.held_reason, l.held_at)) FROM each(?) w
      JOIN lanes l ON l.id = w.value OR l.shard_of = w.value WHERE l.held_reason IS NOT NULL`,
    [...new Set(ids)],
  );
  return new Map(rows.map(([id, reason, since]) => [id, { reason, since: since ?? 0 }]));
}

/**
 * Fails the deliveries of a lane that have waited longer than they may, at most `limit` of those due the longest; returns
 * how many. Those of an endpoint that is paused or disabled, or of a lane that is held, wait on.
 */
export async function expireWaiting(database: Database, laneId: string, now: number, limit = 1000): Promise<number> {
  const expired = await database.json<string[]>(
    `SELECT json_group_array(id) FROM (
       SELECT id, expires_at FROM deliveries WHERE lane_id = ?1 AND state = 'pending' AND due_at <= ?2
       ORDER BY due_at, id LIMIT ?3) AS due
     WHERE expires_at <= ?2
     AND EXISTS (SELECT 1 FROM endpoints WHERE lane_id = ?4 AND state = 'active' AND deleted_at IS NULL)
     AND NOT EXISTS (SELECT 1 FROM lanes WHERE id = ?1 AND held_reason IS NOT NULL)`,
    laneId,
    now,
    limit,
    wholeLane(laneId),
  );
  if (expired.length === 0) return 0;
  await database.batch([
    {
      sql: `UPDATE deliveries SET state = 'failed', reason = 'expired', finished_at = ?2
        WHERE state = 'pending' AND expires_at <= ?2 AND id IN (SELECT value FROM each(?1))`,
      args: [expired, now],
    },
    { sql: "UPDATE lanes SET given_up_at = ?2, alert_at = ?2 WHERE id = ?1", args: [laneId, now] },
  ]);
  await database.batch([followStatement(expired, now)]);
  return expired.length;
}
