import { setImmediate as nextTurn } from "node:timers/promises";
import type { Fault } from "../errors.js";
import type { DeliveryState, Status } from "../types.js";
import type { Database, SqlValue } from "./database.js";

/** Deliveries of a lane that a mail is about. */
export interface Found {
  readonly total: number;
  /** The first of them, at most as many as were asked for. */
  readonly ids: readonly string[];
  /** The lowest and the highest id of all. */
  readonly first: string | null;
  readonly last: string | null;
}

/** One status as a mail lists it. */
export interface StatusLine {
  readonly deliveryId: string;
  readonly order: string;
  readonly barcode: string;
  readonly container: string;
  readonly statusCode: string;
  readonly status: Status;
  readonly statusTime: number;
  readonly descriptions: Readonly<Record<string, string>>;
  readonly endpointId: string;
  readonly state: DeliveryState;
  /** Of failed: why. */
  readonly reason: string;
  readonly fault: Fault | null;
  readonly lastError: string;
  /** Of the attempt that `lastError` is about; "" where there was none. */
  readonly code: string;
  readonly attempts: number;
  readonly finishedAt: number | null;
}

/** What a mail has told already, so that it is not told again. */
export interface Told {
  readonly alertId: string | null;
  readonly upTo: string | null;
}

const NOTHING: Found = { total: 0, ids: [], first: null, last: null };

// The database has one thread: a lane with a million waiting deliveries is read in steps, and requests are answered
// between them.
const PAGE = 10_000;
const LINES_PAGE = 1000;

interface Page {
  readonly rows: number;
  readonly lastKey: number | null;
  readonly lastTie: string | null;
  readonly total: number;
  readonly ids: readonly string[];
  readonly first: string | null;
  readonly last: string | null;
}

/** One step of a list: `source` yields `id`, `key` and `tie` in the order of the last two, `wanted` says which count. */
const pageSql = (source: string, wanted: string) => `WITH page AS MATERIALIZED (${source}),
  hits AS MATERIALIZED (SELECT p.id FROM page p WHERE ${wanted})
  SELECT json_object('rows', (SELECT count(*) FROM page),
    'lastKey', (SELECT key FROM page ORDER BY key DESC, tie DESC LIMIT 1),
    'lastTie', (SELECT tie FROM page ORDER BY key DESC, tie DESC LIMIT 1),
    'total', (SELECT count(*) FROM hits), 'first', (SELECT min(id) FROM hits), 'last', (SELECT max(id) FROM hits),
    'ids', (SELECT json_group_array(id) FROM (SELECT id FROM hits LIMIT :room) AS shown))`;

const NOT_LISTED =
  "NOT EXISTS (SELECT 1 FROM alert_deliveries t WHERE t.alert_id = :alert AND t.delivery_id = p.id) AND (CAST(:upTo AS text) IS NULL OR p.id > :upTo)";

// What is being sent and what waits come in one look: between two looks an attempt may fail, and a delivery that was being sent
// at the first and waits again at the second would be in neither. A claim leaves the time as it is, so that one which is claimed
// between two steps keeps its place.
const underWay = (sent: 0 | 1, where: string) => `SELECT id, due_at AS key, id AS tie, ${sent} AS sent FROM deliveries
    ${where} AND (due_at, id) > (:key, :tie)`;
const UNDER_WAY = pageSql(
  `SELECT id, key, tie, sent FROM (
    ${underWay(1, "INDEXED BY deliveries_claimed WHERE lane_id = :lane AND state = 'sending'")}
    UNION ALL SELECT id, key, tie, sent FROM (
      ${underWay(0, "INDEXED BY deliveries_due WHERE lane_id = :lane AND state = 'pending'")} ORDER BY due_at, id LIMIT ${PAGE}
    ) AS waiting) AS under_way ORDER BY key, tie LIMIT ${PAGE}`,
  `(p.sent = 1 OR (:tried = 0 AND p.key <= :now) OR (SELECT attempts FROM deliveries d WHERE d.id = p.id) > 0)
  AND ${NOT_LISTED}`,
);

const FAILED_SOURCE = `SELECT id, finished_at AS key, id AS tie FROM deliveries INDEXED BY deliveries_failed
  WHERE lane_id = :lane AND state = 'failed' AND (finished_at, id) > (:key, :tie) ORDER BY finished_at, id LIMIT ${PAGE}`;

