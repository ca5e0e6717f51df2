import type { EventRow } from "../store/event-rows.js";
import type { Endpoint } from "../types.js";

const agrees = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);

/** Whether an endpoint wants this event: its three lists must all agree; an empty one matches all. */
export function wants({ filter }: Endpoint, event: EventRow): boolean {
  return (
    agrees(filter.statuses, event.status) &&
    agrees(filter.statusCodes, event.statusCode) &&
    agrees(filter.sources, event.body.source ?? "")
  );
}

export interface Candidates {
  /** The customer's endpoints for all orders. */
  readonly forAll: readonly Endpoint[];
  /** The order's own endpoints. */
  readonly own: readonly Endpoint[];
  /** Those of the order's and the event's callback URLs. */
  readonly callbacks: readonly Endpoint[];
}

/** Those of `endpoints` that reach a place which none of `others` reaches. */
function besides(endpoints: readonly Endpoint[], others: readonly Endpoint[]): readonly Endpoint[] {
  if (others.length === 0) return endpoints;
  const reached = new Set(others.map(({ target }) => target));
  return endpoints.filter(({ target }) => !reached.has(target));
}

/**
 * The endpoints that an event goes to: the order's own and the customer's; where two agree in transport, address and
 * template, the order's own serves alone. Two of one kind may deliberately reach one place, with a filter each.
 * `reason` says why there are none.
 */
export function match(
  event: EventRow,
  { forAll, own, callbacks }: Candidates,
): { readonly endpoints: readonly Endpoint[]; readonly reason?: string } {
  const particular = callbacks.length === 0 ? own : [...own, ...besides(callbacks, own)];
  const all = particular.length === 0 ? forAll : [...particular, ...besides(forAll, particular)];
  const endpoints = all.filter((endpoint) => wants(endpoint, event));
  if (endpoints.length > 0) return { endpoints };
  const reason =
    all.length === 0
      ? `The customer "${event.customer}" has no endpoint, and order "${event.order}" has none of its own.`
      : `None of ${all.length} endpoints wants this event: their filters exclude it.`;
  return { endpoints, reason };
}
