import { InputError } from "../errors.js";
import { newId } from "../ids.js";
import type { Queue } from "../queue/queue.js";
import { refusal } from "../schemas/rules/rules.js";
import type { EventRow } from "../store/event-rows.js";
import type { NewDelivery } from "../store/publishing.js";
import type { Clock, Customer, Endpoint } from "../types.js";
import { type OrderKey, orderKey } from "./look-ups.js";
import { match } from "./match.js";
import { newDelivery } from "./new-delivery.js";
import { type Placed, placeOf } from "./order.js";
import type { PublishStore } from "./publish.js";
import { expiryOf } from "./quiet-hours.js";
import { laneFor } from "./shards.js";

export interface ReplayStore<F>
  extends Pick<
    PublishStore,
    "customers" | "forAllOrders" | "forOrders" | "callbackUrls" | "callbacks" | "eventRows" | "commit"
  > {
  /** Event and endpoint of the deliveries that fit, in sets; those of deleted endpoints are left out. */
  selected(
    filter: F,
    options: Omit<ManyOptions, "dryRun">,
  ): { readonly sets: AsyncIterable<readonly Selected[]>; left(): string | null };
}

interface Selected {
  readonly eventId: string;
  readonly endpoint: Endpoint;
  readonly order: string;
  readonly event: Placed;
}

interface ManyOptions {
  readonly dryRun?: boolean | undefined;
  /** So many that fit; left out: all. */
  readonly limit?: number | undefined;
  /** `next` of the call before. */
  readonly cursor?: string | undefined;
}

export interface ReplayOptions<F> {
  readonly store: ReplayStore<F>;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** How many new deliveries there are, and why none. */
export interface Replayed {
  readonly count: number;
  readonly reason?: string;
}

export interface Replayer<F> {
  /** An event again, to every endpoint that matches it now, as new deliveries. Throws InputError 404. */
  event(id: string): Promise<Replayed>;
  /** The events of the deliveries that fit again, to the same endpoints, as new deliveries. */
  deliveries(filter: F, options: ManyOptions): Promise<Replayed & { readonly next: string | null }>;
}

export function createReplayer<F>({ store, queue, clock }: ReplayOptions<F>): Replayer<F> {
  async function commit(deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    await store.commit({ events: [], deliveries, contents: [], also: [] });
    queue.wake(deliveries.map(({ laneId, dueAt }) => ({ laneId, at: dueAt })));
  }

  return {
    async event(id) {
      const [row] = await store.eventRows([id]);
      if (!row) throw InputError.notFound("event", id);
      if (row.payloadForgottenAt) {
        const at = new Date(row.payloadForgottenAt).toISOString();
        throw InputError.conflict(refusal("forgotten", { at }));
      }
      const customer = (await store.customers([row.customer])).get(row.customer);
      if (!customer) throw InputError.conflict(refusal("customer_gone", { customer: row.customer }));
      const { endpoints, reason } = await matching(store, row, customer);
      await commit(endpoints.map((endpoint) => newDelivery({ row }, endpoint, clock.now(), true)));
      return { count: endpoints.length, ...(reason ? { reason } : {}) };
    },

    async deliveries(filter, { dryRun = false, ...how }) {
      const { sets, left } = store.selected(filter, how);
      let count = 0;
      for await (const set of sets) {
        count += set.length;
        if (dryRun) continue;
        const now = clock.now();
        await commit(
          set.map(({ eventId, endpoint, order, event }) => ({
            ...placed(endpoint, event),
            id: newId("dlv"),
            eventId,
            endpointId: endpoint.id,
            laneId: laneFor(endpoint, order),
            customer: endpoint.customer,
            order,
            createdAt: now,
            dueAt: now,
            expiresAt: expiryOf(endpoint, now),
          })),
        );
      }
      return { count, next: left() };
    },
  };
}

/** Of many that are sent again each keeps its place in its order. */
function placed(endpoint: Endpoint, event: Placed): Pick<NewDelivery, "place"> {
  const place = placeOf(endpoint, event);
  return place ? { place: { ...place, free: false } } : {};
}

async function matching<F>(store: ReplayStore<F>, row: EventRow, customer: Customer) {
  const pair: OrderKey = { customer: row.customer, order: row.order };
  const key = orderKey(pair);
  const [own, urls] = await Promise.all([store.forOrders([pair]), store.callbackUrls([pair])]);
  const callbackUrls = urls.get(key) ?? [];
  return match(row, {
    forAll: await store.forAllOrders(row.customer),
    own: own.get(key) ?? [],
    callbacks: callbackUrls.length > 0 ? await store.callbacks(customer, callbackUrls) : [],
  });
}
