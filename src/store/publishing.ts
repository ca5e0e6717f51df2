import { isLatestOnly, type OrderPlace } from "../delivery/order.js";
import type { WriteKind } from "./commits.js";
import { contentStatements, type NewContent } from "./contents.js";
import type { ColumnType, Database, SqlValue, Statement } from "./database.js";
import type { EventRow } from "./event-rows.js";
import { superseding } from "./ordering.js";
import { PARKED, resumedSince } from "./pending.js";

/** A delivery as it is published. */
export interface NewDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly laneId: string;
  readonly customer: string;
  readonly order: string;
  readonly createdAt: number;
  readonly dueAt: number;
  /** Where it is parked: the version of the endpoint that was at rest. */
  readonly restVersion?: number;
  readonly expiresAt: number;
  /** Where its endpoint keeps an order. `free`: it is sent at once all the same. */
  readonly place?: OrderPlace & { readonly free: boolean };
}

/** What one request publishes: all of it or nothing. */
export interface PublishSet {
  readonly events: readonly EventRow[];
  readonly deliveries: readonly NewDelivery[];
  readonly contents: readonly NewContent[];
  /** More that must be true with the events: the order's details. */
  readonly also: readonly Statement[];
  /** Orders that it takes to have neither endpoints of their own nor callback URLs: refused with UniqueError where one has. */
  readonly assumed?: readonly { readonly customer: string; readonly order: string }[];
}

// Two rows of one key are refused, and all with them: SQLite raises no error of its own outside of triggers.
export const REFUSE_UNLESS_ORDINARY = `WITH w(customer, number) AS (:table)
  INSERT INTO meta (key, value) SELECT 'assumed', '' FROM (SELECT 1 UNION ALL SELECT 2) AS twice
  WHERE EXISTS (SELECT 1 FROM w WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = w.customer
    AND o.number = w.number AND o.callback_urls <> '[]')
  OR EXISTS (SELECT 1 FROM endpoints e WHERE e.customer_id = w.customer AND e.order_number = w.number
    AND e.deleted_at IS NULL))`;

const INSERT_EVENTS = `INSERT INTO events (id, customer_id, external_id, content_hash, order_number, barcode, container,
  status_code, status, status_time, received_at, body) :rows`;
const EVENT_COLUMNS: readonly ColumnType[] = [
  ...(["text", "text", "text", "text", "text", "text", "text", "text", "text"] as const),
  ...(["integer", "integer", "text"] as const),
];

const INSERT_DELIVERIES = `WITH r(id, event, endpoint, lane, customer, order_number, created, due, expires, rest) AS (:rows)
  INSERT INTO deliveries (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, created_at, due_at, expires_at)
  SELECT r.id, event, endpoint, lane, customer, order_number, 'pending', created,
  CASE WHEN due = ${PARKED} AND ${resumedSince("r.endpoint", "r.rest")} THEN created ELSE due END, expires FROM r`;
const DELIVERY_COLUMNS: readonly ColumnType[] = [
  ...(["text", "text", "text", "text", "text", "text"] as const),
  ...(["integer", "integer", "integer", "integer"] as const),
];

const INSERT_PLACED = `WITH r(id, event, endpoint, lane, customer, order_number, created, due, expires, key, at, final, free) AS (:rows)
  INSERT INTO deliveries (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, created_at, due_at, expires_at,
  order_key, order_at, order_final, order_free)
  SELECT r.id, event, endpoint, lane, customer, order_number, 'pending', created, due, expires, key, at, final, free FROM r`;
const PLACED_COLUMNS: readonly ColumnType[] = [
  ...(["text", "text", "text", "text", "text", "text"] as const),
  ...(["integer", "integer", "integer", "text", "integer", "integer", "integer"] as const),
];

const INSERT_EVENT_CONTENTS = `WITH r(event_id, sha256) AS (:table)
  INSERT INTO event_contents (event_id, sha256) SELECT event_id, sha256 FROM r WHERE true ON CONFLICT DO NOTHING`;

// An event that is sent again may have been forgotten since it was read: nobody could render it.
const TAKE_FORGOTTEN_BACK = `DELETE FROM deliveries WHERE id IN (SELECT value FROM each(?1)) AND NOT EXISTS
  (SELECT 1 FROM events e WHERE e.id = deliveries.event_id AND e.payload_forgotten_at IS NULL FOR SHARE)`;

function eventValues(event: EventRow): SqlValue[] {
  return [
    event.id,
    event.customer,
    event.externalId,
    event.contentHash,
    event.order,
    event.barcode,
    event.container,
    event.statusCode,
    event.status,
    event.statusTime,
    event.receivedAt,
    JSON.stringify(event.body),
  ];
}

function* contentsOf({ id, body }: EventRow): Generator<[string, string]> {
  for (const { image } of body.signatures ?? []) yield [id, image.sha256];
  for (const { sha256 } of body.pictures ?? []) yield [id, sha256];
  for (const { sha256 } of body.documents ?? []) yield [id, sha256];
}

