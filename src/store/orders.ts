import { callbackErrors, type EndpointSettings, type Registry } from "../delivery/settings.js";
import { type FieldError, InputError } from "../errors.js";
import { CallbackUrls, OrderDetails } from "../schemas/order.js";
import { fault } from "../schemas/rules/rules.js";
import { compileSchema } from "../schemas/validate.js";
import type { Author, Clock, Endpoint, EndpointInput, OrderRecord } from "../types.js";
import { auditStatements } from "./audit.js";
import type { Database, Statement } from "./database.js";
import { notedSettings } from "./endpoint-notes.js";
import type { AlsoForOrder, Endpoints, OrderKey } from "./endpoints.js";

export interface OrdersOptions {
  readonly database: Database;
  readonly endpoints: Endpoints;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** An order as it is put. Endpoints left out stay as they are; an empty list takes the order's own away. */
interface OrderPut {
  readonly details: OrderDetails;
  readonly callbackUrls: readonly string[];
  readonly endpoints?: readonly EndpointInput[] | undefined;
}

interface OrderDetailsRow extends OrderKey {
  readonly details: OrderDetails;
  /** Epoch ms. */
  readonly at: number;
}

export interface Orders {
  get(customer: string, order: string): Promise<OrderRecord | null>;
  /** Replaces the order's details and callback URLs, and its own endpoints where they are given, in one transaction. */
  put(
    customer: string,
    order: string,
    input: OrderPut,
    author?: Author,
  ): Promise<{ order: OrderRecord; endpoints: readonly Endpoint[] }>;
  /** The statements that merge details into their orders' (each member given replaces the one that is there). */
  detailsStatements(rows: readonly OrderDetailsRow[]): Statement[];
  /** The orders' callback URLs by `customer\norder`, in one query; an order without any has no entry. */
  callbackUrls(pairs: readonly OrderKey[]): Promise<Map<string, string[]>>;
  /** The orders' details by `customer\norder`, in one query. */
  details(pairs: readonly OrderKey[]): Promise<Map<string, OrderDetails>>;
}

const MERGE_DETAILS = `WITH r(customer, number, details, at) AS (:table)
  INSERT INTO orders (customer_id, number, details, callback_urls, created_at, updated_at)
  SELECT customer, number, details, '[]', at, at FROM r WHERE true
  ON CONFLICT (customer_id, number) DO UPDATE SET updated_at = excluded.updated_at,
  details = json_merged(orders.details, excluded.details)`;

const PUT = `INSERT INTO orders (customer_id, number, details, callback_urls, created_at, updated_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE EXISTS (SELECT 1 FROM customers WHERE id = ?1 FOR SHARE) ON CONFLICT (customer_id, number) DO UPDATE SET details = excluded.details,
  callback_urls = excluded.callback_urls, updated_at = excluded.updated_at`;

/** What the audit log says of an order; its own endpoints where they are changed too. */
function notedOrder(
  { details, callbackUrls }: Pick<OrderRecord, "details" | "callbackUrls">,
  own: readonly EndpointSettings[],
  registry: Registry,
) {
  const endpoints = own.map((settings) => notedSettings(settings, { registry }));
  return { details, callbackUrls, ...(endpoints.length > 0 ? { endpoints } : {}) };
}

function detailsStatements(rows: readonly OrderDetailsRow[]): Statement[] {
  if (rows.length === 0) return [];
  // PostgreSQL updates no row twice in one statement: what one request says of an order more than once is put together.
  const byOrder = new Map<string, OrderDetailsRow>();
  for (const row of rows) {
    const key = `${row.customer}\n${row.order}`;
    byOrder.set(key, { ...row, details: { ...byOrder.get(key)?.details, ...row.details } });
  }
  const table = [...byOrder.values()].map(({ customer, order, details, at }) => [
    customer,
    order,
    JSON.stringify(details),
    at,
  ]);
  return [{ sql: MERGE_DETAILS, columns: ["text", "text", "text", "integer"], table }];
}

const checkDetails = compileSchema(OrderDetails);
const checkUrls = compileSchema(CallbackUrls);

function check(order: string, { details, callbackUrls }: OrderPut, registry: Registry): void {
  const errors: FieldError[] = [...checkDetails(details), ...checkUrls(callbackUrls, "/callbackUrls")];
  if (order === "" || order.length > 200) errors.push(fault("/order", "order_length"));
  if (errors.length === 0) errors.push(...callbackErrors(callbackUrls, registry));
  if (errors.length > 0) throw InputError.invalid(errors);
}

/** The orders that are more than their number: with details, callback URLs or endpoints of their own. */
export function createOrders({ database, endpoints, registry, clock }: OrdersOptions): Orders {
  async function get(customer: string, order: string): Promise<OrderRecord | null> {
    const row = await database.prisma.order.findUnique({
      where: { customer_id_number: { customer_id: customer, number: order } },
    });
    if (!row) return null;
    return {
      customer,
      order,
      details: JSON.parse(row.details),
      callbackUrls: JSON.parse(row.callback_urls),
      createdAt: Number(row.created_at),
      updatedAt: Number(row.updated_at),
    };
  }

  async function own(customer: string, order: string): Promise<readonly Endpoint[]> {
    return (await endpoints.forOrders([{ customer, order }])).get(`${customer}\n${order}`) ?? [];
  }

  async function column<T>(name: "details" | "callback_urls", pairs: readonly OrderKey[]): Promise<Map<string, T>> {
    if (pairs.length === 0) return new Map();
    const rows = await database.jsonOf<[string, string, T][]>({
      sql: `WITH w(customer, number) AS (:table)
        SELECT json_group_array(json_array(o.customer_id, o.number, json(o.${name}))) FROM w
        JOIN orders o ON o.customer_id = w.customer AND o.number = w.number WHERE o.${name} NOT IN ('[]', '{}')`,
      columns: ["text", "text"],
      table: pairs.map(({ customer, order }) => [customer, order]),
    });
    return new Map(rows.map(([customer, order, value]) => [`${customer}\n${order}`, value]));
  }

  return {
    get,
    async put(customer, order, input, author) {
      check(order, input, registry);
      const now = clock.now();
      const args = [customer, order, JSON.stringify(input.details), JSON.stringify(input.callbackUrls), now];
      const statement = { sql: PUT, args };
      const before = author ? await get(customer, order) : null;
      const also: AlsoForOrder = (was, will) => {
        const note = {
          customer,
          subject: order,
          before: before && notedOrder(before, was, registry),
          after: notedOrder(input, will, registry),
        };
        return [statement, ...auditStatements(author, note, now, "customer")];
      };
      let set: readonly Endpoint[];
      if (input.endpoints) set = await endpoints.replaceForOrder(customer, order, input.endpoints, also);
      else {
        await endpoints.requireCustomer(customer);
        await database.batch(also([], []));
        set = await own(customer, order);
      }
      const record = await get(customer, order);
      if (!record) throw InputError.notFound("order", order);
      return { order: record, endpoints: set };
    },
    detailsStatements,
    callbackUrls: (pairs) => column("callback_urls", pairs),
    details: (pairs) => column("details", pairs),
  };
}
