import type { Attempt, Delivery, Status } from "../types.js";
import { ATTEMPT_ROWS, type AttemptRow, attemptsFrom } from "./attempts.js";
import { type Causes, causesOf } from "./causes.js";
import type { Database } from "./database.js";
import { type DeliveryFilter, deliveryScan } from "./delivery-scan.js";
import { supersededBy } from "./ordering.js";
import { firstIds, type Page, type PageRequest, pageLimit, type Scan, SET, scanIds, toPage } from "./rows.js";

/** A delivery with what its event and its endpoint say in short. */
interface DeliveryView extends Delivery {
  /** Empty once the endpoint's row is gone. */
  readonly endpointName: string;
  readonly transport: string;
  /** Of the last attempt, such as `http_503`; empty where nothing has failed. */
  readonly code: string;
  readonly event: {
    readonly externalId: string | null;
    readonly reference: string;
    readonly barcode: string;
    readonly container: string;
    readonly statusCode: string;
    readonly status: Status;
    readonly statusTime: number;
  };
}

export type { DeliveryFilter } from "./delivery-scan.js";

export interface Deliveries {
  get(id: string): Promise<(DeliveryView & { readonly attemptList: readonly Attempt[] }) | null>;
  /** Newest first. */
  list(filter: DeliveryFilter, page?: PageRequest): Promise<Page<DeliveryView>>;
  count(filter: DeliveryFilter): Promise<number>;
  /** Why the newest that fit have failed, or, with the state pending, wait to be tried again. */
  causes(filter: DeliveryFilter): Promise<Causes>;
}

const VIEW_JSON = `json_object('id', d.id, 'eventId', d.event_id, 'endpointId', d.endpoint_id, 'laneId', d.lane_id,
  'customer', d.customer_id, 'order', d.order_number, 'state', d.state, 'reason', d.reason, 'fault', d.fault,
  'lastError', d.last_error, 'attempts', d.attempts, 'createdAt', d.created_at, 'dueAt', d.due_at,
  'finishedAt', d.finished_at, 'fileName', d.file_name, 'waitsFor', d.waits_for, 'overtook', d.overtook,
  'event', json_object('externalId', e.external_id,
    'reference', json_member(e.body, 'reference'), 'barcode', e.barcode, 'container', e.container,
    'statusCode', e.status_code, 'status', e.status, 'statusTime', e.status_time),
  'code', CASE WHEN d.fault IS NULL THEN '' ELSE coalesce((SELECT json_text(a.report, 'code') FROM attempts a
    WHERE a.delivery_id = d.id AND a.late = 0 ORDER BY a.number DESC LIMIT 1), '') END,
  'endpointName', coalesce(p.name, ''), 'transport', coalesce(json_text(json_text(p.settings, 'transport'), 'type'), ''))`;

const VIEW_JOINS = `JOIN events e ON e.id = d.event_id LEFT JOIN endpoints p ON p.id = d.endpoint_id`;

type FoundView = Omit<DeliveryView, "supersededBy" | "event"> & {
  readonly event: Omit<DeliveryView["event"], "reference"> & { readonly reference: string | null };
};

const toView = ({ event, ...view }: FoundView): DeliveryView => ({
  ...view,
  event: { ...event, reference: event.reference ?? "" },
  supersededBy: supersededBy(view.reason),
});

/** Deliveries that are so few that a list of their ids serves. */
const FEW = 5_000;

/** The deliveries, for looking at. */
export function createDeliveries(database: Database): Deliveries {
  async function views(ids: readonly string[]): Promise<DeliveryView[]> {
    const found = await database.json<FoundView[]>(
      `SELECT json_group_array(json(found)) FROM (SELECT ${VIEW_JSON} AS found FROM each(?) w
        JOIN deliveries d ON d.id = w.value ${VIEW_JOINS} ORDER BY w.key) AS rows`,
      ids,
    );
    return found.map(toView);
  }

  /** What waits has an index by lane alone: where it is little it is found by that, and where it is much among all. */
  async function pendingToo(filter: DeliveryFilter): Promise<Scan> {
    const scan = deliveryScan(filter);
    if (filter.state !== "pending" || scan.base.length > 0) return scan;
    const pending = "SELECT id FROM deliveries WHERE state = 'pending'";
    const [count] = await database.json<[number]>(
      `SELECT json_array((SELECT count(*) FROM (${pending} LIMIT ${FEW + 1}) AS few))`,
    );
    return count > FEW ? scan : { ...scan, base: [{ sql: `id IN (${pending})`, args: [] }] };
  }

  return {
    async get(id) {
      const found = await database.json<[FoundView, AttemptRow[]] | null>(
        `SELECT json_array(${VIEW_JSON}, ${ATTEMPT_ROWS}) FROM deliveries d ${VIEW_JOINS} WHERE d.id = ?`,
        id,
      );
      if (!found) return null;
      const [view, rows] = found;
      return { ...toView(view), attemptList: await attemptsFrom(database, id, rows) };
    },
    async list(filter, { cursor, limit } = {}) {
      const size = pageLimit(limit);
      const { ids, stopped } = await firstIds(database, await pendingToo(filter), size + 1, cursor);
      return toPage(
        await views(ids),
        size,
        ({ id }) => id,
        (view) => view,
        stopped,
      );
    },
    causes: (filter) => causesOf(database, filter),
    async count(filter) {
      let count = 0;
      for await (const ids of scanIds(database, deliveryScan(filter), SET)) count += ids.length;
      return count;
    },
  };
}
