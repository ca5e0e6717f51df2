import type { Fault } from "../errors.js";
import type { StateFilter } from "../schemas/delivery.js";
import type { Status } from "../types.js";
import type { Condition, Scan } from "./rows.js";
import { amongEvents, holds, is } from "./search.js";

/** All that is given must agree; times are epoch ms of the delivery's creation, `from` included and `to` not. */
export interface DeliveryFilter {
  readonly customer?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly order?: string | undefined;
  /** As the event or its order says it. */
  readonly reference?: string | undefined;
  readonly barcode?: string | undefined;
  readonly event?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly status?: Status | undefined;
  readonly statusCode?: string | undefined;
  /** Of the last attempt, such as `http_503`. */
  readonly code?: string | undefined;
  /** Text that the last error holds. */
  readonly error?: string | undefined;
  readonly state?: StateFilter | undefined;
  readonly fault?: Fault | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const eventIs = (column: string, value: string | undefined): Condition[] =>
  value === undefined
    ? []
    : [{ sql: `EXISTS (SELECT 1 FROM events said WHERE said.id = event_id AND said.${column} = ?)`, args: [value] }];

/** The code stands in the report of the attempt alone: it is looked up of each row that fits otherwise. */
const codeIs = (code: string | undefined): Condition[] =>
  code === undefined
    ? []
    : [
        {
          sql: `(SELECT json_text(tried.report, 'code') FROM attempts tried WHERE tried.delivery_id = id AND tried.late = 0
            ORDER BY tried.number DESC LIMIT 1) = ?`,
          args: [code],
        },
      ];

const stateIs = (state: StateFilter | undefined): readonly Condition[] =>
  state === "undelivered" ? [{ sql: "state <> 'delivered'", args: [] }] : is("state", state);

// Written out, so that the indexes of few rows can serve.
const BY_STATE: Readonly<Partial<Record<StateFilter, string>>> = {
  failed: "state = 'failed'",
  canceled: "state = 'canceled'",
  sending: "id IN (SELECT id FROM deliveries WHERE state = 'sending')",
};

/** How the deliveries that fit are found: the first of these that applies narrows the scan through its index. */
export function deliveryScan(filter: DeliveryFilter): Scan {
  const { from, to, state, ids } = filter;
  const byState = state && BY_STATE[state];
  const [found] = amongEvents("event_id", filter);
  const chosen = ids ? [{ sql: "id IN (SELECT value FROM each(?))", args: [ids] }] : [];
  const narrow = [
    chosen,
    is("event_id", filter.event),
    found ? [found] : [],
    byState ? [{ sql: byState, args: [] }] : [],
    is("endpoint_id", filter.endpoint),
    is("customer_id", filter.customer),
  ].find((conditions) => conditions.length > 0);
  return {
    table: "deliveries",
    base: narrow ?? [],
    filter: [
      ...is("event_id", filter.event),
      ...is("order_number", filter.order),
      // An order's number stands in the row itself; what narrows the scan needs no second look.
      ...amongEvents("event_id", { ...filter, order: undefined }).filter(({ sql }) => sql !== narrow?.[0]?.sql),
      ...is("endpoint_id", filter.endpoint),
      ...is("customer_id", filter.customer),
      ...stateIs(state),
      ...is("fault", filter.fault),
      ...eventIs("status", filter.status),
      ...eventIs("status_code", filter.statusCode),
      ...holds("last_error", filter.error),
      ...(from === undefined ? [] : [{ sql: "created_at >= ?", args: [from] }]),
      ...(to === undefined ? [] : [{ sql: "created_at < ?", args: [to] }]),
      ...codeIs(filter.code),
    ],
    from,
    to,
  };
}
