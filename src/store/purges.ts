import { createHash } from "node:crypto";
import { InputError } from "../errors.js";
import { newId } from "../ids.js";
import type { Purge, PurgeCounts, PurgeScope } from "../purge-types.js";
import { countToPeople } from "./account-mails.js";
import { deleteLoose } from "./forgetting.js";
import { forgetMentions } from "./purge-mentions.js";
import { eventsOf, NOTHING, type PurgeRow, type PurgesOptions, Purging } from "./purge-work.js";
import { decodeCursor, type Page, type PageRequest, pageLimit, toPage } from "./rows.js";

export interface Purges {
  /** What would be deleted. */
  count(scope: PurgeScope): Promise<PurgeCounts>;
  /** Notes that it is to be done, and by whom; the same again while it is under way is the same. Throws InputError 404. */
  request(scope: PurgeScope, requestedBy: string): Promise<Purge>;
  get(id: string): Promise<Purge | null>;
  /** Newest first. */
  list(request: PageRequest): Promise<Page<Purge>>;
  /** Goes on with all that was asked for and is not over; returns what came to its end. One process at a time. */
  run(stopped: () => boolean): Promise<Purge[]>;
}

/** What can be compared with an order's number, without telling it. */
export const orderHash = (customer: string, order: string): string =>
  createHash("sha256").update(`${customer}\n${order}`).digest("hex");

const maybe = (ms: bigint | null): number | null => (ms === null ? null : Number(ms));

const toPurge = (row: PurgeRow): Purge => ({
  id: row.id,
  customer: row.customer_id,
  orderHash: row.order_hash,
  requestedBy: row.requested_by,
  requestedAt: Number(row.requested_at),
  emptiedAt: maybe(row.emptied_at),
  finishedAt: maybe(row.finished_at),
  counts: { ...NOTHING, ...JSON.parse(row.counts) },
});

const COUNT = `SELECT json_array(count(*), coalesce(sum(CASE WHEN state = 'pending' THEN 1 ELSE 0 END), 0),
    (SELECT count(*) FROM attempts WHERE delivery_id IN
      (SELECT id FROM deliveries WHERE event_id IN (SELECT value FROM each(?1)))))
  FROM deliveries WHERE event_id IN (SELECT value FROM each(?1))`;

async function count({ database, customers, clock }: PurgesOptions, scope: PurgeScope): Promise<PurgeCounts> {
  const sum = { ...NOTHING };
  for await (const ids of eventsOf(database, scope, clock.now())) {
    const [deliveries, pending, attempts] = await database.json<[number, number, number]>(COUNT, ids);
    sum.events += ids.length;
    sum.deliveries += deliveries;
    sum.canceled += pending;
    sum.attempts += attempts;
  }
  const { customer, order } = scope;
  const where = order === undefined ? "customer_id = ?1" : "customer_id = ?1 AND %s = ?2";
  const args = order === undefined ? [customer] : [customer, order];
  const of = (table: string, column: string) =>
    database.json<number>(`SELECT count(*) FROM ${table} WHERE ${where.replace("%s", column)}`, ...args);
  const people = order === undefined ? await customers.get(customer) : null;
  const mails = await forgetMentions({ ...scope, database, dryRun: true });
  return {
    ...sum,
    orders: await of("orders", "number"),
    endpoints: await of("endpoints", "order_number"),
    mails: mails + (people ? await countToPeople(database, people) : 0),
  };
}

/** What is deleted on demand: all that is known of an order or a customer, with a record that it happened. */
export function createPurges(options: PurgesOptions): Purges {
  const { database, customers, clock } = options;
  const find = (where: object) => database.prisma.purge.findMany({ where, orderBy: { id: "asc" } });

  return {
    count: (scope) => count(options, scope),
    async request(scope, requestedBy) {
      const { customer, order } = scope;
      const hash = order === undefined ? null : orderHash(customer, order);
      const [same] = await find({ customer_id: customer, order_hash: hash, emptied_at: null });
      if (same) return toPurge(same);
      const counts = await count(options, scope);
      const found = Object.values(counts).some((number) => number > 0);
      const isThere = order === undefined && (await customers.get(customer)) !== null;
      if (!found && !isThere) throw InputError.notFound(order === undefined ? "customer" : "order", order ?? customer);
      const data = { id: newId("pur"), customer_id: customer, order_hash: hash, order_number: order ?? null };
      const asked = { requested_by: requestedBy, requested_at: clock.now(), counts: JSON.stringify(NOTHING) };
      return toPurge(await database.prisma.purge.create({ data: { ...data, ...asked } }));
    },
    async get(id) {
      const [row] = await find({ id });
      return row ? toPurge(row) : null;
    },
    async list({ cursor, limit }) {
      const size = pageLimit(limit);
      const rows = await database.prisma.purge.findMany({
        ...(cursor ? { where: { id: { lt: decodeCursor(cursor) } } } : {}),
        orderBy: { id: "desc" },
        take: size + 1,
      });
      return toPage(rows, size, ({ id }) => id, toPurge);
    },
    async run(stopped) {
      const ended: Purge[] = [];
      for (const row of await find({ finished_at: null })) {
        if (stopped()) break;
        if (row.emptied_at === null && !(await new Purging(options, row).empty(stopped))) continue;
        await deleteLoose(database, clock.now(), stopped);
        const [now] = await find({ id: row.id });
        if (!now?.emptied_at) continue;
        const left = "SELECT count(*) FROM loose_contents WHERE since <= ?";
        if ((await database.json<number>(left, Number(now.emptied_at))) > 0) continue;
        await database.overwriteDeleted();
        const sql = "UPDATE purges SET finished_at = ? WHERE id = ?";
        await database.batch([{ sql, args: [clock.now(), row.id] }]);
        ended.push(...(await find({ id: row.id })).map(toPurge));
      }
      return ended;
    },
  };
}