const common = (d: NewDelivery): SqlValue[] => [
  d.id,
  d.eventId,
  d.endpointId,
  d.laneId,
  d.customer,
  d.order,
  d.createdAt,
  d.dueAt,
  d.expiresAt,
];

/** Those of endpoints that keep an order, and what they supersede where that is the latest only. */
function placedStatements(deliveries: readonly NewDelivery[]): Statement[] {
  const keys = new Set<string>();
  let now = 0;
  const values = deliveries.flatMap((d): SqlValue[] => {
    const { key = null, at = 0, final = false, free = false } = d.place ?? {};
    if (key !== null && isLatestOnly(key)) keys.add(key);
    now = Math.max(now, d.createdAt);
    return [...common(d), key, at, final ? 1 : 0, free ? 1 : 0];
  });
  const insert: Statement = { sql: INSERT_PLACED, columns: PLACED_COLUMNS, values };
  return keys.size > 0 ? [insert, superseding([...keys], now)] : [insert];
}

/** The statements that write `deliveries` as pending. */
export function deliveryStatements(deliveries: readonly NewDelivery[]): Statement[] {
  if (deliveries.length === 0) return [];
  const placed = deliveries.filter(({ place }) => place);
  const plain = placed.length === 0 ? deliveries : deliveries.filter(({ place }) => !place);
  const statements: Statement[] = [];
  if (plain.length > 0) {
    const values = plain.flatMap((d): SqlValue[] => [...common(d), d.restVersion ?? null]);
    statements.push({ sql: INSERT_DELIVERIES, columns: DELIVERY_COLUMNS, values });
  }
  if (placed.length > 0) statements.push(...placedStatements(placed));
  return statements;
}

/** Events and their deliveries, of any number of requests, in one transaction. */
export const publishing: WriteKind<PublishSet, void> = {
  rank: 0,
  weight: ({ events, deliveries }) => events.length + deliveries.length,
  statements(sets) {
    const events = sets.flatMap((set) => set.events);
    const links = events.flatMap((event) => [...contentsOf(event)]);
    const assumed = sets.flatMap((set) => (set.assumed ?? []).map(({ customer, order }) => [customer, order]));
    const statements = contentStatements(sets.flatMap((set) => set.contents));
    if (assumed.length > 0) {
      statements.push({ sql: REFUSE_UNLESS_ORDINARY, columns: ["text", "text"], table: assumed });
    }
    if (events.length > 0) {
      statements.push({ sql: INSERT_EVENTS, columns: EVENT_COLUMNS, values: events.flatMap(eventValues) });
    }
    if (links.length > 0) {
      statements.push({ sql: INSERT_EVENT_CONTENTS, columns: ["text", "text"], table: links });
    }
    statements.push(...deliveryStatements(sets.flatMap((set) => set.deliveries)));
    statements.push(...sets.flatMap((set) => set.also));
    const again = sets.flatMap((set) => (set.events.length > 0 ? [] : set.deliveries.map(({ id }) => id)));
    if (again.length > 0) statements.push({ sql: TAKE_FORGOTTEN_BACK, args: [again] });
    return statements;
  },
  results: (_cells, sets) => sets.map(() => undefined),
};

/** An event that is there already under the same id of the TMS. */
export interface KnownEvent {
  readonly id: string;
  readonly contentHash: string;
  /** Those that it was published with; replays make more. */
  readonly deliveries: number;
}

export const externalKey = (customer: string, externalId: string) => `${customer}\n${externalId}`;

/** Finds the events that are there already, by `externalKey`. One query for the whole set. */
export async function knownEvents(
  database: Database,
  wanted: readonly { readonly customer: string; readonly externalId: string }[],
): Promise<Map<string, KnownEvent>> {
  if (wanted.length === 0) return new Map();
  const rows = await database.jsonOf<[string, string, string, string, number][]>({
    // One look each, by the index: joined, a planner that knows nothing of a young table yet reads all of it.
    sql: `WITH w(customer, id) AS (:table)
      SELECT json_group_array(json(found)) FROM (SELECT (SELECT json_array(e.customer_id, e.external_id, e.id,
          e.content_hash, (SELECT count(*) FROM deliveries d WHERE d.event_id = e.id AND d.created_at <= e.received_at))
        FROM events e WHERE e.customer_id = w.customer AND e.external_id = w.id) AS found FROM w) AS each_found
      WHERE found IS NOT NULL`,
    columns: ["text", "text"],
    table: wanted.map(({ customer, externalId }) => [customer, externalId]),
  });
  return new Map(
    rows.map(([customer, externalId, id, contentHash, deliveries]) => [
      externalKey(customer, externalId),
      { id, contentHash, deliveries },
    ]),
  );
}
