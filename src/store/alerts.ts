import { wholeLane } from "../delivery/shards.js";
import type { EndpointState, Language, TransportSetting } from "../types.js";
import {
  type Found,
  findDelivered,
  findFailed,
  findGivenUp,
  findUndelivered,
  hasDue,
  type StatusLine,
  statusLines,
} from "./alert-lists.js";
import type { AlertChange, LaneOwner, MailDraft, WatchedEndpoint, WatchedLane } from "./alert-types.js";
import type { Database, SqlValue, Statement } from "./database.js";

const WATCHED = `SELECT json_group_array(json_object('id', l.id, 'customerId', l.customer_id, 'label', l.label,
    'heldReason', l.held_reason, 'failures', l.failures, 'responseFailures', l.response_failures, 'successes', l.successes,
    'succeedingSince', l.succeeding_since, 'failingSince', l.failing_since, 'fault', l.failure_fault,
    'code', coalesce(l.failure_code, ''), 'text', coalesce(l.failure_text, ''), 'lastFailureAt', l.last_failure_at,
    'connectFailedAt', l.connect_failed_at, 'givenUpAt', l.given_up_at, 'disabledAt', l.disabled_at,
    'onlyFailedSince', l.only_failed_since, 'disablesAt', l.disables_at,
    'alerts', json((SELECT coalesce(json_group_object(a.kind, json_object('id', a.id, 'openedAt', a.opened_at,
        'lastMailAt', a.last_mail_at, 'listedFrom', a.listed_from, 'listedUpTo', a.listed_up_to, 'closedAt', a.closed_at)), '{}')
      FROM alerts a WHERE a.lane_id = l.id
        AND a.id = (SELECT max(b.id) FROM alerts b WHERE b.lane_id = l.id AND b.kind = a.kind))),
    'lastOutageMailAt', (SELECT max(last_mail_at) FROM alerts a WHERE a.lane_id = l.id AND a.kind = 'outage'),
    'lastRecoveryMailAt', (SELECT max(closed_at) FROM alerts a
      WHERE a.lane_id = l.id AND a.kind = 'outage' AND a.last_mail_at IS NOT NULL)))
  FROM lanes l WHERE l.alert_at = ?`;

/** While a look is under way its lanes are put off by so much: a crash in the middle only delays them. */
const LEASE_MS = 60_000;
/** A time to look that lies further ahead than any that is ever set was made by a wall clock since set back. */
const FARTHEST_MS = 2 * 3_600_000;
const MAX_ENDPOINTS = 20;

// An outage ends only for a lane that is as it was when the end was decided: a failure since then resets `successes`.
const STILL_OVER = `EXISTS (SELECT 1 FROM lanes WHERE id = ?1 AND failing_since IS NOT DISTINCT FROM ?2
    AND last_failure_at IS NOT DISTINCT FROM ?3 AND successes > 0)`;

function guardOf(lane: WatchedLane, ends: boolean): { condition: string; args: SqlValue[] } {
  if (!ends) return { condition: "true", args: [] };
  return { condition: STILL_OVER, args: [lane.id, lane.failingSince, lane.lastFailureAt] };
}

function mailStatement(lane: WatchedLane, alertId: string, mail: MailDraft, now: number, ends: boolean): Statement {
  const guard = guardOf(lane, ends);
  return {
    sql: `WITH r(id, alert_id, lane_id, kind, recipients, subject, text, html, csv, at) AS (:table)
      INSERT INTO mails (id, alert_id, lane_id, kind, recipients, subject, text, html, csv, created_at, due_at)
      SELECT r.id, r.alert_id, r.lane_id, r.kind, r.recipients, r.subject, r.text, r.html, r.csv, r.at, r.at FROM r
      WHERE ${guard.condition}`,
    columns: [...(["text", "text", "text", "text", "text", "text", "text", "text", "text"] as const), "integer"],
    args: guard.args,
    table: [
      [
        mail.id,
        alertId,
        lane.id,
        mail.kind,
        JSON.stringify(mail.recipients),
        mail.subject,
        mail.text,
        mail.html,
        mail.csv,
        now,
      ],
    ],
  };
}

