import type { Database } from "./database.js";

/** What another process, or this one, has changed. */
export interface Change {
  readonly id: number;
  readonly kind: "endpoint" | "customer" | "status" | "key";
  /** Id of the endpoint, customer or key, code of the status. */
  readonly subject: string;
  readonly customer: string | null;
  readonly laneId: string | null;
}

/**
 * A transaction may commit after a later number has been seen: so far back all are read again, and those that were seen
 * are left out.
 */
const LOOK_BACK_MS = 30_000;
const MOST = 5_000;
const KEPT_MS = 3_600_000;

/** Who has looked within this has seen all that was deleted since, late commits too, with something to spare. */
const SAFE_MS = KEPT_MS - 2 * LOOK_BACK_MS;

const reading = (now: string) => `SELECT json_array(${now}, json_group_array(json_array(id, kind, subject, customer_id,
  lane_id, at))) FROM (SELECT * FROM changes WHERE id > ? ORDER BY id LIMIT ${MOST}) AS found`;

type Cells = [
  id: number,
  kind: Change["kind"],
  subject: string,
  customer: string | null,
  laneId: string | null,
  at: number,
];

/**
 * Where to begin: with those of the last moments, for one with a lower number than the newest may not be committed yet.
 * What this process has read meanwhile may be told once more, which does no harm.
 */
const beginning = (now: string) => `SELECT json_array(${now}, coalesce((SELECT id FROM changes
  WHERE at < ${now} - ${LOOK_BACK_MS} ORDER BY id DESC LIMIT 1), 0))`;

/** Follows the changes that triggers note in a PostgreSQL, from now on. */
export interface Changes {
  /**
   * Those that were not returned before, the oldest first. null, and on from now: this process has not looked for so long
   * that some may have been deleted unread. By the database's clock: a machine that sleeps counts no time.
   */
  next(): Promise<Change[] | null>;
  /** Deletes those that every process has read long ago. */
  forgetOld(): Promise<void>;
}

export async function followChanges(database: Database): Promise<Changes> {
  const now = database.nowSql ?? "0";
  const begin = () => database.json<[at: number, after: number]>(beginning(now));
  let [readAt, after] = await begin();
  /** The number of each that was seen lately, and when it was noted. */
  const seen = new Map<number, number>();
  return {
    async next() {
      const [at, rows] = await database.json<[number, Cells[]]>(reading(now), after);
      if (at - readAt > SAFE_MS) {
        [readAt, after] = await begin();
        seen.clear();
        return null;
      }
      // After a full page there are more, of any age.
      if (rows.length < MOST) readAt = at;
      const fresh = rows.filter(([id]) => !seen.has(id));
      for (const [id, , , , , at] of fresh) seen.set(id, at);
      const newest = Math.max(0, ...rows.map(([, , , , , at]) => at));
      // What comes after a full page would never be seen: half of it is not read again, however late others commit.
      const passed = rows.length === MOST ? (rows[MOST >> 1]?.[0] ?? 0) : 0;
      for (const [id, at] of seen) {
        if (id > passed && at >= newest - LOOK_BACK_MS) continue;
        seen.delete(id);
        after = Math.max(after, id);
      }
      return fresh.map(([id, kind, subject, customer, laneId]) => ({ id, kind, subject, customer, laneId }));
    },
    forgetOld: () => database.batch([{ sql: `DELETE FROM changes WHERE at < ${now} - ${KEPT_MS}`, args: [] }]),
  };
}
