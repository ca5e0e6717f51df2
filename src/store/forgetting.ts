import type { Database, Statement } from "./database.js";
import { letOthersRun } from "./rows.js";

/** Deliveries of one transaction: a few milliseconds, so that the road never waits for it. */
const DELIVERIES = 200;
/** Chunks of one transaction: 2 MiB. */
const CHUNKS = 8;
/** What comes loose stays so long: whoever has seen it kept has committed by then what relies on it, or never will. */
const LOOSE_MS = 600_000;

const OF_EVENTS = "(SELECT value FROM each(?1))";
const OF_DELIVERIES = "(SELECT value FROM each(?1))";

// The body of a batch is kept by one of its deliveries: the first that stays gets it, and the others look there.
const HEIR = `(SELECT a.delivery_id AS old, a.sha256 AS sha256, max(a.body) AS body, min(m.delivery_id) AS heir
  FROM attempts a JOIN attempts m ON m.keeper = a.delivery_id AND m.sha256 = a.sha256
  WHERE a.delivery_id IN ${OF_DELIVERIES} AND a.body IS NOT NULL AND m.delivery_id NOT IN ${OF_DELIVERIES}
  GROUP BY a.delivery_id, a.sha256)`;
const HAND_ON = [
  `UPDATE attempts SET keeper = k.heir FROM ${HEIR} k
    WHERE attempts.keeper = k.old AND attempts.sha256 = k.sha256 AND attempts.delivery_id <> k.heir`,
  `UPDATE attempts SET body = k.body, keeper = NULL FROM ${HEIR} k
    WHERE attempts.keeper = k.old AND attempts.sha256 = k.sha256 AND attempts.delivery_id = k.heir`,
];

const FORGET_BODIES = `UPDATE attempts SET body = NULL, keeper = NULL, forgotten_at = ?2,
  report = json_merged(report, '{"response":"","headers":[]}') WHERE delivery_id IN ${OF_DELIVERIES} AND forgotten_at IS NULL`;

// What a batch carried of these stands in the one body that all of it share, whoever keeps it.
const BATCH_BODIES = `(SELECT delivery_id AS id, sha256 FROM attempts WHERE delivery_id IN ${OF_DELIVERIES} AND body IS NOT NULL
  UNION SELECT keeper, sha256 FROM attempts WHERE delivery_id IN ${OF_DELIVERIES} AND keeper IS NOT NULL)`;
const FORGET_BATCHES = [
  `UPDATE attempts SET forgotten_at = ?2, report = json_merged(report, '{"response":"","headers":[]}') FROM ${BATCH_BODIES} k
    WHERE attempts.keeper = k.id AND attempts.sha256 = k.sha256`,
  `UPDATE attempts SET body = NULL, forgotten_at = ?2, report = json_merged(report, '{"response":"","headers":[]}')
    FROM (SELECT DISTINCT keeper AS id, sha256 FROM attempts WHERE delivery_id IN ${OF_DELIVERIES} AND keeper IS NOT NULL) k
    WHERE attempts.delivery_id = k.id AND attempts.sha256 = k.sha256`,
];

// What a lane last failed of may be one of these, and name its file cut short or as the receiver wrote it.
const FORGET_FAILURES = `UPDATE lanes SET failure_text = '' WHERE failure_text <> ''
  AND id IN (SELECT lane_id FROM deliveries WHERE id IN ${OF_DELIVERIES} AND attempts > 0)`;

const DELETE_DELIVERIES = [
  `DELETE FROM attempts WHERE delivery_id IN ${OF_DELIVERIES}`,
  `DELETE FROM file_names WHERE delivery_id IN ${OF_DELIVERIES}`,
  `DELETE FROM deliveries WHERE id IN ${OF_DELIVERIES}`,
];

const COME_LOOSE = [
  `INSERT INTO loose_contents (sha256, since) SELECT DISTINCT held.sha256, CAST(?2 AS bigint) FROM event_contents held
    WHERE held.event_id IN ${OF_EVENTS} AND NOT EXISTS (SELECT 1 FROM event_contents c
      WHERE c.sha256 = held.sha256 AND c.event_id NOT IN ${OF_EVENTS}) ON CONFLICT DO NOTHING`,
  `DELETE FROM event_contents WHERE event_id IN ${OF_EVENTS}`,
];

/** Members of an event's body that say what it carried stay: hash, length and kind of each picture. */
const FORGET_EVENTS = `UPDATE events SET overdue = NULL,
  body = json_merged(body, '{"comment":""}') WHERE id IN ${OF_EVENTS}`;

/** Several processes forget at the same time, and what one lets go of the other may hold: one after the other. */
const NAME = "forgetting";

const deliveriesOf = (database: Database, events: readonly string[]) =>
  database.json<string[]>(`SELECT json_group_array(id) FROM deliveries WHERE event_id IN ${OF_EVENTS}`, events);

const each = (sqls: readonly string[], ...args: (readonly string[] | string | number)[]): Statement[] =>
  // A statement gets those of the values that it names: PostgreSQL takes no more.
  sqls.map((sql) => ({ sql, args: sql.includes("?2") ? args : args.slice(0, 1) }));