const FAILED = pageSql(FAILED_SOURCE, NOT_LISTED);

// A delivery that was retried by hand and given up again is told again: it has another time.
const NOT_LISTED_AS_FAILED =
  "NOT EXISTS (SELECT 1 FROM alert_deliveries t WHERE t.alert_id = :alert AND t.delivery_id = p.id AND t.finished_at = p.key)";

const GIVEN_UP = pageSql(
  FAILED_SOURCE,
  `(SELECT CASE WHEN coalesce(d.fault, '') = 'internal' OR d.reason = 'internal' THEN 'internal'
      WHEN d.reason = 'gone' THEN 'gone' ELSE 'given_up' END
    FROM deliveries d WHERE d.id = p.id) = :kind AND ${NOT_LISTED_AS_FAILED}`,
);

const DELIVERED = pageSql(
  `SELECT id, 0 AS key, id AS tie, lane_id, state, finished_at FROM deliveries INDEXED BY deliveries_customer_id_id_idx
    WHERE customer_id = :customer AND id > :tie ORDER BY id LIMIT ${PAGE}`,
  "p.lane_id = :lane AND p.state = 'delivered' AND p.finished_at >= :since",
);

type Arguments = Readonly<Record<string, SqlValue>>;

// Values are bound by place: the names are replaced by their numbers. Those that the SQL does not name are left out, as
// PostgreSQL refuses a value of which it cannot tell the type.
function numbered(sql: string, named: Arguments): { sql: string; args: SqlValue[] } {
  const names = [...new Set(Array.from(sql.matchAll(/:(\w+)/g), ([, name = ""]) => name))];
  return {
    sql: sql.replaceAll(/:(\w+)/g, (_all, name: string) => `?${names.indexOf(name) + 1}`),
    args: names.map((name) => named[name] ?? null),
  };
}

const lowest = (a: string | null, b: string | null) => (a === null || (b !== null && b < a) ? b : a);
const highest = (a: string | null, b: string | null) => (a === null || (b !== null && b > a) ? b : a);

async function walk(
  database: Database,
  sql: string,
  limit: number,
  from: { key: number; tie: string },
  named: Arguments,
): Promise<Found> {
  let found = NOTHING;
  let { key, tie } = from;
  for (;;) {
    const query = numbered(sql, { ...named, key, tie, room: Math.max(0, limit - found.ids.length) });
    const page = await database.json<Page>(query.sql, ...query.args);
    found = {
      total: found.total + page.total,
      ids: found.ids.concat(page.ids),
      first: lowest(found.first, page.first),
      last: highest(found.last, page.last),
    };
    if (page.rows < PAGE || page.lastKey === null || page.lastTie === null) return found;
    key = page.lastKey;
    tie = page.lastTie;
    await nextTurn();
  }
}

function together(parts: readonly Found[], limit: number): Found {
  const ids = parts.flatMap((part) => part.ids);
  // What was given up between two looks is in both; beyond the limit it counts twice.
  const once = [...new Set(ids)];
  return {
    total: parts.reduce((sum, { total }) => sum + total, 0) - (ids.length - once.length),
    ids: once.slice(0, limit),
    first: parts.reduce<string | null>((id, part) => lowest(id, part.first), null),
    last: parts.reduce<string | null>((id, part) => highest(id, part.last), null),
  };
}

export interface UndeliveredQuery {
  readonly laneId: string;
  readonly now: number;
  /** When the outage began. */
  readonly since: number;
  readonly told: Told;
  /** The lane has sent something since it failed last: what was never tried only waits for its turn. */
  readonly sending: boolean;
  readonly limit: number;
}

/** What has not arrived: waiting (tried or due), being sent, or given up since `since`, less what was told. */
export async function findUndelivered(
  database: Database,
  { laneId, now, since, told, sending: isSending, limit }: UndeliveredQuery,
): Promise<Found> {
  const common = { lane: laneId, alert: told.alertId, upTo: told.upTo };
  const named = { ...common, now, tried: isSending ? 1 : 0 };
  const found = await walk(database, UNDER_WAY, limit, { key: -1, tie: "" }, named);
  // After it: what is given up in between is found here.
  const failed = await walk(database, FAILED, limit, { key: since - 1, tie: LAST }, common);
  return together([failed, found], limit);
}

