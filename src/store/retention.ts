import { createHash } from "node:crypto";
import type { Database } from "./database.js";
import { deleteEvents, deleteLoose, forgetPayloads } from "./forgetting.js";
import { forgetDetails } from "./forgetting-details.js";
import { letOthersRun } from "./rows.js";
import { IDLE_MS } from "./sessions.js";

/** Events of one look: a few milliseconds, so that the road never waits for it. */
const AT_ONCE = 200;
const DAY_MS = 86_400_000;
/** Rows of `meta`: how far the events of each term are gone through, and for which terms. */
const MARK = "keeping/";
const TERMS = `${MARK}terms`;

/** How long the service keeps what its customers say nothing of; null: for ever. */
export interface KeepingDefaults {
  readonly retentionDays: number | null;
  /** What was sent, and what came with an event; null: as long as the event. */
  readonly payloadDays: number | null;
}

export interface Forgotten {
  readonly events: number;
  readonly payloads: number;
}

type What = "event" | "payload";

/** Customers whose events, payloads or orders' details are kept for the same time. */
interface Term<Of = What> {
  readonly what: Of;
  readonly days: number;
  /** null: all but those of `others`. */
  readonly customers: readonly string[] | null;
  readonly others: readonly string[];
}

type Own = [customer: string, retentionDays: number | null, payloadDays: number | null];

const OWN = `SELECT json_group_array(json_array(id, retention_days, payload_days)) FROM
  (SELECT id, retention_days, payload_days FROM customers WHERE retention_days IS NOT NULL OR payload_days IS NOT NULL
    ORDER BY id) AS own`;

function termsOf<Of extends What | "details">(
  what: Of,
  own: readonly (readonly [string, number | null])[],
  days: number | null,
): Term<Of>[] {
  const byDays = new Map<number, string[]>();
  for (const [customer, held] of own) {
    if (held !== null) byDays.set(held, [...(byDays.get(held) ?? []), customer]);
  }
  const terms: Term<Of>[] = [...byDays].map(([held, customers]) => ({ what, days: held, customers, others: [] }));
  const others = own.flatMap(([customer, held]) => (held === null ? [] : [customer]));
  return days === null ? terms : [...terms, { what, days, customers: null, others }];
}

/** Details belong to events, and what of them is kept for the shortest time: null is for ever. */
function shortest(events: number | null, payloads: number | null): number | null {
  return events === null || payloads === null ? (events ?? payloads) : Math.min(events, payloads);
}

const IN_TERM =
  "(CASE WHEN ?5 = 1 THEN customer_id NOT IN (SELECT value FROM each(?4)) ELSE customer_id IN (SELECT value FROM each(?4)) END)";
const WAITS = "EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = seen.id AND d.state IN ('pending', 'sending'))";

/** Of the next old events those of the term whose deliveries have reached their end, and those that still wait. */
const lookSql = (
  what: What,
) => `WITH seen AS MATERIALIZED (SELECT id, received_at, customer_id, payload_forgotten_at FROM events
    WHERE received_at < ?1 AND (received_at, id) > (?2, ?3) ORDER BY received_at, id LIMIT ${AT_ONCE}),
  of_term AS (SELECT id, ${WAITS} AS waits FROM seen WHERE ${IN_TERM}
    ${what === "payload" ? "AND payload_forgotten_at IS NULL" : ""})
  SELECT json_object(
    'last', json((SELECT json_array(received_at, id) FROM seen ORDER BY received_at DESC, id DESC LIMIT 1)),
    'ready', (SELECT json_group_array(id) FROM of_term WHERE NOT waits),
    'waiting', (SELECT json_group_array(id) FROM of_term WHERE waits))`;

interface Look {
  readonly last: [number, string] | null;
  readonly ready: string[];
  readonly waiting: string[];
}

const OVERDUE = `WITH seen AS MATERIALIZED (SELECT id, received_at, customer_id FROM events
    WHERE overdue IS NOT NULL AND id > ?1 ORDER BY id LIMIT ${AT_ONCE})
  SELECT json_object('last', (SELECT max(id) FROM seen),
    'ready', (SELECT json_group_array(json_array(id, received_at, customer_id)) FROM seen WHERE NOT ${WAITS}))`;

const keep = (key: string, value: string) => ({
  sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  args: [key, value],
});

/** Deletes old events, and forgets old payloads, as customers and the service say. */
class Keeping {
  readonly #database: Database;
  readonly #now: number;
  readonly #stopped: () => boolean;
  events = 0;
  payloads = 0;

  constructor(database: Database, now: number, stopped: () => boolean) {
    this.#database = database;
    this.#now = now;
    this.#stopped = stopped;
  }