async function inSets(ids: readonly string[], work: (set: readonly string[]) => Promise<void>): Promise<void> {
  for (let at = 0; at < ids.length; at += DELIVERIES) {
    await work(ids.slice(at, at + DELIVERIES));
    await letOthersRun();
  }
}

// From here on nobody can make them pending again; one that is cut short is found by its mark.
const MARK = `UPDATE events SET overdue = 1, payload_forgotten_at = coalesce(payload_forgotten_at, ?2)
  WHERE id IN ${OF_EVENTS} AND NOT EXISTS (SELECT 1 FROM deliveries d
    WHERE d.event_id = events.id AND d.state IN ('pending', 'sending'))`;
const MARKED = `SELECT json_group_array(id) FROM events WHERE id IN ${OF_EVENTS} AND overdue IS NOT NULL
  AND payload_forgotten_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries d
    WHERE d.event_id = events.id AND d.state IN ('pending', 'sending'))`;

/** Those of the events that have nothing pending, marked so that it stays so. */
async function settled(database: Database, events: readonly string[], now: number): Promise<string[]> {
  if (events.length === 0) return [];
  await database.batch(each([MARK], events, now));
  return database.json<string[]>(MARKED, events);
}

export interface DeleteOptions {
  /** Bodies that others of a batch share, and what their lanes last failed of, are forgotten too: they can hold it. */
  readonly thoroughly?: boolean;
}

/** How many rows went. */
export interface Deleted {
  readonly events: number;
  readonly deliveries: number;
  readonly attempts: number;
}

/**
 * Deletes events with all that hangs on them in small sets, those that have something pending left out; their pictures come
 * loose. An event that is cut short goes with the next call.
 */
export async function deleteEvents(
  database: Database,
  wanted: readonly string[],
  now: number,
  { thoroughly = false }: DeleteOptions = {},
): Promise<Deleted> {
  const events = await settled(database, wanted, now);
  if (events.length === 0) return { events: 0, deliveries: 0, attempts: 0 };
  const deliveries = await deliveriesOf(database, events);
  let attempts = 0;
  await inSets(deliveries, async (set) => {
    const before = each(thoroughly ? [...FORGET_BATCHES, FORGET_FAILURES] : HAND_ON, set, now);
    const changed = await database.batchJson([...before, ...each(DELETE_DELIVERIES, set)]);
    attempts += changed[before.length] as number;
  });
  const statements = each([...COME_LOOSE, `DELETE FROM events WHERE id IN ${OF_EVENTS}`], events, now);
  await database.exclusive(NAME, () => database.batch(statements));
  return { events: events.length, deliveries: deliveries.length, attempts };
}

/**
 * Forgets what events carried and their attempts sent, those that have something pending left out, and keeps the record:
 * who, when, how, hash and size. Returns how many.
 */
export async function forgetPayloads(database: Database, wanted: readonly string[], now: number): Promise<number> {
  const events = await settled(database, wanted, now);
  if (events.length === 0) return 0;
  await inSets(await deliveriesOf(database, events), (set) =>
    database.batch(each([...HAND_ON, FORGET_BODIES], set, now)),
  );
  await database.exclusive(NAME, () => database.batch(each([...COME_LOOSE, FORGET_EVENTS], events, now)));
  return events.length;
}

// The row of a loose content is what its deletion and a publisher that takes it up wait for each other by.
const SWEEP_LOOSE = [
  "UPDATE loose_contents SET since = since WHERE sha256 = ?1",
  `DELETE FROM content_chunks WHERE sha256 = ?1 AND seq IN (SELECT c.seq FROM content_chunks c
    JOIN loose_contents l ON l.sha256 = c.sha256 WHERE c.sha256 = ?1
    AND NOT EXISTS (SELECT 1 FROM event_contents e WHERE e.sha256 = c.sha256) ORDER BY c.seq LIMIT ${CHUNKS})`,
  `DELETE FROM loose_contents WHERE sha256 = ?1 AND (NOT EXISTS (SELECT 1 FROM content_chunks c WHERE c.sha256 = ?1)
    OR EXISTS (SELECT 1 FROM event_contents e WHERE e.sha256 = ?1))`,
];

/** Deletes contents that no event holds and that came loose ten minutes ago. Returns how many. */
export async function deleteLoose(database: Database, now: number, stopped = () => false): Promise<number> {
  let count = 0;
  while (!stopped()) {
    const found = await database.json<string[]>(
      "SELECT json_group_array(sha256) FROM (SELECT sha256 FROM loose_contents WHERE since <= ? ORDER BY since LIMIT 50) AS old",
      now - LOOSE_MS,
    );
    if (found.length === 0) break;
    for (const sha256 of found) {
      const left = () => database.json<number>("SELECT count(*) FROM loose_contents WHERE sha256 = ?", sha256);
      do {
        await database.exclusive(NAME, () => database.batch(each(SWEEP_LOOSE, sha256)));
        await letOthersRun();
      } while (!stopped() && (await left()) > 0);
      count++;
    }
  }
  return count;
}
