import { wallAt } from "../time.js";
import type { WriteKind } from "./commits.js";
import type { ColumnType, Database, SqlValue, Statement } from "./database.js";

/** How much went through. */
export interface TrafficCounts {
  /** Published. */
  events: number;
  /** Made of events, replays included. */
  deliveries: number;
  delivered: number;
  /** Given up. */
  failed: number;
  failedAttempts: number;
}

export type Period = "minute" | "day";

/** What went through in one minute or day. */
export interface TrafficRow extends TrafficCounts {
  /** "": of all customers together. */
  readonly customer: string;
  readonly period: Period;
  /** Epoch ms of its beginning; of a day of the service's time zone: of the same day in UTC. */
  readonly at: number;
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** How far back the minutes of one customer are kept, and those of all together. */
export const CUSTOMER_MINUTES = 180;
const ALL_MINUTES = 2 * 24 * 60;
export const KEPT_DAYS = 400;

export const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/** The day that a moment lies in, as rows name it. */
export const dayOf = (at: number, timeZone: string): number => Math.floor(wallAt(at, timeZone) / DAY_MS) * DAY_MS;

const ADD = `WITH r(customer, period, at, events, deliveries, delivered, failed, failed_attempts) AS (:table)
  INSERT INTO traffic (customer_id, period, at, events, deliveries, delivered, failed, failed_attempts)
  SELECT customer, period, at, events, deliveries, delivered, failed, failed_attempts FROM r WHERE true
  ON CONFLICT (customer_id, period, at) DO UPDATE SET events = traffic.events + excluded.events,
    deliveries = traffic.deliveries + excluded.deliveries, delivered = traffic.delivered + excluded.delivered,
    failed = traffic.failed + excluded.failed, failed_attempts = traffic.failed_attempts + excluded.failed_attempts`;
const COLUMNS: readonly ColumnType[] = [
  ...(["text", "text", "integer"] as const),
  ...(["integer", "integer", "integer", "integer", "integer"] as const),
];

const placeOf = ({ customer, period, at }: TrafficRow): string => `${customer}\n${period}\n${at}`;

function addStatement(rows: readonly TrafficRow[]): Statement {
  // In one order: two processes that add to the same rows wait for each other, and never both.
  const sorted = rows.map((row) => [placeOf(row), row] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const table = sorted.map(([, row]): SqlValue[] => [
    row.customer,
    row.period,
    row.at,
    row.events,
    row.deliveries,
    row.delivered,
    row.failed,
    row.failedAttempts,
  ]);
  return { sql: ADD, columns: COLUMNS, table };
}

/** Rows of different minutes, days and customers, with a commit that is made for others: no fsync of its own. */
export const counting: WriteKind<readonly TrafficRow[], void> = {
  rank: 3,
  patienceMs: 1_000,
  statements: (sets) => sets.map(addStatement),
  results: (_cells, sets) => sets.map(() => undefined),
};

/** Adds to what was counted before, in a transaction of its own. */
export const addTraffic = (database: Database, rows: readonly TrafficRow[]): Promise<void> =>
  database.batch([addStatement(rows)]);

type Cells = [number, number, number, number, number, number];

/** What went through since then, by minutes or days that had something, the oldest first. `customer`: "" for all. */
export async function readTraffic(
  database: Database,
  customer: string,
  period: Period,
  from: number,
): Promise<(TrafficCounts & { readonly at: number })[]> {
  const rows = await database.json<Cells[]>(
    `SELECT json_group_array(json_array(at, events, deliveries, delivered, failed, failed_attempts)) FROM
      (SELECT * FROM traffic WHERE customer_id = ? AND period = ? AND at >= ? ORDER BY at) AS found`,
    customer,
    period,
    from,
  );
  return rows.map(([at, events, deliveries, delivered, failed, failedAttempts]) => ({
    at,
    events,
    deliveries,
    delivered,
    failed,
    failedAttempts,
  }));
}

/** Deletes what is older than it is kept. */
export async function forgetTraffic(database: Database, now: number): Promise<void> {
  const minutes = "DELETE FROM traffic WHERE period = 'minute' AND at < ?";
  await database.batch([
    { sql: minutes, args: [now - ALL_MINUTES * MINUTE_MS] },
    { sql: `${minutes} AND customer_id <> ''`, args: [now - CUSTOMER_MINUTES * MINUTE_MS] },
    { sql: "DELETE FROM traffic WHERE period = 'day' AND at < ?", args: [now - KEPT_DAYS * DAY_MS] },
  ]);
}
