import { setImmediate as turn } from "node:timers/promises";
import { InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Database, SqlValue } from "./database.js";
import { idBefore } from "./id-times.js";

/** Rows that one look at the database may read, and rows that one transaction may change: others wait that long. */
const WINDOW = 2000;
export const SET = 500;
const MAX_PAGE = 500;

/** One page of a list; `next` is the cursor of the page after it, null at the end. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
  /**
   * Rows made after it (epoch ms) were looked at, and older ones were not: the page has as many as were found among so
   * many rows, and `next` searches on. Absent: the page is full, or nothing more fits.
   */
  readonly searchedTo?: number;
}

/** What a list is asked for; both come from outside. */
export interface PageRequest {
  readonly cursor?: string | undefined;
  /** 1 to 500; 100 when left out. */
  readonly limit?: number | undefined;
}

/** The cursor of a page after the row of this id. */
export const encodeCursor = (id: string): string => Buffer.from(id).toString("base64url");

/** Ids of rows that are numbered; other lists go by names that may be anything. */
const NUMBERED = /^(evt|dlv|ep|cb|key|aud|pur|usr)_/;

/** The id after which a page goes on; throws InputError for a cursor that no list has given. `named`: of a list by name. */
export function decodeCursor(cursor: string, named = false): string {
  const id = Buffer.from(cursor.slice(0, 1000), "base64url").toString();
  if (id === "" || encodeCursor(id) !== cursor || (!named && !NUMBERED.test(id))) {
    throw InputError.invalid([fault("/cursor", "cursor")]);
  }
  return id;
}

/** The limit as a number from 1 to 500. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(Math.trunc(limit ?? 100), 1), MAX_PAGE);
}

/** Cuts a page of `limit` out of rows that were asked for one more. `stopped`: where the search for them was broken off. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  idOf: (row: R) => string,
  map: (row: R) => T,
  stopped: Stopped | null = null,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(map);
  if (rows.length > limit && last) return { items, next: encodeCursor(idOf(last)) };
  return stopped ? { items, next: encodeCursor(stopped.id), searchedTo: stopped.at } : { items, next: null };
}

/** Lets requests and sends go on between two looks at a database that answers without ever yielding. */
export const letOthersRun = (): Promise<void> => turn();

/** A condition with its arguments; conditions are joined by AND. */
export interface Condition {
  readonly sql: string;
  readonly args: readonly (SqlValue | readonly string[])[];
}

/** The columns that may be asked about; an event's body, which can be large, is not read to skip its row. */
const COLUMNS = {
  deliveries:
    "id, event_id, endpoint_id, lane_id, customer_id, order_number, state, reason, fault, last_error, created_at",
  events:
    "id, customer_id, external_id, order_number, barcode, container, status_code, status, status_time, received_at",
  audit: "id, at, customer_id, subject",
} as const;

/** When a row was made. */
const TIMES = { deliveries: "created_at", events: "received_at", audit: "at" } as const;

export interface Scan {
  readonly table: keyof typeof COLUMNS;
  /** What an index answers; the scan goes through these rows, newest first, by their id. */
  readonly base: readonly Condition[];
  /** What each of those rows must also be. */
  readonly filter: readonly Condition[];
  /** Rows made before it are not wanted, and end the scan once a day's worth of clock change is passed. */
  readonly from?: number | undefined;
  /** Nor are rows made from it on: the scan begins after them. */
  readonly to?: number | undefined;
}

