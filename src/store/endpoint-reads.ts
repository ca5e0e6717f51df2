import type { Registry } from "../delivery/settings.js";
import type { Clock, Endpoint } from "../types.js";
import type { Customers } from "./customers.js";
import type { Database, Statement } from "./database.js";
import { decodeEndpoint, ENDPOINT_JSON, type EndpointRow } from "./endpoint-rows.js";
import type { Tell } from "./endpoint-writing.js";
import { Lru } from "./lru.js";
import { decodeCursor, letOthersRun, type Page, type PageRequest, pageLimit, SET, toPage } from "./rows.js";
import type { Secrets } from "./secrets.js";

const CACHED = 20_000;
/** One endpoint's settings may have a megabyte. */
const CACHED_BYTES = 32 * 1024 * 1024;

export interface EndpointsOptions {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly customers: Customers;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly defaultTimeZone: string;
  /** Of the settings of all endpoints that are kept in memory, and again of those in all lists. */
  readonly cachedBytes?: number;
}

export interface OrderKey {
  readonly customer: string;
  readonly order: string;
}

/** Endpoints that are not deleted, with their secrets in clear. */
export interface EndpointReads {
  get(id: string): Promise<Endpoint | null>;
  /** Of the stored settings of one that was read here; 0: it is another. */
  bytesOf(endpoint: Endpoint): number;
  byIds(ids: Iterable<string>): Promise<Map<string, Endpoint>>;
  /** A customer's endpoints for all orders, callback URLs left out; paused and disabled ones too. */
  forAllOrders(customer: string): Promise<readonly Endpoint[]>;
  /** The orders' own endpoints by `customer\norder`, in one query; an order without any has no entry. */
  forOrders(pairs: readonly OrderKey[]): Promise<Map<string, Endpoint[]>>;
  /** By id. `order` left out: all; null: those for all orders. */
  list(request: PageRequest & { readonly customer: string; readonly order?: string | null }): Promise<Page<Endpoint>>;
}

const rowsOf = (from: string) =>
  `SELECT json_group_array(json(found)) FROM (SELECT ${ENDPOINT_JSON} AS found FROM ${from}) AS rows`;
const BY_IDS = rowsOf("each(?) w JOIN endpoints e ON e.id = w.value WHERE e.deleted_at IS NULL");
// The empty text keeps SQLite from going through the customer's endpoints by id, of all orders, to save the sorting.
const FOR_ALL_ORDERS = rowsOf(`endpoints e WHERE e.customer_id = ? AND e.order_number IS NULL AND e.origin = 'api'
  AND e.deleted_at IS NULL ORDER BY e.id || ''`);
const FOR_ORDERS = `WITH w(customer, number) AS (:table) ${rowsOf(`w JOIN endpoints e ON e.customer_id = w.customer
  AND e.order_number = w.number WHERE e.deleted_at IS NULL ORDER BY e.id`)}`;

