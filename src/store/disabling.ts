import type { FailingLane } from "../delivery/disabling.js";
import type { Endpoint } from "../types.js";
import { auditStatements, serviceAuthor } from "./audit.js";
import type { Database, Statement } from "./database.js";
import { changed, changing, type Writing } from "./endpoint-writing.js";

/** Takes back what was planned, and begins to count anew: what has failed was another setting. */
export const FORGET_FAILURES = `UPDATE lanes SET alert_at = CASE WHEN disables_at IS NULL THEN alert_at ELSE ?2 END,
  only_failed_since = NULL, only_failed_until = NULL, disables_at = NULL
  WHERE (id = ?1 OR shard_of = ?1) AND only_failed_since IS NOT NULL`;

/** What an endpoint's rest means for its failures: a plan ends with it, and the time from `stoppedAt` on does not count. */
export function restStatement(laneId: string, now: number, stoppedAt: number | null): Statement {
  if (stoppedAt === null) {
    const sql = `UPDATE lanes SET disables_at = NULL, alert_at = ?2 WHERE (id = ?1 OR shard_of = ?1) AND disables_at IS NOT NULL`;
    return { sql, args: [laneId, now] };
  }
  const rested = "greatest(0, ?2 - greatest(?3, only_failed_since))";
  const sql = `UPDATE lanes SET only_failed_since = only_failed_since + ${rested},
    only_failed_until = only_failed_until + ${rested} WHERE (id = ?1 OR shard_of = ?1) AND only_failed_since IS NOT NULL`;
  return { sql, args: [laneId, now, stoppedAt] };
}

/** SQL: none of its recipients has got the mail `m`, and it is not under way. */
const UNSENT = "m.sent_at IS NULL AND m.failed_at IS NULL AND m.outcomes = '{}' AND m.due_at > ?2";

/** SQL: what has become of the mail that announces what is planned for the lane `w`; a mail that is gone counts as unsent. */
const NOTICE = `(SELECT json_object('openedAt', a.opened_at, 'writtenAt', a.last_mail_at, 'sentAt', m.sent_at, 'failedAt', m.failed_at,
    'dueAt', m.due_at)
  FROM alerts a LEFT JOIN mails m ON m.lane_id = a.lane_id AND m.alert_id = a.id
  WHERE a.lane_id = w.id AND a.kind = 'disabling' AND a.closed_at IS NULL AND w.disables_at IS NOT NULL
  ORDER BY a.id DESC, m.id DESC LIMIT 1)`;

// What is not in the partial index has not failed lately, or not only.
export const FAILING = `SELECT json_group_array(json_object('id', l.id, 'endpointId', e.id, 'since', l.only_failed_since,
    'until', l.only_failed_until, 'disablesAt', w.disables_at, 'notice', json(coalesce(${NOTICE}, 'null'))))
  FROM lanes l JOIN endpoints e ON e.id = coalesce(l.shard_of, l.id) JOIN lanes w ON w.id = e.id
  WHERE l.only_failed_since <= ?1 AND l.held_reason IS NULL AND e.state = 'active' AND e.deleted_at IS NULL`;
export const PLANNED = `SELECT json_group_array(id) FROM lanes WHERE only_failed_since IS NOT NULL AND disables_at IS NOT NULL`;

