import type { PurgeCounts, PurgeScope } from "../purge-types.js";
import type { Clock } from "../types.js";
import { countToPeople } from "./account-mails.js";
import { callbackId } from "./callback-endpoints.js";
import type { Customers } from "./customers.js";
import type { Database } from "./database.js";
import type { Endpoints } from "./endpoints.js";
import { deleteEvents } from "./forgetting.js";
import { cancelIds } from "./pending.js";
import { forgetMentions } from "./purge-mentions.js";
import { letOthersRun, SET } from "./rows.js";

/** Events of one set. */
const AT_ONCE = 100;

export interface PurgesOptions {
  readonly database: Database;
  readonly customers: Pick<Customers, "get" | "delete">;
  readonly endpoints: Pick<Endpoints, "delete">;
  readonly clock: Clock;
}

/** A row of `purges`. */
export type PurgeRow = Awaited<ReturnType<Database["prisma"]["purge"]["findMany"]>>[number];

/** No row of anything. */
export const NOTHING: PurgeCounts = {
  events: 0,
  deliveries: 0,
  canceled: 0,
  attempts: 0,
  orders: 0,
  endpoints: 0,
  mails: 0,
};

// Looked at with each set: of the same id there may be a new customer by now, whose events are not meant.
const UP_TO = `coalesce(CAST(?4 AS bigint), (SELECT created_at - 1 FROM customers WHERE id = ?1), ${Number.MAX_SAFE_INTEGER})`;

/** The next events of a customer, or of one order, that arrived up to a time. */
const lookSql = (ofOrder: boolean) => `WITH seen AS MATERIALIZED (SELECT id, order_number, received_at FROM events
    WHERE customer_id = ?1 ${ofOrder ? "AND order_number = ?5" : ""} AND (order_number, id) > (?2, ?3)
    ORDER BY order_number, id LIMIT ${AT_ONCE})
  SELECT json_object(
    'last', json((SELECT json_array(order_number, id) FROM seen ORDER BY order_number DESC, id DESC LIMIT 1)),
    'ids', (SELECT json_group_array(id) FROM seen WHERE received_at <= ${UP_TO}))`;

/** The ids of the events, in small sets. `upTo` null: those of a customer that is deleted. */
export async function* eventsOf(
  database: Database,
  { customer, order }: PurgeScope,
  upTo: number | null,
): AsyncGenerator<string[]> {
  let after: [string, string] = ["", ""];
  for (;;) {
    const args = [customer, ...after, upTo, ...(order === undefined ? [] : [order])];
    const { last, ids } = await database.json<{ last: [string, string] | null; ids: string[] }>(
      lookSql(order !== undefined),
      ...args,
    );
    if (!last) return;
    after = last;
    if (ids.length > 0) yield ids;
    await letOthersRun();
  }
}

const PENDING = `SELECT json_group_array(id) FROM deliveries
  WHERE event_id IN (SELECT value FROM each(?)) AND state = 'pending'`;
const CALLBACKS = `SELECT json_group_array(DISTINCT d.endpoint_id) FROM deliveries d
  JOIN endpoints e ON e.id = d.endpoint_id AND e.origin = 'callback' WHERE d.event_id IN (SELECT value FROM each(?))`;

// Those that callback URLs of one origin shared.
const FREE_LANES = `DELETE FROM lanes WHERE customer_id = ?
  AND NOT EXISTS (SELECT 1 FROM endpoints e WHERE e.lane_id = lanes.id OR e.lane_id = lanes.shard_of)`;

const OF_ORDER = "customer_id = ?1 AND order_number = ?2";

const GONE_LANES = `SELECT id FROM lanes WHERE (id IN (SELECT value FROM each(?1)) OR shard_of IN (SELECT value FROM each(?1)))
  AND NOT EXISTS (SELECT 1 FROM endpoints e WHERE e.lane_id = lanes.id)`;

/** Rows of endpoints that nothing refers to any more, with their lanes and the mails about them; deleted ones go too. */
async function deleteEndpointRows(database: Database, ids: readonly string[]) {
  const count = { endpoints: 0, mails: 0 };
  for (let at = 0; at < ids.length; at += SET) {
    const free = await database.json<string[]>(
      `SELECT json_group_array(w.value) FROM each(?) w
        WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = w.value)`,
      ids.slice(at, at + SET),
    );
    const [endpoints = 0, mails = 0] = (await database.batchJson([
      { sql: "DELETE FROM endpoints WHERE id IN (SELECT value FROM each(?))", args: [free] },
      // Nobody would know any more whose they are.
      { sql: `DELETE FROM mails WHERE lane_id IN (${GONE_LANES})`, args: [free] },
      { sql: `DELETE FROM lanes WHERE id IN (${GONE_LANES})`, args: [free] },
    ])) as number[];
    count.endpoints += endpoints;
    count.mails += mails;
    await letOthersRun();
  }
  return count;
}

/** One purge under way. */
export class Purging {
  readonly #options: PurgesOptions;
  readonly #row: PurgeRow;
  readonly #scope: PurgeScope;
  #counts: PurgeCounts;
  readonly #callbacks = new Set<string>();