/** What was given up at or after `since`, of every kind. */
export function findFailed(
  database: Database,
  { laneId, since, limit }: { laneId: string; since: number; limit: number },
): Promise<Found> {
  const named = { lane: laneId, alert: null, upTo: null };
  return walk(database, FAILED, limit, { key: since - 1, tie: LAST }, named);
}

/** What was given up after `after`, of one kind, less what the alert's mails have listed. */
export function findGivenUp(
  database: Database,
  query: {
    laneId: string;
    kind: "given_up" | "internal" | "gone";
    after: number;
    alertId: string | null;
    limit: number;
  },
): Promise<Found> {
  const named = { lane: query.laneId, kind: query.kind, alert: query.alertId };
  return walk(database, GIVEN_UP, query.limit, { key: query.after, tie: LAST }, named);
}

/** After every id. */
const LAST = "\u{10ffff}";

/** A text between this id and the one before it: ids have one length, and no tilde. */
const justBefore = (id: string) => `${id.slice(0, -1)}${String.fromCharCode(id.charCodeAt(id.length - 1) - 1)}~`;

/** What was delivered at or after `since`, among the deliveries from the id `from` on. */
export function findDelivered(
  database: Database,
  query: { laneId: string; customerId: string; from: string; since: number; limit: number },
): Promise<Found> {
  const named = { lane: query.laneId, customer: query.customerId, since: query.since };
  return walk(database, DELIVERED, query.limit, { key: -1, tie: justBefore(query.from) }, named);
}

// An attempt that came late, after its claim was lost, has not set the last error.
const LAST_CODE =
  "(SELECT json(a.report) ->> 'code' FROM attempts a WHERE a.delivery_id = d.id AND a.late = 0 ORDER BY a.number DESC LIMIT 1)";

const LINES = `SELECT json_group_array(json_array(d.id, e.order_number, e.barcode, e.container, e.status_code, e.status,
    e.status_time, json(e.body) -> 'descriptions', d.endpoint_id, d.state, d.reason, d.fault, d.last_error,
    coalesce(${LAST_CODE}, ''), d.attempts, d.finished_at))
  FROM each(?) j JOIN deliveries d ON d.id = j.value JOIN events e ON e.id = d.event_id`;

type LineCells = [
  deliveryId: string,
  order: string,
  barcode: string,
  container: string,
  statusCode: string,
  status: Status,
  statusTime: number,
  descriptions: Record<string, string> | null,
  endpointId: string,
  state: DeliveryState,
  reason: string,
  fault: Fault | null,
  lastError: string,
  code: string,
  attempts: number,
  finishedAt: number | null,
];

function toLine(cells: LineCells): StatusLine {
  const [deliveryId, order, barcode, container, statusCode, status, statusTime, descriptions, endpointId, ...rest] =
    cells;
  const [state, reason, fault, lastError, code, attempts, finishedAt] = rest;
  const event = { order, barcode, container, statusCode, status, statusTime, descriptions: descriptions ?? {} };
  return { deliveryId, ...event, endpointId, state, reason, fault, lastError, code, attempts, finishedAt };
}

/** The statuses of these deliveries, in the order of their ids; those that retention has taken are left out. */
export async function statusLines(database: Database, ids: readonly string[]): Promise<StatusLine[]> {
  const sorted = [...ids].sort();
  const lines: StatusLine[] = [];
  for (let at = 0; at < sorted.length; at += LINES_PAGE) {
    if (at > 0) await nextTurn();
    const page = await database.json<LineCells[]>(LINES, sorted.slice(at, at + LINES_PAGE));
    for (const cells of page) lines.push(toLine(cells));
  }
  return lines;
}

/** Whether a delivery of the lane could go now, or is on its way. */
export async function hasDue(database: Database, laneId: string, now: number): Promise<boolean> {
  const { due } = await database.json<{ due: number | boolean }>(
    `SELECT json_object('due',
      EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_due WHERE lane_id = ?1 AND state = 'pending' AND due_at <= ?2)
      OR EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_claimed WHERE lane_id = ?1 AND state = 'sending'))`,
    laneId,
    now,
  );
  return Boolean(due);
}