function changeStatements(lane: WatchedLane, change: AlertChange, now: number): Statement[] {
  const { alert, kind, mail, listed, forgetBefore, ends } = change;
  const guard = guardOf(lane, ends);
  const statements: Statement[] = [];
  if (mail) statements.push(mailStatement(lane, alert.id, mail, now, ends));
  statements.push({
    sql: `WITH r(id, lane_id, kind, opened_at, last_mail_at, listed_from, listed_up_to, closed_at) AS (:table)
      INSERT INTO alerts (id, lane_id, kind, opened_at, last_mail_at, listed_from, listed_up_to, closed_at)
      SELECT r.id, r.lane_id, r.kind, r.opened_at, r.last_mail_at, r.listed_from, r.listed_up_to, r.closed_at FROM r
      WHERE ${guard.condition}
      ON CONFLICT (id) DO UPDATE SET opened_at = excluded.opened_at, last_mail_at = excluded.last_mail_at,
        listed_from = excluded.listed_from, listed_up_to = excluded.listed_up_to, closed_at = excluded.closed_at`,
    columns: ["text", "text", "text", "integer", "integer", "text", "text", "integer"],
    args: guard.args,
    table: [
      [alert.id, lane.id, kind, alert.openedAt, alert.lastMailAt, alert.listedFrom, alert.listedUpTo, alert.closedAt],
    ],
  });
  if (listed.length > 0) {
    statements.push({
      sql: `WITH r(delivery_id, finished_at) AS (:table)
        INSERT INTO alert_deliveries (alert_id, delivery_id, finished_at)
        SELECT CAST(?1 AS text), r.delivery_id, r.finished_at FROM r WHERE true
        ON CONFLICT (alert_id, delivery_id) DO UPDATE SET finished_at = excluded.finished_at`,
      columns: ["text", "integer"],
      args: [alert.id],
      table: listed,
    });
  }
  if (forgetBefore !== null) {
    const [alertAt, beforeAt] = [guard.args.length + 1, guard.args.length + 2];
    const sql = `DELETE FROM alert_deliveries WHERE alert_id = ?${alertAt} AND finished_at < ?${beforeAt} AND ${guard.condition}`;
    statements.push({ sql, args: [...guard.args, alert.id, forgetBefore] });
  }
  return statements;
}

/** Ends the outage in the lane's own row; comes last, for the other statements look at what it clears. */
function clearStatement(lane: WatchedLane): Statement {
  return {
    sql: `UPDATE lanes SET failing_since = NULL, connect_failed_at = NULL, failures = 0, response_failures = 0,
      successes = 0, succeeding_since = NULL
      WHERE id = ? AND failing_since IS NOT DISTINCT FROM ? AND last_failure_at IS NOT DISTINCT FROM ? AND successes > 0`,
    args: [lane.id, lane.failingSince, lane.lastFailureAt],
  };
}

interface EndpointSettings {
  readonly transport: TransportSetting;
  readonly timeZone?: string | null;
  readonly alerts?: { readonly emails?: readonly string[]; readonly language?: Language };
}

/** The alerts' view of the database. */
export interface AlertStore {
  /** Lanes to look at now, at most `limit`, put off for a minute; `leasedUntil` names this look to `commit`. */
  takeDue(now: number, limit: number): Promise<{ leasedUntil: number; lanes: WatchedLane[] }>;
  /** Whom the lane serves; null when the customer is gone. */
  owner(lane: WatchedLane): Promise<LaneOwner | null>;
  /**
   * Writes the changes and the lane's next look in one transaction; a signal that came meanwhile stays. `over` ends the
   * outage in the lane's row.
   */
  commit(
    lane: WatchedLane,
    changes: readonly AlertChange[],
    look: { now: number; leasedUntil: number; next: number | null; over: boolean },
  ): Promise<void>;
  undelivered(query: Parameters<typeof findUndelivered>[1]): Promise<Found>;
  givenUp(query: Parameters<typeof findGivenUp>[1]): Promise<Found>;
  failed(query: Parameters<typeof findFailed>[1]): Promise<Found>;
  delivered(query: Parameters<typeof findDelivered>[1]): Promise<Found>;
  lines(ids: readonly string[]): Promise<StatusLine[]>;
  hasDue(laneId: string, now: number): Promise<boolean>;
}