  constructor(options: PurgesOptions, row: PurgeRow) {
    this.#options = options;
    this.#row = row;
    this.#counts = { ...NOTHING, ...JSON.parse(row.counts) };
    this.#scope = { customer: row.customer_id, order: row.order_number ?? undefined };
  }

  #add(more: Partial<PurgeCounts>): void {
    const sum = { ...this.#counts };
    for (const name of Object.keys(NOTHING) as (keyof PurgeCounts)[]) sum[name] += more[name] ?? 0;
    this.#counts = sum;
  }

  async #note(): Promise<void> {
    const sql = "UPDATE purges SET counts = ? WHERE id = ?";
    await this.#options.database.batch([{ sql, args: [JSON.stringify(this.#counts), this.#row.id] }]);
  }

  /** Of an order what came until it was asked for; of a customer all, unless there is a new one of this id. */
  get #upTo(): number | null {
    return this.#scope.order === undefined ? null : Number(this.#row.requested_at);
  }

  async #events(stopped: () => boolean): Promise<void> {
    const { database, clock } = this.#options;
    for await (const ids of eventsOf(database, this.#scope, this.#upTo)) {
      if (stopped()) return;
      for (const id of await database.json<string[]>(CALLBACKS, ids)) this.#callbacks.add(id);
      const waiting = await database.json<string[]>(PENDING, ids);
      for (let at = 0; at < waiting.length; at += SET) {
        const canceled = await cancelIds(database, waiting.slice(at, at + SET), "purged", clock.now());
        this.#add({ canceled });
      }
      this.#add(await deleteEvents(database, ids, clock.now(), { thoroughly: true }));
      await this.#note();
    }
  }

  /** The order, or the customer, and its endpoints; the callback URLs that only what is gone was sent to. */
  async #settings(): Promise<void> {
    const { database, endpoints } = this.#options;
    const { customer, order } = this.#scope;
    if (order === undefined) {
      const ids = "SELECT json_group_array(id) FROM endpoints WHERE customer_id = ? AND deleted_at IS NOT NULL";
      this.#add(await deleteEndpointRows(database, await database.json<string[]>(ids, customer)));
      await database.batch([
        { sql: FREE_LANES, args: [customer] },
        { sql: "DELETE FROM traffic WHERE customer_id = ?", args: [customer] },
      ]);
      return;
    }
    const urls = await database.json<string[] | null>(
      `SELECT json((SELECT callback_urls FROM orders WHERE customer_id = ?1 AND number = ?2))`,
      customer,
      order,
    );
    for (const url of urls ?? []) this.#callbacks.add(callbackId(customer, url));
    const [deleted] = (await database.batchJson([
      { sql: "DELETE FROM orders WHERE customer_id = ?1 AND number = ?2", args: [customer, order] },
    ])) as number[];
    const own = `SELECT json_group_array(id) FROM endpoints WHERE ${OF_ORDER}`;
    const ids = [...(await database.json<string[]>(own, customer, order)), ...(await this.#idleCallbacks())];
    for (const id of ids) await endpoints.delete(id);
    this.#add({ orders: deleted ?? 0, ...(await deleteEndpointRows(database, ids)) });
  }

  #idleCallbacks(): Promise<string[]> {
    return this.#options.database.json<string[]>(
      `SELECT json_group_array(w.value) FROM each(?) w
        WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = w.value)`,
      [...this.#callbacks],
    );
  }

  /** The customer first, so that no new event comes in meanwhile. */
  async #customer(): Promise<void> {
    const { database, customers, clock } = this.#options;
    const { customer, order } = this.#scope;
    if (order !== undefined) return;
    const found = await customers.get(customer);
    if (!found || found.createdAt > Number(this.#row.requested_at)) return;
    for await (const ids of eventsOf(database, this.#scope, clock.now())) {
      const waiting = await database.json<string[]>(PENDING, ids);
      if (waiting.length > 0) this.#add({ canceled: await cancelIds(database, waiting, "purged", clock.now()) });
    }
    const orders = "SELECT count(*) FROM orders WHERE customer_id = ?";
    const mails = await countToPeople(database, found);
    this.#add({ orders: await database.json<number>(orders, customer), mails });
    await this.#note();
    await customers.delete(customer, undefined, "purged");
  }

  /** True once nothing is left but pictures that came loose. What is being sent is waited for. */
  async empty(stopped: () => boolean): Promise<boolean> {
    const { database, clock } = this.#options;
    await this.#customer();
    await this.#events(stopped);
    for await (const _left of eventsOf(database, this.#scope, this.#upTo)) return false;
    if (stopped()) return false;
    // Mails are told by their lanes, which go with the endpoints.
    this.#add({ mails: await forgetMentions({ ...this.#scope, database }) });
    await this.#settings();
    await this.#note();
    const sql = "UPDATE purges SET emptied_at = ?, order_number = NULL WHERE id = ?";
    await database.batch([{ sql, args: [clock.now(), this.#row.id] }]);
    return true;
  }
}
