import { dueLanes } from "./claims.js";
import type { Database, Statement } from "./database.js";
import { PARKED, pendingIds } from "./pending.js";

/** When the wall clock was looked at last, epoch ms; null: never. */
export async function clockSeen(database: Database): Promise<number | null> {
  const row = await database.prisma.meta.findUnique({ where: { key: "clock" } });
  return row ? Number(row.value) : null;
}

/** Keeps the wall clock's time, so that the next start sees whether it was set back meanwhile. */
export async function seeClock(database: Database, now: number): Promise<void> {
  const sql =
    "INSERT INTO meta (key, value) VALUES ('clock', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
  await database.batch([{ sql, args: [String(now)] }]);
}

const DUE_BACK = "least(due_at, greatest(due_at + ?1, ?2))";
/** Of the whole time that a delivery has, all is left at most: whatever the clock showed when it was published. */
const WHOLE = "?2 + greatest(0, expires_at - created_at)";

/** What to set, by `by` (?1) and the time now (?2). What waits for a retry goes at once when the clock was set ahead. */
const BACK = `due_at = CASE WHEN due_at = ${PARKED} THEN due_at ELSE ${DUE_BACK} END, expires_at = least(expires_at, ${WHOLE}),
  created_at = least(created_at, ?2)`;
/** No further than to now: what is moved twice, as it was sent meanwhile, has the whole of its time and not more. */
const SHIFT = "least(?1, greatest(0, ?2 - created_at))";
const AHEAD = `expires_at = expires_at + ${SHIFT}, created_at = created_at + ${SHIFT}`;

function others(by: number, now: number): Statement[] {
  const args = [by, now];
  if (by > 0) {
    // One that was stopped by another clock, before this process, shows a time that is still to come. PostgreSQL must find a
    // column beside the first value to know its type.
    return [
      { sql: "UPDATE endpoints SET stopped_at = stopped_at + ?1 WHERE stopped_at + ?1 <= ?2", args },
      { sql: "UPDATE lanes SET held_at = held_at + ?1 WHERE held_at + ?1 <= ?2", args },
      {
        sql: `UPDATE lanes SET only_failed_since = only_failed_since + ?1, only_failed_until = only_failed_until + ?1,
          disables_at = disables_at + ?1 WHERE only_failed_since + ?1 <= ?2`,
        args,
      },
    ];
  }
  return [
    { sql: "UPDATE endpoints SET stopped_at = least(stopped_at, ?1) WHERE stopped_at IS NOT NULL", args: [now] },
    { sql: "UPDATE lanes SET held_at = least(held_at, ?1) WHERE held_at IS NOT NULL", args: [now] },
    {
      // As long before and after now as it was: neither an outage nor a notice gets shorter.
      sql: `UPDATE lanes SET only_failed_since = least(only_failed_since + ?1, ?2),
        only_failed_until = least(only_failed_until + ?1, ?2), disables_at = disables_at + ?1
        WHERE only_failed_since IS NOT NULL`,
      args,
    },
    {
      sql: `UPDATE lanes SET
        held_until = CASE WHEN held_until > ?2 THEN greatest(held_until + ?1, ?2) ELSE held_until END,
        open_until = CASE WHEN open_until > ?2 THEN greatest(open_until + ?1, ?2) ELSE open_until END
        WHERE held_until > ?2 OR open_until > ?2`,
      args,
    },
  ];
}

/**
 * The wall clock was set by `by`, to `now`: nothing that waits becomes due later for it, and nothing expires earlier.
 * In sets, so that sends go on meanwhile; what is published meanwhile stays as it is.
 */
export async function moveTimes(database: Database, by: number, now: number): Promise<void> {
  const change = by < 0 ? BACK : AHEAD;
  const sending = `UPDATE deliveries SET ${change} WHERE state = 'sending' AND claim_token IS NOT NULL`;
  await database.batch([...others(by, now), { sql: sending, args: [by, now] }]);
  const pending = `UPDATE deliveries SET ${change} WHERE state = 'pending' AND id IN (SELECT value FROM each(?3))`;
  await inSets(database, pending, [by, now]);
  // What was claimed and failed while its set waited for its turn: it is due by the clock as it is now.
  if (by > 0) await inSets(database, `${pending} AND due_at >= ?2 AND due_at < ${PARKED}`, [by, now]);
  // What was pending at the first look and claimed before its set had its turn.
  await database.batch([{ sql: sending, args: [by, now] }]);
}

/** Runs `sql` for all that is pending, a set of ids (?3) at a time. */
async function inSets(database: Database, sql: string, args: readonly number[]): Promise<void> {
  for (const { laneId } of await dueLanes(database)) {
    for await (const ids of pendingIds(database, { id: laneId, laneId })) {
      await database.batch([{ sql, args: [...args, ids] }]);
    }
  }
}