interface Window {
  readonly last: string | null;
  readonly scanned: number;
  readonly newest: number | null;
  readonly oldest: number | null;
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

/** The common table expression of a window of rows, as `seen`: its arguments are those of `base`, the id before, the number. */
export function windowOf({ table, base }: Pick<Scan, "table" | "base">): string {
  return `WITH seen AS MATERIALIZED (SELECT ${COLUMNS[table]} FROM ${table} WHERE ${joined(base).sql} AND id < ? ORDER BY id DESC LIMIT ?)`;
}

/** Where a scan was broken off: the last row that it looked at, and when that was made. */
export interface Stopped {
  readonly id: string;
  readonly at: number;
}

/** How far a scan goes: left out, to its end. */
export interface Bounds {
  /** The id before which it begins. */
  readonly after?: string | undefined;
  /** So many rows that fit. */
  readonly limit?: number | undefined;
  /** About so many rows that are looked at. */
  readonly looks?: number | undefined;
}

/** A scan under way. */
export interface Walk {
  /** The ids that fit, newest first, in sets. */
  readonly sets: AsyncGenerator<string[], void>;
  /** Once the sets are through: where it was broken off; null: there is nothing more. */
  stopped(): Stopped | null;
}

/** Before every id. */
const FIRST = "\u{10ffff}";

/** The id before which a scan begins that is wanted from `to` back only. */
export async function startOf(database: Database, { table, to }: Scan): Promise<string> {
  return (to === undefined ? undefined : await idBefore(database, table, TIMES[table], to + DAY_MS)) ?? FIRST;
}

/**
 * Goes through the rows that fit, newest first, in sets of at most `size`, reading a bounded window of rows at a time: a
 * filter that few of millions of rows fit takes long, but holds nobody else up. Rows made after the start are left out
 * as ids grow.
 */
export function walk(database: Database, scan: Scan, size: number, bounds: Bounds = {}): Walk {
  const { after, limit = Number.POSITIVE_INFINITY, looks = Number.POSITIVE_INFINITY } = bounds;
  const base = joined(scan.base);
  const filter = joined(scan.filter);
  const time = TIMES[scan.table];
  const sql = `${windowOf(scan)}
    SELECT json_object('last', (SELECT min(id) FROM seen), 'scanned', (SELECT count(*) FROM seen),
      'newest', (SELECT max(${time}) FROM seen), 'oldest', (SELECT min(${time}) FROM seen),
      'ids', (SELECT json_group_array(id) FROM (SELECT id FROM seen WHERE ${filter.sql} ORDER BY id DESC LIMIT ?) AS fitting))`;
  let stopped: Stopped | null = null;

  async function* sets(): AsyncGenerator<string[], void> {
    let before = after ?? (await startOf(database, scan));
    let found = 0;
    let looked = 0;
    for (;;) {
      const wanted = Math.min(size, limit - found);
      const { last, scanned, newest, oldest, ids } = await database.json<Window>(
        sql,
        ...base.args,
        before,
        WINDOW,
        ...filter.args,
        wanted,
      );
      if (ids.length > 0) yield ids;
      found += ids.length;
      looked += scanned;
      const full = ids.length === wanted ? ids.at(-1) : undefined;
      if (full === undefined && (scanned < WINDOW || last === null)) return;
      if (scan.from !== undefined && newest !== null && newest < scan.from - DAY_MS) return;
      before = full ?? last ?? before;
      if (found >= limit || looked >= looks) {
        stopped = { id: before, at: oldest ?? 0 };
        return;
      }
      await letOthersRun();
    }
  }
  return { sets: sets(), stopped: () => stopped };
}

/** The ids of all that fit, as `walk` finds them. */
export function scanIds(database: Database, scan: Scan, size: number, after?: string): AsyncGenerator<string[], void> {
  return walk(database, scan, size, { after }).sets;
}

/** Rows that one page may look at: it answers in time, whatever is asked for among however many. */
const LOOKS = 20_000;

/** The first `limit` ids that fit, newest first, after the cursor, and where the search for more was broken off. */
export async function firstIds(
  database: Database,
  scan: Scan,
  limit: number,
  cursor?: string,
): Promise<{ readonly ids: string[]; readonly stopped: Stopped | null }> {
  const ids: string[] = [];
  const walked = walk(database, scan, limit, { after: cursor && decodeCursor(cursor), limit, looks: LOOKS });
  for await (const set of walked.sets) ids.push(...set);
  return { ids, stopped: ids.length < limit ? walked.stopped() : null };
}