async function takeDue(database: Database, now: number, limit: number) {
  const due = "(alert_at <= ?1 OR alert_at > ?2)";
  const farthest = now + FARTHEST_MS;
  const leasedUntil = now + LEASE_MS;
  const sql = `SELECT json_group_array(id) FROM (SELECT id FROM lanes WHERE ${due} ORDER BY alert_at LIMIT ?3) AS due`;
  const ids = await database.json<string[]>(sql, now, farthest, limit);
  if (ids.length === 0) return { leasedUntil, lanes: [] };
  const [, lanes] = await database.batchJson([
    {
      sql: `UPDATE lanes SET alert_at = ?4 WHERE id IN (SELECT value FROM each(?3)) AND ${due}`,
      args: [now, farthest, ids, leasedUntil],
    },
    { sql: WATCHED, args: [leasedUntil] },
  ]);
  return { leasedUntil, lanes: lanes as WatchedLane[] };
}

async function owner(database: Database, lane: WatchedLane): Promise<LaneOwner | null> {
  const customer = await database.prisma.customer.findUnique({ where: { id: lane.customerId } });
  if (!customer) return null;
  const live = { lane_id: wholeLane(lane.id), deleted_at: null };
  const newest = { orderBy: { id: "desc" }, take: MAX_ENDPOINTS } as const;
  const found = await database.prisma.endpoint.findMany({ where: live, ...newest });
  const endpointCount =
    found.length < MAX_ENDPOINTS ? found.length : await database.prisma.endpoint.count({ where: live });
  // What was given up just before its endpoint was deleted is still told.
  const rows =
    found.length > 0
      ? found
      : await database.prisma.endpoint.findMany({ where: { lane_id: wholeLane(lane.id) }, ...newest });
  const endpoints = rows.map((row): WatchedEndpoint => {
    const settings = JSON.parse(row.settings) as EndpointSettings;
    return {
      id: row.id,
      name: row.name,
      deleted: row.deleted_at !== null,
      state: row.state as EndpointState,
      stateReason: row.state_reason,
      updatedAt: Number(row.updated_at),
      transport: settings.transport,
      emails: settings.alerts?.emails ?? [],
      language: settings.alerts?.language ?? null,
      timeZone: settings.timeZone ?? null,
    };
  });
  return {
    customer: {
      id: customer.id,
      name: customer.name,
      emails: JSON.parse(customer.emails),
      language: customer.language as Language,
      timeZone: customer.time_zone,
    },
    endpoints,
    endpointCount,
  };
}

/** The alerts' store on this database. */
export function createAlertStore(database: Database): AlertStore {
  return {
    takeDue: (now, limit) => takeDue(database, now, limit),
    owner: (lane) => owner(database, lane),
    async commit(lane, changes, { now, leasedUntil, next, over }) {
      const statements = changes.flatMap((change) => changeStatements(lane, change, now));
      if (over) statements.push(clearStatement(lane));
      const sql = "UPDATE lanes SET alert_at = ? WHERE id = ? AND alert_at = ?";
      await database.batch([...statements, { sql, args: [next, lane.id, leasedUntil] }]);
    },
    undelivered: (query) => findUndelivered(database, query),
    givenUp: (query) => findGivenUp(database, query),
    failed: (query) => findFailed(database, query),
    delivered: (query) => findDelivered(database, query),
    lines: (ids) => statusLines(database, ids),
    hasDue: (laneId, now) => hasDue(database, laneId, now),
  };
}
