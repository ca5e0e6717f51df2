import type { Fault } from "../errors.js";
import type { Attempt, Delivery, DeliveryState, Status } from "../types.js";
import { createAttempts } from "./attempts.js";
import type { Database, SqlValue } from "./database.js";
import { supersededBy } from "./ordering.js";
import {
  type Condition,
  firstIds,
  type Page,
  type PageRequest,
  pageLimit,
  type Scan,
  SET,
  scanIds,
  toPage,
} from "./rows.js";

/** All that is given must agree; times are epoch ms of the delivery's creation, `from` included and `to` not. */
export interface DeliveryFilter {
  readonly customer?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly order?: string | undefined;
  readonly event?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly fault?: Fault | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A delivery with what its event says in short. */
interface DeliveryView extends Delivery {
  readonly event: {
    readonly externalId: string | null;
    readonly barcode: string;
    readonly container: string;
    readonly statusCode: string;
    readonly status: Status;
    readonly statusTime: number;
  };
}

export interface Deliveries {
  get(id: string): Promise<(DeliveryView & { readonly attemptList: readonly Attempt[] }) | null>;
  /** Newest first. */
  list(filter: DeliveryFilter, page?: PageRequest): Promise<Page<DeliveryView>>;
  count(filter: DeliveryFilter): Promise<number>;
}

const VIEW_JSON = `json_object('id', d.id, 'eventId', d.event_id, 'endpointId', d.endpoint_id, 'laneId', d.lane_id,
  'customer', d.customer_id, 'order', d.order_number, 'state', d.state, 'reason', d.reason, 'fault', d.fault,
  'lastError', d.last_error, 'attempts', d.attempts, 'createdAt', d.created_at, 'dueAt', d.due_at,
  'finishedAt', d.finished_at, 'fileName', d.file_name, 'waitsFor', d.waits_for, 'overtook', d.overtook,
  'event', json_object('externalId', e.external_id, 'barcode', e.barcode, 'container', e.container,
    'statusCode', e.status_code, 'status', e.status, 'statusTime', e.status_time))`;

const is = (column: string, value: SqlValue | undefined): Condition[] =>
  value === undefined ? [] : [{ sql: `${column} = ?`, args: [value] }];

/** An order has few events, and they have few deliveries: found through the events, whoever's order it is. */
function ofOrder({ customer, endpoint, order }: DeliveryFilter): Condition[] {
  if (order === undefined) return [];
  const events = "event_id IN (SELECT id FROM events WHERE customer_id =";
  if (customer !== undefined) return [{ sql: `${events} ? AND order_number = ?)`, args: [customer, order] }];
  if (endpoint === undefined) return [];
  const sql = `${events} (SELECT customer_id FROM endpoints WHERE id = ?) AND order_number = ?)`;
  return [{ sql, args: [endpoint, order] }];
}

/** How the deliveries that fit are found: the first of these that applies narrows the scan through its index. */
export function deliveryScan(filter: DeliveryFilter): Scan {
  const { from, to, state } = filter;
  // Written out, so that the index of what has failed can serve.
  const failed = state === "failed" ? [{ sql: "state = 'failed'", args: [] }] : [];
  const narrow = [
    is("event_id", filter.event),
    ofOrder(filter),
    failed,
    is("endpoint_id", filter.endpoint),
    is("customer_id", filter.customer),
  ].find((conditions) => conditions.length > 0);
  return {
    table: "deliveries",
    base: narrow ?? [],
    filter: [
      ...is("event_id", filter.event),
      ...is("order_number", filter.order),
      ...is("endpoint_id", filter.endpoint),
      ...is("customer_id", filter.customer),
      ...is("state", state),
      ...is("fault", filter.fault),
      ...(from === undefined ? [] : [{ sql: "created_at >= ?", args: [from] }]),
      ...(to === undefined ? [] : [{ sql: "created_at < ?", args: [to] }]),
    ],
    from: from === undefined ? undefined : { column: "created_at", at: from },
  };
}

/** The deliveries, for looking at. */
export function createDeliveries(database: Database): Deliveries {
  const attempts = createAttempts(database);

  async function views(ids: readonly string[]): Promise<DeliveryView[]> {
    const found = await database.json<Omit<DeliveryView, "supersededBy">[]>(
      `SELECT json_group_array(json(found)) FROM (SELECT ${VIEW_JSON} AS found FROM each(?) w
        JOIN deliveries d ON d.id = w.value JOIN events e ON e.id = d.event_id ORDER BY w.key) AS rows`,
      ids,
    );
    return found.map((view) => ({ ...view, supersededBy: supersededBy(view.reason) }));
  }

  return {
    async get(id) {
      const [view] = await views([id]);
      return view ? { ...view, attemptList: await attempts.ofDelivery(id) } : null;
    },
    async list(filter, { cursor, limit } = {}) {
      const size = pageLimit(limit);
      const ids = await firstIds(database, deliveryScan(filter), size + 1, cursor);
      return toPage(
        await views(ids),
        size,
        ({ id }) => id,
        (view) => view,
      );
    },
    async count(filter) {
      let count = 0;
      for await (const ids of scanIds(database, deliveryScan(filter), SET)) count += ids.length;
      return count;
    },
  };
}
