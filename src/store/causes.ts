import type { Fault } from "../errors.js";
import type { Database } from "./database.js";
import { type DeliveryFilter, deliveryScan } from "./delivery-scan.js";
import { joined, letOthersRun, startOf, windowOf } from "./rows.js";

/** Deliveries that failed at one endpoint in one way. */
export interface Cause {
  readonly customer: string;
  readonly endpointId: string;
  readonly endpointName: string;
  readonly transport: string;
  readonly fault: Fault | null;
  /** Of the last attempt, such as `http_503`; empty where there was none. */
  readonly code: string;
  /** Why they were given up, where all have the same reason. */
  readonly reason: string;
  /** Of the newest. */
  readonly lastError: string;
  readonly count: number;
  /** The newest delivery, and when the newest and the oldest were made. */
  readonly newestId: string;
  readonly newestAt: number;
  readonly oldestAt: number;
}

/** The causes of what was looked at, the most frequent first. */
export interface Causes {
  readonly items: readonly Cause[];
  /** Older ones were not looked at; null: all were. */
  readonly searchedTo: number | null;
}

const WINDOW = 2000;
/** Deliveries that are looked at: as many as a page can wait for (`bench -- console`). */
const LOOKS = 12_000;
/** Different texts of errors; what comes beyond them is left out of the list, and its deliveries stay as they are. */
const MOST = 1000;

interface Group {
  readonly endpointId: string;
  readonly fault: Fault | null;
  readonly reason: string;
  readonly lastError: string;
  readonly count: number;
  readonly newestId: string;
  readonly newestAt: number;
  readonly oldestAt: number;
}

interface Window {
  readonly last: string | null;
  readonly scanned: number;
  readonly oldest: number | null;
  readonly groups: readonly Group[];
}

const GROUPS = `SELECT json_group_array(json_object('endpointId', endpoint_id, 'fault', fault, 'reason', reason, 'lastError', last_error,
    'count', count, 'newestId', newest, 'newestAt', newest_at, 'oldestAt', oldest_at)) FROM
  (SELECT endpoint_id, fault, reason, last_error, count(*) AS count, max(id) AS newest, max(created_at) AS newest_at,
    min(created_at) AS oldest_at FROM seen WHERE `;

// The code stands in what the last attempt that counted has reported.
const ABOUT = `SELECT json_group_array(json_array(d.id, d.customer_id, coalesce(p.name, ''),
    coalesce(json_text(json_text(p.settings, 'transport'), 'type'), ''),
    coalesce((SELECT json_text(a.report, 'code') FROM attempts a WHERE a.delivery_id = d.id AND a.late = 0
      ORDER BY a.number DESC LIMIT 1), '')))
  FROM each(?) w JOIN deliveries d ON d.id = w.value LEFT JOIN endpoints p ON p.id = d.endpoint_id`;

type About = [id: string, customer: string, name: string, transport: string, code: string];

function add(groups: Map<string, Group>, group: Group): void {
  const key = JSON.stringify([group.endpointId, group.fault, group.reason, group.lastError]);
  const known = groups.get(key);
  if (!known) {
    if (groups.size < MOST) groups.set(key, group);
    return;
  }
  // The newest come first.
  groups.set(key, { ...known, count: known.count + group.count, oldestAt: Math.min(known.oldestAt, group.oldestAt) });
}

/** Groups whose errors differ in their text alone are of one cause. */
function together(groups: readonly Group[], about: ReadonlyMap<string, About>): Cause[] {
  const causes = new Map<string, Cause>();
  for (const group of [...groups].sort((a, b) => (a.newestId < b.newestId ? 1 : -1))) {
    const [, customer = "", endpointName = "", transport = "", code = ""] = about.get(group.newestId) ?? [];
    const { endpointId, fault, lastError } = group;
    const key = JSON.stringify([endpointId, fault, code === "" ? lastError : code]);
    const known = causes.get(key);
    causes.set(
      key,
      known
        ? {
            ...known,
            reason: known.reason === group.reason ? known.reason : "",
            count: known.count + group.count,
            oldestAt: Math.min(known.oldestAt, group.oldestAt),
          }
        : { ...group, customer, endpointName, transport, code },
    );
  }
  return [...causes.values()].sort((a, b) => b.count - a.count || (a.newestId < b.newestId ? 1 : -1));
}

/** Why the newest of the deliveries that fit have failed, or wait to be tried again: `state` failed (the default) or pending. */
export async function causesOf(database: Database, given: DeliveryFilter): Promise<Causes> {
  const scan = deliveryScan({ ...given, state: given.state ?? "failed" });
  const base = joined(scan.base);
  const filter = joined([
    ...scan.filter,
    { sql: "last_error <> '' OR fault IS NOT NULL OR state = 'failed'", args: [] },
  ]);
  const sql = `${windowOf(scan)}
    SELECT json_object('last', (SELECT min(id) FROM seen), 'scanned', (SELECT count(*) FROM seen),
      'oldest', (SELECT min(created_at) FROM seen),
      'groups', (${GROUPS}${filter.sql} GROUP BY endpoint_id, fault, reason, last_error) AS grouped))`;
  const groups = new Map<string, Group>();
  let before = await startOf(database, scan);
  let searchedTo: number | null = null;
  for (let looked = 0; ; ) {
    const args = [...base.args, before, WINDOW, ...filter.args];
    const { last, scanned, oldest, groups: found } = await database.json<Window>(sql, ...args);
    for (const group of found) add(groups, group);
    looked += scanned;
    if (scanned < WINDOW || last === null) break;
    if (scan.from !== undefined && oldest !== null && oldest < scan.from) break;
    if (looked >= LOOKS) {
      searchedTo = oldest;
      break;
    }
    before = last;
    await letOthersRun();
  }
  const newest = [...groups.values()].map(({ newestId }) => newestId);
  const rows = newest.length === 0 ? [] : await database.json<About[]>(ABOUT, newest);
  return { items: together([...groups.values()], new Map(rows.map((row) => [row[0], row]))), searchedTo };
}