/** What the look for endpoints that have failed for days asks of the database. */
export function createDisablingStore(database: Database) {
  return {
    /** The lanes of active endpoints of which nothing but failures has come since then, callback URLs left out. */
    failing: (before: number) => database.json<FailingLane[]>(FAILING, before),
    /** The lanes whose endpoints are to be disabled. */
    planned: () => database.json<string[]>(PLANNED),
    /** Keeps when the endpoint is disabled, and lets the alerts tell of it; not where something has succeeded meanwhile. */
    announce: (laneId: string, disablesAt: number, now: number) =>
      database.batch([
        {
          sql: `UPDATE lanes SET disables_at = ?2, alert_at = ?3
            WHERE id = ?1 AND disables_at IS NULL AND only_failed_since IS NOT NULL`,
          args: [laneId, disablesAt, now],
        },
      ]),
    /** Puts off what is planned. A mail that nobody has got yet names another time: it goes, and the alerts write it anew. */
    postpone: (laneId: string, disablesAt: number, now: number) =>
      database.batch([
        {
          sql: "UPDATE lanes SET disables_at = ?2, alert_at = ?3 WHERE id = ?1 AND disables_at IS NOT NULL",
          args: [laneId, disablesAt, now],
        },
        {
          sql: `UPDATE alerts SET last_mail_at = NULL WHERE lane_id = ?1 AND kind = 'disabling' AND closed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.lane_id = ?1 AND m.alert_id = alerts.id AND NOT (${UNSENT}))`,
          args: [laneId, now],
        },
        {
          sql: `DELETE FROM mails AS m WHERE m.lane_id = ?1 AND m.kind = 'disabling' AND ${UNSENT}`,
          args: [laneId, now],
        },
      ]),
    cancel: (laneIds: readonly string[], now: number) =>
      database.batch([
        {
          sql: "UPDATE lanes SET disables_at = NULL, alert_at = ?2 WHERE id IN (SELECT value FROM each(?1))",
          args: [laneIds, now],
        },
      ]),
  };
}

/** When the endpoints of these lanes are disabled, epoch ms; those without a plan have no entry. */
export async function plannedDisablings(database: Database, laneIds: Iterable<string>): Promise<Map<string, number>> {
  const rows = await database.json<[string, number][]>(
    `SELECT json_group_array(json_array(l.id, l.disables_at)) FROM each(?) w JOIN lanes l ON l.id = w.value
      WHERE l.disables_at IS NOT NULL`,
    [...new Set(laneIds)],
  );
  return new Map(rows);
}

/** Of which endpoint nothing but failures has come, as it was read. */
export interface Disabling {
  readonly endpoint: Endpoint;
  readonly lanes: readonly string[];
  readonly reason: string;
}

/**
 * Disables an endpoint for its failures, as it was announced, with its deliveries kept; false where it was changed, or
 * anything has succeeded, since it was read. All that says so is written in one transaction, or none of it.
 */
export function disableForFailures(writing: Writing, { endpoint, lanes, reason }: Disabling): Promise<boolean> {
  return changing(writing, endpoint.id, async (current) => {
    const { database, clock } = writing;
    const { id, laneId, customer, version } = endpoint;
    if (current.version !== version || current.state !== "active") return false;
    const now = clock.now();
    const note = {
      customer,
      subject: id,
      before: { state: current.state, stateReason: current.stateReason },
      after: { state: "disabled", stateReason: reason },
    };
    const isDone = "EXISTS (SELECT 1 FROM endpoints WHERE id = ?1 AND version = ?2 AND state_reason = ?3)";
    const [done] = await database.batchJson([
      {
        sql: `UPDATE endpoints SET state = 'disabled', state_reason = ?3, version = version + 1, updated_at = ?4,
          stopped_at = coalesce(stopped_at, ?4)
          WHERE id = ?1 AND version = ?2 AND state = 'active' AND deleted_at IS NULL
          AND EXISTS (SELECT 1 FROM lanes WHERE id = ?1 AND disables_at <= ?4)
          AND NOT EXISTS (SELECT 1 FROM lanes WHERE id IN (SELECT value FROM each(?5)) AND only_failed_since IS NULL)`,
        args: [id, version, reason, now, lanes],
      },
      {
        sql: `UPDATE lanes SET disables_at = NULL, disabled_at = ?4, alert_at = ?4 WHERE id = ?1 AND ${isDone}`,
        args: [laneId, version + 1, reason, now],
      },
      ...auditStatements(serviceAuthor("disableEndpoint"), note, now, { version: version + 1 }),
    ]);
    if (done !== 1) return false;
    await changed(writing, id, customer);
    return true;
  });
}
