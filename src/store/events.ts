import type { Content, Status, StatusEvent } from "../types.js";
import type { Database } from "./database.js";
import { type ContentRef, type EventRow, toStatusEvent } from "./event-rows.js";
import { firstIds, type Page, type PageRequest, pageLimit, type Scan, toPage } from "./rows.js";
import { amongEvents, is } from "./search.js";

type Known<T> = T extends Content
  ? ContentRef
  : T extends readonly (infer Item)[]
    ? Known<Item>[]
    : T extends object
      ? { [K in keyof T]: Known<T[K]> }
      : T;

/** A status change as the API shows it: pictures, signatures and documents by hash and length. */
type EventView = Known<StatusEvent>;

/** All that is given must agree; times are epoch ms of the arrival, `from` included and `to` not. */
export interface EventFilter {
  readonly customer?: string | undefined;
  readonly order?: string | undefined;
  /** As the event or its order says it. */
  readonly reference?: string | undefined;
  readonly barcode?: string | undefined;
  readonly externalId?: string | undefined;
  readonly statusCode?: string | undefined;
  readonly status?: Status | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Events {
  get(id: string): Promise<EventView | null>;
  /** Newest first. */
  list(filter: EventFilter, page?: PageRequest): Promise<Page<EventView>>;
  /** The rows of `ids` that exist, in their order: what a replay needs. */
  rows(ids: readonly string[]): Promise<EventRow[]>;
  /**
   * The events of the same order before this one, oldest first, at most 499: those that arrived earlier and whose status
   * is not later. What arrives afterwards changes nothing, so that a retry shows what the first attempt showed.
   */
  before(event: Pick<StatusEvent, "id" | "customer" | "order" | "statusTime">): Promise<EventRow[]>;
}

const ROW_JSON = `json_object('id', e.id, 'customer', e.customer_id, 'externalId', e.external_id,
  'contentHash', e.content_hash, 'order', e.order_number, 'barcode', e.barcode, 'container', e.container,
  'statusCode', e.status_code, 'status', e.status, 'statusTime', e.status_time, 'receivedAt', e.received_at,
  'body', json(e.body), 'payloadForgottenAt', e.payload_forgotten_at)`;

/** Of an order with more events the newest alone are looked at: each delivery of each of them asks. */
const LOOKED_AT = 1000;
const SHOWN = 499;
const BEFORE = `SELECT json_group_array(json(found)) FROM (
  SELECT found FROM (
    SELECT ${ROW_JSON} AS found, e.status_time AS time, e.id AS id
    FROM (SELECT * FROM events WHERE customer_id = ?1 AND order_number = ?2 AND id < ?3 ORDER BY id DESC LIMIT ${LOOKED_AT}) e
    WHERE e.status_time <= ?4 ORDER BY time DESC, id DESC LIMIT ${SHOWN}) AS newest
  ORDER BY time, id) AS rows`;

/** Nobody opens a content that is only shown. */
const shown = {
  content: ({ sha256, length, mediaType }: ContentRef): Content => ({ sha256, length, mediaType }) as Content,
  missing: () => Promise.resolve([]),
};

/** Pictures that were forgotten are named in the row still, but cannot be opened by what is rendered. */
function withoutForgotten(row: EventRow): EventRow {
  if (!row.payloadForgottenAt) return row;
  const { signatures: _signatures, pictures: _pictures, documents: _documents, ...body } = row.body;
  return { ...row, body };
}

const toView = (row: EventRow): EventView => toStatusEvent(row, shown) as unknown as EventView;

function eventScan(filter: EventFilter): Scan {
  const { from, to } = filter;
  const customer = is("customer_id", filter.customer);
  const byExternalId = filter.customer !== undefined && filter.externalId !== undefined;
  const byOrder = filter.customer !== undefined && filter.order !== undefined;
  const [found] = amongEvents("id", filter);
  // The indexes go by customer and the TMS's own id or order, or by what is looked up; a customer alone is found among
  // the newest.
  const narrow = [
    byExternalId ? [...customer, ...is("external_id", filter.externalId)] : [],
    byOrder ? [...customer, ...is("order_number", filter.order)] : [],
    found ? [found] : [],
  ].find((each) => each.length > 0);
  return {
    table: "events",
    base: narrow ?? [],
    filter: [
      ...customer,
      ...is("order_number", filter.order),
      ...is("barcode", filter.barcode),
      ...amongEvents("id", { reference: filter.reference }).filter(({ sql }) => sql !== narrow?.[0]?.sql),
      ...is("external_id", filter.externalId),
      ...is("status_code", filter.statusCode),
      ...is("status", filter.status),
      ...(from === undefined ? [] : [{ sql: "received_at >= ?", args: [from] }]),
      ...(to === undefined ? [] : [{ sql: "received_at < ?", args: [to] }]),
    ],
    from,
    to,
  };
}

/** The events that were accepted. */
export function createEvents(database: Database): Events {
  async function rows(ids: readonly string[]): Promise<EventRow[]> {
    return database.json<EventRow[]>(
      `SELECT json_group_array(json(found)) FROM
        (SELECT ${ROW_JSON} AS found FROM each(?) w JOIN events e ON e.id = w.value ORDER BY w.key) AS rows`,
      ids,
    );
  }
  return {
    rows,
    async before({ customer, order, id, statusTime }) {
      const found = await database.json<EventRow[]>(BEFORE, customer, order, id, statusTime);
      return found.map(withoutForgotten);
    },
    async get(id) {
      const [row] = await rows([id]);
      return row ? toView(row) : null;
    },
    async list(filter, { cursor, limit } = {}) {
      const size = pageLimit(limit);
      const { ids, stopped } = await firstIds(database, eventScan(filter), size + 1, cursor);
      return toPage(await rows(ids), size, ({ id }) => id, toView, stopped);
    },
  };
}