/** Reads endpoints and keeps those in use in memory; `forget` must follow each write of them. */
export function createEndpointReads(
  options: EndpointsOptions,
  tell: Tell,
): EndpointReads & { forget(customer: string, ids: readonly string[]): void; forgetAll(): void } {
  const { database, customers, cachedBytes = CACHED_BYTES } = options;
  const cache = new Lru<string, Endpoint>(CACHED, cachedBytes);
  const lists = new Lru<string, readonly Endpoint[]>(CACHED, cachedBytes);
  /** Of endpoints that were read: one that has left the cache for its size may still be under a lane. */
  const places = new Lru<string, Pick<Endpoint, "id" | "customer" | "laneId">>(CACHED);
  const bytes = new WeakMap<Endpoint, number>();
  /** The lists that are being read, and the number of writes before. */
  const reading = new Map<string, { readonly before: number; readonly list: Promise<readonly Endpoint[]> }>();
  // A read that began before a write must not put what it saw into the cache after it.
  let writes = 0;

  async function query(statement: Statement): Promise<Endpoint[]> {
    const before = writes;
    return decode(await database.jsonOf<EndpointRow[]>(statement), before);
  }

  async function decode(rows: readonly EndpointRow[], before: number): Promise<Endpoint[]> {
    const owners = await customers.getMany(rows.map((row) => row.customer_id));
    return rows.flatMap((row) => {
      const customer = owners.get(row.customer_id);
      if (!customer) return [];
      const cached = cache.get(row.id);
      if (cached?.version === row.version) return [cached];
      const endpoint = decodeEndpoint(row, customer, options);
      bytes.set(endpoint, row.settings.length);
      places.set(row.id, { id: row.id, customer: row.customer_id, laneId: row.lane_id });
      if (writes === before) cache.set(row.id, endpoint, row.settings.length);
      return [endpoint];
    });
  }

  async function readList(customer: string): Promise<readonly Endpoint[]> {
    const before = writes;
    const rows = await database.jsonOf<EndpointRow[]>({ sql: FOR_ALL_ORDERS, args: [customer] });
    const endpoints = await decode(rows, before);
    const length = rows.reduce((sum, { settings }) => sum + settings.length, 0);
    if (writes === before) lists.set(customer, endpoints, length);
    return endpoints;
  }

  /** Reads a list once for all who want it at the same time: one that is too long to be kept is read again and again. */
  function listOf(customer: string): Promise<readonly Endpoint[]> {
    const begun = reading.get(customer);
    if (begun?.before === writes) return begun.list;
    const it = { before: writes, list: readList(customer) };
    reading.set(customer, it);
    const end = () => void (reading.get(customer) === it && reading.delete(customer));
    it.list.then(end, end);
    return it.list;
  }

  async function byIds(ids: Iterable<string>): Promise<Map<string, Endpoint>> {
    const found = new Map<string, Endpoint>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const endpoint = cache.get(id);
      if (endpoint) found.set(id, endpoint);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    for (const endpoint of await query({ sql: BY_IDS, args: [missing] })) found.set(endpoint.id, endpoint);
    return found;
  }

  /** Tells of one endpoint of each lane, in sets: a customer can have one for each of their orders. Never rejects. */
  async function tellAgain(byLane: ReadonlyMap<string, string>): Promise<void> {
    const places = [...byLane];
    for (let at = 0; at < places.length; at += SET) {
      if (at > 0) await letOthersRun();
      const set = places.slice(at, at + SET);
      // Read together, as each listener would read its own by itself. Should that fail they are told all the same: whoever
      // goes on with the old one reads until it has the new one.
      await byIds(set.map(([, id]) => id)).catch(() => undefined);
      for (const [laneId, id] of set) tell({ id, laneId, elsewhere: true });
    }
  }

  // Endpoints take time zone, addresses and callback template from their customer.
  customers.onChange((customer, deleted) => {
    const byLane = new Map<string, string>();
    for (const known of [places, cache])
      known.deleteWhere((endpoint) => {
        if (endpoint.customer !== customer) return false;
        byLane.set(endpoint.laneId, endpoint.id);
        return true;
      });
    writes++;
    lists.delete(customer);
    for (const { id, laneId } of deleted) tell({ id, laneId, deleted: true });
    if (deleted.length === 0) void tellAgain(byLane);
  });

  return {
    byIds,
    bytesOf: (endpoint) => bytes.get(endpoint) ?? 0,
    get: async (id) => cache.get(id) ?? (await byIds([id])).get(id) ?? null,
    forAllOrders: async (customer) => lists.get(customer) ?? listOf(customer),
    async forOrders(pairs) {
      const found = new Map<string, Endpoint[]>();
      if (pairs.length === 0) return found;
      const table = [
        ...new Map(pairs.map(({ customer, order }) => [`${customer}\n${order}`, [customer, order]])).values(),
      ];
      for (const endpoint of await query({ sql: FOR_ORDERS, columns: ["text", "text"], table })) {
        const key = `${endpoint.customer}\n${endpoint.order}`;
        const list = found.get(key);
        if (list) list.push(endpoint);
        else found.set(key, [endpoint]);
      }
      return found;
    },
    async list({ customer, order, cursor, limit }) {
      const size = pageLimit(limit);
      const scope = order === undefined ? "" : order === null ? "AND e.order_number IS NULL" : "AND e.order_number = ?";
      const sql = rowsOf(`endpoints e WHERE e.customer_id = ? AND e.id > ? ${scope} AND e.deleted_at IS NULL
        ORDER BY e.id LIMIT ?`);
      const args = [
        customer,
        cursor ? decodeCursor(cursor) : "",
        ...(typeof order === "string" ? [order] : []),
        size + 1,
      ];
      const endpoints = await query({ sql, args });
      return toPage(
        endpoints,
        size,
        ({ id }) => id,
        (endpoint) => endpoint,
      );
    },
    forget(customer, ids) {
      writes++;
      for (const id of ids) {
        cache.delete(id);
        places.delete(id);
      }
      lists.delete(customer);
    },
    forgetAll() {
      writes++;
      cache.clear();
      places.clear();
      lists.clear();
    },
  };
}