  async #forget(what: What, ids: readonly string[]): Promise<void> {
    if (what === "event") {
      this.events += (await deleteEvents(this.#database, ids, this.#now)).events;
    } else {
      this.payloads += await forgetPayloads(this.#database, ids, this.#now);
    }
  }

  async #marks(): Promise<Map<string, string>> {
    const rows = await this.#database.prisma.meta.findMany({ where: { key: { startsWith: MARK } } });
    return new Map(rows.map(({ key, value }) => [key, value]));
  }

  /** How far each term is gone through; from the beginning where customers have come to other terms since. */
  async marksFor(terms: readonly Term[]): Promise<Map<string, string>> {
    const seen = createHash("sha256").update(JSON.stringify(terms)).digest("hex");
    const marks = await this.#marks();
    if (marks.get(TERMS) === seen) return marks;
    await this.#database.batch([
      { sql: "DELETE FROM meta WHERE key IN (SELECT value FROM each(?))", args: [[...marks.keys()]] },
      keep(TERMS, seen),
    ]);
    return new Map();
  }

  async term({ what, days, customers, others }: Term, marks: ReadonlyMap<string, string>): Promise<void> {
    const key = `${MARK}${what}/${days}${customers === null ? "/default" : ""}`;
    const before = this.#now - days * DAY_MS;
    const mark = marks.get(key);
    let after: [number, string] = mark === undefined ? [Number.MIN_SAFE_INTEGER, ""] : JSON.parse(mark);
    while (!this.#stopped()) {
      const args = [before, ...after, customers ?? others, customers === null ? 1 : 0];
      const { last, ready, waiting } = await this.#database.json<Look>(lookSql(what), ...args);
      if (!last) break;
      await this.#forget(what, ready);
      after = last;
      // What waits is passed once, however much there is, and found again by its mark; so is what was retried just now.
      const sql =
        "UPDATE events SET overdue = 1 WHERE id IN (SELECT value FROM each(?)) AND payload_forgotten_at IS NULL";
      await this.#database.batch([{ sql, args: [[...waiting, ...ready]] }, keep(key, JSON.stringify(after))]);
      await letOthersRun();
    }
  }

  /** What was pending when its time came, and is not any more. */
  async overdue(daysOf: (what: What, customer: string) => number | null): Promise<void> {
    let after = "";
    while (!this.#stopped()) {
      const { last, ready } = await this.#database.json<{ last: string | null; ready: [string, number, string][] }>(
        OVERDUE,
        after,
      );
      if (last === null) break;
      after = last;
      const isOld = (what: What, [, at, customer]: [string, number, string]) => {
        const days = daysOf(what, customer);
        return days !== null && at < this.#now - days * DAY_MS;
      };
      const old = ready.filter((event) => isOld("event", event));
      const kept = ready.filter((event) => !old.includes(event));
      await this.#forget(
        "event",
        old.map(([id]) => id),
      );
      await this.#forget(
        "payload",
        kept.filter((event) => isOld("payload", event)).map(([id]) => id),
      );
      await letOthersRun();
    }
  }

  /** Mails and alerts that ended before. */
  async endedBefore(before: number): Promise<void> {
    await this.#inSets("mails", "id", "sent_at < ?1 OR failed_at < ?1", before, 20);
    await this.#inSets(
      "alert_deliveries",
      "alert_id, delivery_id",
      "alert_id IN (SELECT id FROM alerts WHERE closed_at < ?1)",
      before,
      500,
    );
    await this.#inSets("alerts", "id", "closed_at < ?1", before, 500);
  }

  /** Sessions and sign-in links that let nobody in any more; a link's hash is kept for a day, so that mails are counted. */
  async accountsBefore(now: number): Promise<void> {
    await this.#inSets("sessions", "id", `expires_at <= ?1 OR seen_at <= CAST(?1 AS bigint) - ${IDLE_MS}`, now, 500);
    await this.#inSets("sign_in_links", "hash", "expires_at < ?1", now - DAY_MS, 500);
  }

  async #inSets(table: string, key: string, where: string, before: number, most: number): Promise<void> {
    const sql = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${most})`;
    for (let deleted = most; deleted === most && !this.#stopped(); await letOthersRun()) {
      [deleted] = (await this.#database.batchJson([{ sql, args: [before] }])) as [number];
    }
  }
}

/**
 * Deletes events whose time is over with their deliveries, attempts and pictures; forgets payloads whose time is over,
 * which leaves the record, and then the details of their orders; and deletes mails and alerts that ended before the
 * service's own time. All in small sets. What is pending is never touched, however old. Stops early when `stopped` says so.
 */
export async function forgetOld(
  database: Database,
  defaults: KeepingDefaults,
  now: number,
  stopped = () => false,
): Promise<Forgotten> {
  const own = await database.json<Own[]>(OWN);
  const { retentionDays, payloadDays } = defaults;
  const keeping = new Keeping(database, now, stopped);
  const terms = [
    ...termsOf(
      "event",
      own.map(([customer, days]) => [customer, days]),
      retentionDays,
    ),
    ...termsOf(
      "payload",
      own.map(([customer, , days]) => [customer, days]),
      payloadDays,
    ),
  ];
  await keeping.accountsBefore(now);
  if (retentionDays !== null) await keeping.endedBefore(now - retentionDays * DAY_MS);
  const owned = new Map(own.map(([customer, events, payloads]) => [customer, { event: events, payload: payloads }]));
  const standard = { event: retentionDays, payload: payloadDays };
  await keeping.overdue((what, customer) => owned.get(customer)?.[what] ?? standard[what]);
  const marks = await keeping.marksFor(terms);
  for (const term of terms) await keeping.term(term, marks);
  const ownDetails = own.map(
    ([id, events, payloads]) => [id, shortest(events ?? retentionDays, payloads ?? payloadDays)] as const,
  );
  for (const term of termsOf("details", ownDetails, shortest(retentionDays, payloadDays))) {
    await forgetDetails(database, term, now - term.days * DAY_MS, stopped);
  }
  await deleteLoose(database, now, stopped);
  return { events: keeping.events, payloads: keeping.payloads };
}
