import type { Database } from "./database.js";
import { letOthersRun } from "./rows.js";

/** Events of one look and one transaction: a few milliseconds, so that the road never waits for it. */
const AT_ONCE = 200;

// Old events all of whose deliveries have reached their end. What is pending is never touched, however old.
const FORGETTABLE = `WITH seen AS MATERIALIZED (SELECT id, received_at FROM events
    WHERE received_at < ?1 AND (received_at, id) > (?2, ?3) ORDER BY received_at, id LIMIT ${AT_ONCE})
  SELECT json_object(
    'last', json((SELECT json_array(received_at, id) FROM seen ORDER BY received_at DESC, id DESC LIMIT 1)),
    'ids', (SELECT json_group_array(id) FROM seen WHERE NOT EXISTS
      (SELECT 1 FROM deliveries d WHERE d.event_id = seen.id AND d.state IN ('pending', 'sending'))))`;

const OF_EVENTS = "(SELECT value FROM each(?1))";
const OF_DELIVERIES = `(SELECT id FROM deliveries WHERE event_id IN ${OF_EVENTS})`;

const FORGET = [
  `DELETE FROM attempts WHERE delivery_id IN ${OF_DELIVERIES}`,
  `DELETE FROM file_names WHERE delivery_id IN ${OF_DELIVERIES}`,
  `DELETE FROM deliveries WHERE event_id IN ${OF_EVENTS}`,
  `DELETE FROM content_chunks WHERE sha256 IN (SELECT sha256 FROM event_contents WHERE event_id IN ${OF_EVENTS})
    AND NOT EXISTS (SELECT 1 FROM event_contents c WHERE c.sha256 = content_chunks.sha256 AND c.event_id NOT IN ${OF_EVENTS})`,
  `DELETE FROM event_contents WHERE event_id IN ${OF_EVENTS}`,
  `DELETE FROM events WHERE id IN ${OF_EVENTS}`,
];

/**
 * Deletes the events that arrived before `before` (epoch ms), with their deliveries, attempts and pictures, and
 * the mails and alerts that ended before, in small sets; returns how many. Stops early when `stopped` says so.
 */
export async function forgetBefore(database: Database, before: number, stopped = () => false): Promise<number> {
  let count = 0;
  await database.batch([
    { sql: "DELETE FROM mails WHERE sent_at < ?1 OR failed_at < ?1", args: [before] },
    {
      sql: "DELETE FROM alert_deliveries WHERE alert_id IN (SELECT id FROM alerts WHERE closed_at < ?1)",
      args: [before],
    },
    { sql: "DELETE FROM alerts WHERE closed_at < ?1", args: [before] },
  ]);
  // Old events that are still pending are passed once, however many there are.
  let after: readonly [number, string] = [Number.MIN_SAFE_INTEGER, ""];
  while (!stopped()) {
    const { last, ids } = await database.json<{ last: [number, string] | null; ids: string[] }>(
      FORGETTABLE,
      before,
      ...after,
    );
    if (!last) break;
    after = last;
    if (ids.length > 0) await database.batch(FORGET.map((sql) => ({ sql, args: [ids] })));
    count += ids.length;
    await letOthersRun();
  }
  return count;
}
