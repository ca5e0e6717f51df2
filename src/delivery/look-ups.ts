import type { KnownEvent } from "../store/publishing.js";
import type { Clock, Endpoint } from "../types.js";
import type { PreparedEvent } from "./prepare.js";

export type OrderKey = { readonly customer: string; readonly order: string };
export const orderKey = ({ customer, order }: OrderKey): string => `${customer}\n${order}`;

/** What is looked up of events before they are planned; every call takes a whole set. */
export interface LookUpStore {
  /** One process alone has the database: nobody else writes between what it reads and what it commits. */
  readonly isAlone: boolean;
  forAllOrders(customer: string): Promise<readonly Endpoint[]>;
  /** By `orderKey`. */
  forOrders(pairs: readonly OrderKey[]): Promise<ReadonlyMap<string, readonly Endpoint[]>>;
  callbackUrls(pairs: readonly OrderKey[]): Promise<ReadonlyMap<string, readonly string[]>>;
  known(
    wanted: readonly { readonly customer: string; readonly externalId: string }[],
  ): Promise<ReadonlyMap<string, KnownEvent>>;
}

export interface LookUps {
  readonly forAll: ReadonlyMap<string, readonly Endpoint[]>;
  /** By `externalKey`. */
  readonly known: ReadonlyMap<string, KnownEvent>;
  /** By `orderKey`. */
  readonly own: ReadonlyMap<string, readonly Endpoint[]>;
  readonly urls: ReadonlyMap<string, readonly string[]>;
  /** `known`, `own` and `urls` were not looked up but taken to be empty: the commit refuses what is planned on it wrongly. */
  readonly assumed: boolean;
}

/** More than these share one look-up, which then costs each of them little. */
const FEW = 16;
/** So long is looked first after an assumption was wrong: what is sent again seldom comes alone. */
const LOOK_MS = 1_000;
const NOTHING = new Map<string, never>();

/**
 * Whether events may be planned as new, and their orders as ordinary ones. Most are, and asking the database first would be a
 * way to its thread and back for each of them.
 */
export class Assumptions {
  readonly #isAlone: boolean;
  readonly #clock: Clock;
  #lookUntil = Number.NEGATIVE_INFINITY;

  constructor({ isAlone }: LookUpStore, clock: Clock) {
    this.#isAlone = isAlone;
    this.#clock = clock;
  }

  /** A commit was refused. */
  failed(): void {
    this.#lookUntil = this.#clock.monotonic() + LOOK_MS;
  }

  allow(events: number): boolean {
    return this.#isAlone && events <= FEW && this.#clock.monotonic() >= this.#lookUntil;
  }
}

/** What is known of these events and their orders, with a query each; none but for the endpoints where it is `assumed`. */
export async function lookUp(store: LookUpStore, events: readonly PreparedEvent[], assumed: boolean): Promise<LookUps> {
  const customers = [...new Set(events.map(({ row }) => row.customer))];
  const lists = Promise.all(customers.map((customer) => store.forAllOrders(customer)));
  const byCustomer = (all: readonly (readonly Endpoint[])[]) =>
    new Map(customers.map((customer, at) => [customer, all[at] ?? []]));
  if (assumed) return { forAll: byCustomer(await lists), known: NOTHING, own: NOTHING, urls: NOTHING, assumed };
  const withId = events.flatMap(({ row: { customer, externalId } }) =>
    externalId === null ? [] : [{ customer, externalId }],
  );
  const pairs = ordersOf(events);
  const [known, own, urls, all] = await Promise.all([
    store.known(withId),
    store.forOrders(pairs),
    store.callbackUrls(pairs),
    lists,
  ]);
  return { forAll: byCustomer(all), known, own, urls, assumed };
}

/** The orders of the events, each once. */
export function ordersOf(events: readonly PreparedEvent[]): OrderKey[] {
  const pairs = events.map(({ row: { customer, order } }) => ({ customer, order }));
  return [...new Map(pairs.map((pair) => [orderKey(pair), pair])).values()];
}
