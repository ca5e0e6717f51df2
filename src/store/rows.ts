import { setImmediate as turn } from "node:timers/promises";
import { InputError } from "../errors.js";
import type { Database, SqlValue } from "./database.js";

/** Rows that one look at the database may read, and rows that one transaction may change: others wait that long. */
const WINDOW = 2000;
export const SET = 500;
const MAX_PAGE = 500;

/** One page of a list; `next` is the cursor of the page after it, null at the end. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** What a list is asked for; both come from outside. */
export interface PageRequest {
  readonly cursor?: string | undefined;
  /** 1 to 500; 100 when left out. */
  readonly limit?: number | undefined;
}

const encodeCursor = (id: string): string => Buffer.from(id).toString("base64url");

/** Ids of rows that are numbered; other lists go by names that may be anything. */
const NUMBERED = /^(evt|dlv|ep|cb|key|aud|pur|usr)_/;

/** The id after which a page goes on; throws InputError for a cursor that no list has given. `named`: of a list by name. */
export function decodeCursor(cursor: string, named = false): string {
  const id = Buffer.from(cursor.slice(0, 1000), "base64url").toString();
  if (id === "" || encodeCursor(id) !== cursor || (!named && !NUMBERED.test(id))) {
    throw InputError.invalid([{ path: "/cursor", message: "is not a cursor that a list has given" }]);
  }
  return id;
}

/** The limit as a number from 1 to 500. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(Math.trunc(limit ?? 100), 1), MAX_PAGE);
}

/** Cuts a page of `limit` out of rows that were asked for one more. */
export function toPage<R, T>(rows: readonly R[], limit: number, idOf: (row: R) => string, map: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(map), next: rows.length > limit && last ? encodeCursor(idOf(last)) : null };
}

/** Lets requests and sends go on between two looks at a database that answers without ever yielding. */
export const letOthersRun = (): Promise<void> => turn();

/** A condition with its arguments; conditions are joined by AND. */
export interface Condition {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}

/** The columns that may be asked about; an event's body, which can be large, is not read to skip its row. */
const COLUMNS = {
  deliveries: "id, event_id, endpoint_id, lane_id, customer_id, order_number, state, fault, created_at",
  events: "id, customer_id, external_id, order_number, status_code, status, status_time, received_at",
  audit: "id, at, customer_id, subject",
} as const;

export interface Scan {
  readonly table: keyof typeof COLUMNS;
  /** What an index answers; the scan goes through these rows, newest first, by their id. */
  readonly base: readonly Condition[];
  /** What each of those rows must also be. */
  readonly filter: readonly Condition[];
  /** Rows whose time is before it are not wanted, and end the scan once a day's worth of clock change is passed. */
  readonly from?: { readonly column: "created_at" | "received_at" | "at"; readonly at: number } | undefined;
}

interface Window {
  readonly last: string | null;
  readonly scanned: number;
  readonly newest: number | null;
  readonly ids: string[];
}

const DAY_MS = 86_400_000;

/** All of the conditions as one. */
export function joined(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(" AND ") || "true",
    args: conditions.flatMap(({ args }) => [...args]),
  };
}

/**
 * Yields the ids that fit, newest first, in sets of at most `size`, reading a bounded window of rows at a time: a
 * filter that few of millions of rows fit takes long, but holds nobody else up. Rows made after the start are left out
 * as ids grow.
 */
export async function* scanIds(
  database: Database,
  scan: Scan,
  size: number,
  after?: string,
): AsyncGenerator<string[], void> {
  const base = joined(scan.base);
  const filter = joined(scan.filter);
  const time = scan.from?.column ?? "CAST(NULL AS bigint)";
  const sql = `WITH seen AS MATERIALIZED (SELECT ${COLUMNS[scan.table]} FROM ${scan.table} WHERE ${base.sql} AND id < ? ORDER BY id DESC LIMIT ?)
    SELECT json_object('last', (SELECT min(id) FROM seen), 'scanned', (SELECT count(*) FROM seen),
      'newest', (SELECT max(${time}) FROM seen),
      'ids', (SELECT json_group_array(id) FROM (SELECT id FROM seen WHERE ${filter.sql} ORDER BY id DESC LIMIT ?) AS fitting))`;
  let before = after ?? "\u{10ffff}";
  for (;;) {
    const { last, scanned, newest, ids } = await database.json<Window>(
      sql,
      ...base.args,
      before,
      WINDOW,
      ...filter.args,
      size,
    );
    if (ids.length > 0) yield ids;
    const full = ids.length === size ? ids.at(-1) : undefined;
    if (full === undefined && (scanned < WINDOW || last === null)) return;
    if (scan.from && newest !== null && newest < scan.from.at - DAY_MS) return;
    before = full ?? last ?? before;
    await letOthersRun();
  }
}

/** The first `limit` ids that fit, newest first, after the cursor. */
export async function firstIds(database: Database, scan: Scan, limit: number, cursor?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const ids of scanIds(database, scan, limit, cursor && decodeCursor(cursor))) {
    found.push(...ids.slice(0, limit - found.length));
    if (found.length >= limit) break;
  }
  return found;
}
