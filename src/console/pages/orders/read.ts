import { InputError } from "../../../errors.js";
import type { SignedIn } from "../../page.js";
import { inputOf } from "../../problem.js";
import type { StatusEvent } from "../deliveries/event-facts.js";
import { timeZoneOf } from "../deliveries/one.js";
import { type Delivery, type Listed, orProblem } from "../deliveries/shared.js";

/** What is known of an order beside its number, as the API answers it. */
export interface OrderRecord extends Readonly<Record<string, unknown>> {
  readonly callbackUrls: readonly string[];
  readonly endpoints: readonly {
    readonly id: string;
    readonly name: string;
    readonly transport: { readonly type: string };
  }[];
}

/** One status, and who was told of it. */
export interface Told {
  readonly event: StatusEvent;
  readonly deliveries: readonly Delivery[];
}

export interface Story {
  readonly customer: string;
  readonly order: string;
  /** null: nothing but its number is known. */
  readonly record: OrderRecord | null;
  /** In the order of their times. */
  readonly told: readonly Told[];
  readonly deliveries: readonly Delivery[];
  /** Of statuses or deliveries there are more than are shown. */
  readonly isCut: boolean;
  /** null: the reader's. */
  readonly timeZone: string | null;
}

/** Statuses and deliveries that one page shows. */
export const MOST = 500;

const byTime = (a: StatusEvent, b: StatusEvent) =>
  a.statusTime === b.statusTime ? (a.id < b.id ? -1 : 1) : a.statusTime < b.statusTime ? -1 : 1;

/** Everything about one order. Throws a 404 where nothing is known of it. */
export async function readStory(page: SignedIn): Promise<Story> {
  const { customer = "", order = "" } = page.params;
  const query = { customer, order, limit: String(MOST) };
  const [record, events, deliveries, timeZone] = await Promise.all([
    orProblem(page.read<OrderRecord>("getOrder", { params: { customer, order } })),
    page.read<Listed<StatusEvent>>("listEvents", { query }),
    page.read<Listed<Delivery>>("listDeliveries", { query }),
    timeZoneOf(page, customer),
  ]);
  if ("problem" in record && record.problem.status !== 404) {
    throw inputOf(record.problem);
  }
  const known = "value" in record ? record.value : null;
  if (!known && events.items.length === 0) throw InputError.notFound("order", order);
  const ofEvent = new Map<string, Delivery[]>();
  // The first made first.
  for (const delivery of [...deliveries.items].reverse()) {
    ofEvent.set(delivery.eventId, [...(ofEvent.get(delivery.eventId) ?? []), delivery]);
  }
  const told = [...events.items].sort(byTime).map((event) => ({ event, deliveries: ofEvent.get(event.id) ?? [] }));
  const isCut = events.next !== null || deliveries.next !== null;
  return { customer, order, record: known, told, deliveries: deliveries.items, isCut, timeZone };
}
