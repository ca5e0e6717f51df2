import type { Registry } from "../../src/delivery/settings.js";
import { newId } from "../../src/ids.js";
import { createCustomers } from "../../src/store/customers.js";
import { createEndpoints } from "../../src/store/endpoints.js";
import type { EventRow } from "../../src/store/event-rows.js";
import { type NewDelivery, publishing } from "../../src/store/publishing.js";
import { createSecrets } from "../../src/store/secrets.js";
import { chooseFormat } from "../../src/templates/choose-format.js";
import { templateOf } from "../../src/templates/index.js";
import { transportOf } from "../../src/transports/index.js";
import type { Author, Endpoint, EndpointInput } from "../../src/types.js";
import { manualClock } from "../support/clock.js";
import { openTestDatabase } from "../support/databases.js";

export const registry: Registry = { transportOf, templateOf, chooseFormat };
export const secrets = createSecrets([{ id: "t1", key: Buffer.alloc(32, 7) }]);
export const DAY = 86_400_000;

export const post = (name = "ERP", url = "https://erp.example.com/hook"): EndpointInput => ({
  name,
  transport: { type: "http-post", url },
  template: { name: "ontime" },
});

/** A store on a database of its own. */
export async function openStore() {
  const { database, folder, url, close } = await openTestDatabase();
  const clock = manualClock();
  const customers = createCustomers({ database, clock, registry, secrets });
  const options = { database, secrets, customers, clock, registry, defaultTimeZone: "Europe/Brussels" };
  const endpoints = createEndpoints(options);
  return {
    folder,
    /** As `DATABASE_URL` names it. */
    url,
    database,
    clock,
    customers,
    endpoints,
    /** As a process that has just started sees the same file. */
    reopened: () => createEndpoints({ ...options, customers: createCustomers({ database, clock, registry, secrets }) }),
    close,
  };
}

export type Store = Awaited<ReturnType<typeof openStore>>;

/** Stores one event of an order. */
export async function addEvent(store: Store, more: Partial<EventRow> = {}): Promise<EventRow> {
  const event: EventRow = {
    id: newId("evt"),
    customer: "acme",
    externalId: null,
    contentHash: "hash",
    order: "A1",
    barcode: "",
    container: "",
    statusCode: "take",
    status: "PROCESSING",
    statusTime: store.clock.now(),
    receivedAt: store.clock.now(),
    body: {},
    ...more,
  };
  const set = { events: [event], deliveries: [], contents: [], also: [] };
  await store.database.batch(publishing.statements([set]));
  return event;
}

/** Stores a delivery of the event to the endpoint, in any state. */
export async function addDelivery(
  store: Store,
  endpoint: Endpoint,
  event: EventRow,
  columns: Record<string, string | number | null> = {},
): Promise<string> {
  const now = store.clock.now();
  const delivery: NewDelivery = {
    id: newId("dlv"),
    eventId: event.id,
    endpointId: endpoint.id,
    laneId: endpoint.laneId,
    customer: event.customer,
    order: event.order,
    createdAt: now,
    dueAt: now,
    expiresAt: now + endpoint.retry.giveUpAfterMs,
  };
  const set = { events: [], deliveries: [delivery], contents: [], also: [] };
  const changes = Object.entries(columns).map(([column, value]) => ({
    sql: `UPDATE deliveries SET ${column} = ? WHERE id = ?`,
    args: [value, delivery.id],
  }));
  await store.database.batch([...publishing.statements([set]), ...changes]);
  return delivery.id;
}

/** Stores `count` events with a delivery each in one go; returns the deliveries' ids, the oldest first. */
export async function addMany(store: Store, endpoint: Endpoint, count: number, state = "pending"): Promise<string[]> {
  const ids = Array.from({ length: count }, () => [newId("evt"), newId("dlv")] as const);
  const now = store.clock.now();
  await store.database.batch([
    {
      sql: `WITH r(event, number, at) AS (:table)
        INSERT INTO events (id, customer_id, content_hash, order_number, barcode, container, status_code, status,
        status_time, received_at, body)
        SELECT r.event, 'acme', 'hash', 'M' || r.number, '', '', 'take', 'PROCESSING', r.at, r.at, '{}' FROM r`,
      columns: ["text", "integer", "integer"],
      table: ids.map(([event], at) => [event, at, now]),
    },
    {
      sql: `WITH r(event, delivery, number, endpoint, lane, at, state) AS (:table)
        INSERT INTO deliveries (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, created_at, due_at, expires_at)
        SELECT r.delivery, r.event, r.endpoint, r.lane, 'acme', 'M' || r.number, r.state, r.at, r.at, r.at + 1000 FROM r`,
      columns: ["text", "text", "integer", "text", "text", "integer", "text"],
      table: ids.map(([event, delivery], at) => [event, delivery, at, endpoint.id, endpoint.laneId, now, state]),
    },
  ]);
  return ids.map(([, id]) => id);
}

/** A delivery's row, times as numbers. */
export async function row(store: Store, id: string) {
  const found = await store.database.prisma.delivery.findUniqueOrThrow({ where: { id } });
  return {
    ...found,
    due_at: Number(found.due_at),
    expires_at: Number(found.expires_at),
    finished_at: found.finished_at,
  };
}

/** How many deliveries are in each state. */
export async function states(store: Store): Promise<Record<string, number>> {
  return store.database.json(
    "SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM deliveries GROUP BY state) AS counts",
  );
}

/** Who changes something, for the audit log. */
export const by = (operation: string): Author => ({
  keyId: "key_1",
  keyName: "Ops",
  role: "operator",
  address: "192.0.2.7",
  operation,
});
