import type { Catalogue } from "../catalogue/index.js";
import { type FieldError, InputError, UniqueError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Queue, WakeUp } from "../queue/queue.js";
import type { EventRow } from "../store/event-rows.js";
import { externalKey, type NewDelivery, type PublishSet } from "../store/publishing.js";
import type { TraceContext } from "../tracing.js";
import type { Clock, Customer, Endpoint, OrderDetails } from "../types.js";
import { differences } from "./differences.js";
import { Assumptions, type LookUpStore, type LookUps, lookUp, type OrderKey, orderKey, ordersOf } from "./look-ups.js";
import { match } from "./match.js";
import { newDelivery } from "./new-delivery.js";
import { customerNamed, type PreparedEvent, prepareEvent } from "./prepare.js";
import type { Registry } from "./settings-check.js";
import { type Committing, type Fresh, UnderWay } from "./under-way.js";

/** What became of one published event. */
export interface PublishResult {
  readonly id: string;
  /** true: it was there already, and nothing new was made. */
  readonly duplicate: boolean;
  readonly deliveries: number;
  /** Why there are no deliveries. */
  readonly reason?: string;
}

/** What publishing needs of the store; every call takes a whole set. */
export interface PublishStore extends LookUpStore {
  customers(ids: Iterable<string>): Promise<ReadonlyMap<string, Customer>>;
  callbacks(customer: Customer, urls: readonly string[]): Promise<readonly Endpoint[]>;
  /** The rows of those events that exist. */
  eventRows(ids: readonly string[]): Promise<readonly EventRow[]>;
  missingContents(contents: PreparedEvent["contents"]): Promise<PreparedEvent["contents"]>;
  detailsStatements(rows: readonly (OrderKey & { details: OrderDetails; at: number })[]): PublishSet["also"];
  /** Writes the set in one transaction, together with those of other requests. */
  commit(set: PublishSet): Promise<void>;
}

export interface PublishOptions {
  readonly store: PublishStore;
  readonly catalogue: Catalogue;
  readonly registry: Registry;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly defaultTimeZone: string;
  readonly maxEventBytes: number;
  readonly log: Logger;
  /** Has a lane claim in the commit that is being gathered; false: it is woken after it. Left out: all are. */
  readonly claimAlong?: ((wakeUp: WakeUp) => boolean) | undefined;
}

/** A request between its validation and its commit. */
interface Request extends Committing {
  readonly events: readonly PreparedEvent[];
  /** Where each came from in the request: the path of its fields begins so. */
  readonly prefixes: readonly string[];
  /** It was planned before, and its commit was refused. */
  readonly isAgain: boolean;
  readonly resolve: (results: PublishResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How often a request is planned again because one of its ids was published meanwhile, or an assumption was wrong. */
const MAX_PLANS = 5;

export interface Publisher {
  /**
   * Publishes all items or none. Resolves after they and their deliveries are committed with an fsync. Throws
   * InputError with every faulty field of every item (paths begin with `/index` where there are several), 409 for an
   * id that stands for other content, StoreUnavailableError when the database cannot be written. The attempts go on with
   * `trace`.
   */
  publish(items: readonly unknown[], trace?: TraceContext): Promise<PublishResult[]>;
  /** Publishes each item for itself; what cannot be taken comes back as its error. */
  publishEach(items: readonly unknown[], trace?: TraceContext): Promise<(PublishResult | Error)[]>;
}

export function createPublisher(options: PublishOptions): Publisher {
  const { store, clock } = options;
  const underWay = new UnderWay();
  const assumptions = new Assumptions(store, clock);
  let waiting: Request[] = [];
  let running = false;

  /** Plans one group at a time; while its commit is under way, the next is planned. */
  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await publishGroup(options, group, underWay, assumptions).catch((error: unknown) => {
        for (const { reject } of group) reject(error);
      });
    }
    running = false;
  }

  function enqueue(events: readonly PreparedEvent[], prefixes: readonly string[], plans = 1): Promise<PublishResult[]> {
    const planned = new Promise<PublishResult[]>((resolve, reject) => {
      waiting.push({ events, prefixes, isAgain: plans > 1, resolve, reject });
      if (!running) queueMicrotask(run);
    });
    return planned.catch((error: unknown) => {
      if (!(error instanceof UniqueError) || plans >= MAX_PLANS) throw error;
      assumptions.failed();
      return enqueue(events, prefixes, plans + 1);
    });
  }

  /** What prepares each of these items. */
  async function preparing(items: readonly unknown[], trace: TraceContext | undefined) {
    const { catalogue, registry, defaultTimeZone, maxEventBytes } = options;
    const customers = await store.customers(new Set(items.flatMap((item) => customerNamed(item) ?? [])));
    const context = { catalogue, registry, defaultTimeZone, maxEventBytes, now: clock.now(), trace };
    return (item: unknown, prefix: string, errors: FieldError[]) =>
      prepareEvent(item, customers, context, prefix, errors);
  }

  return {
    async publish(items, trace) {
      const prefixes = items.map((_item, at) => (items.length === 1 ? "" : `/${at}`));
      const prepare = await preparing(items, trace);
      const errors: FieldError[] = [];
      const prepared = items.map((item, at) => prepare(item, prefixes[at] ?? "", errors));
      if (errors.length > 0) throw InputError.invalid(errors);
      return enqueue(prepared as PreparedEvent[], prefixes);
    },
    async publishEach(items, trace) {
      const prepare = await preparing(items, trace);
      const publishOne = async (item: unknown): Promise<PublishResult> => {
        const errors: FieldError[] = [];
        const event = prepare(item, "", errors);
        if (!event) throw InputError.invalid(errors);
        const [result] = await enqueue([event], [""]);
        return result as PublishResult;
      };
      return Promise.all(items.map((item) => publishOne(item).catch((error: Error) => error)));
    },
  };
}

/** Finds duplicates and endpoints for the whole group, then hands all sets over to be committed. */
async function publishGroup(
  { store, queue, clock, log, claimAlong = () => false }: PublishOptions,
  group: readonly Request[],
  underWay: UnderWay,
  assumptions: Assumptions,
): Promise<void> {
  underWay.forgetSettled();
  const all = group.flatMap(({ events }) => events);
  const assumed = assumptions.allow(all.length) && !group.some(({ isAgain }) => isAgain);
  const lookups = await lookUp(store, all, assumed);
  const now = clock.now();
  for (const request of group) {
    try {
      // One after the other, so that each sees the events of those before it.
      const { set, results, twins, fresh, conflict } = await plan(store, request, lookups, underWay, now);
      // What repeats an event that is under way is true only once that one is committed. Should it be refused, this request
      // is planned again too: nothing of it may have been written by then.
      const earlier = [...twins].map((twin) => twin.committed);
      if (conflict) {
        Promise.all(earlier).then(() => request.reject(conflict), request.reject);
        continue;
      }
      const write = () => (set.events.length > 0 ? store.commit(set) : Promise.resolve());
      const waits = earlier.length > 0;
      const woken = wakeUps(set.deliveries).filter((wakeUp) => waits || !claimAlong(wakeUp));
      const committed = (waits ? Promise.all(earlier).then(write) : write()).then(() => {
        queue.wake(woken);
        logPublished(log, request.events, results);
        request.resolve(results);
      });
      request.committed = committed;
      underWay.add(fresh, committed);
      committed.catch(request.reject);
    } catch (error) {
      request.reject(error);
    }
  }
}

function wakeUps(deliveries: readonly NewDelivery[]): WakeUp[] {
  const woken = new Map<string, number>();
  for (const { laneId, dueAt } of deliveries) woken.set(laneId, Math.min(dueAt, woken.get(laneId) ?? dueAt));
  return [...woken].map(([laneId, at]) => ({ laneId, at }));
}

/** What a request will write, and the requests whose events it repeats; `conflict`: with what it contradicts. */
async function plan(store: PublishStore, request: Request, lookups: LookUps, underWay: UnderWay, now: number) {
  const { events, prefixes } = request;
  const results: PublishResult[] = [];
  const twins = new Set<Committing>();
  const fresh = new Map<string, Fresh>();
  const published: PreparedEvent[] = [];
  const deliveries: NewDelivery[] = [];
  const conflicts: FieldError[] = [];
  for (const [at, event] of events.entries()) {
    const { row } = event;
    const key = row.externalId === null ? row.id : externalKey(row.customer, row.externalId);
    const twin = fresh.get(key) ?? underWay.get(key);
    const known = lookups.known.get(key) ?? twin;
    if (known) {
      if (twin && twin.request !== request) twins.add(twin.request);
      if (known.contentHash !== row.contentHash) {
        const first = twin?.row ?? (await store.eventRows([known.id]))[0];
        conflicts.push(...(first ? conflictsWith(first, row, prefixes[at] ?? "") : []));
      }
      results.push({ id: known.id, duplicate: true, deliveries: known.deliveries });
      continue;
    }
    const matching = endpointsOf(store, event, lookups);
    const { endpoints, reason } = "then" in matching ? await matching : matching;
    published.push(event);
    deliveries.push(...endpoints.map((endpoint) => newDelivery(event, endpoint, row.receivedAt)));
    results.push({ id: row.id, duplicate: false, deliveries: endpoints.length, ...(reason ? { reason } : {}) });
    if (row.externalId === null) continue;
    fresh.set(key, { id: row.id, contentHash: row.contentHash, deliveries: endpoints.length, row, request });
  }
  const conflict =
    conflicts.length > 0 ? InputError.conflict("An id stands for an event with other content.", conflicts) : null;
  return { set: await publishSet(store, published, deliveries, lookups, now), results, twins, fresh, conflict };
}

async function publishSet(
  store: PublishStore,
  events: readonly PreparedEvent[],
  deliveries: readonly NewDelivery[],
  { assumed }: LookUps,
  now: number,
): Promise<PublishSet> {
  const contents = events.flatMap((event) => event.contents);
  const details = events.flatMap(({ row, details }) =>
    details ? [{ customer: row.customer, order: row.order, details, at: now }] : [],
  );
  return {
    events: events.map(({ row }) => row),
    deliveries,
    ...(assumed ? { assumed: ordersOf(events) } : {}),
    contents: contents.length > 0 ? await store.missingContents(contents) : [],
    also: details.length > 0 ? store.detailsStatements(details) : [],
  };
}

function conflictsWith(first: EventRow, row: EventRow, prefix: string): FieldError[] {
  return differences(first, row).map((name) => ({
    path: `${prefix}/${name}`,
    message: `differs from what was published as "${row.externalId}" before (${first.id}): use a new id`,
  }));
}

const NONE: readonly never[] = [];

/** The endpoints that an event goes to, at once but for callback URLs, whose endpoints may have to be made. */
function endpointsOf(store: PublishStore, { row, customer, callbackUrls }: PreparedEvent, lookups: LookUps) {
  const key = orderKey(row);
  const forAll = lookups.forAll.get(row.customer) ?? NONE;
  const own = lookups.own.get(key) ?? NONE;
  const urls = [...callbackUrls, ...(lookups.urls.get(key) ?? NONE)];
  if (urls.length === 0) return match(row, { forAll, own, callbacks: NONE });
  return store.callbacks(customer, [...new Set(urls)]).then((callbacks) => match(row, { forAll, own, callbacks }));
}

function logPublished(log: Logger, events: readonly PreparedEvent[], results: readonly PublishResult[]): void {
  for (const [at, { row }] of events.entries()) {
    const { customer, externalId, order, statusCode, status } = row;
    const { id: event, duplicate, deliveries } = results[at] ?? {};
    log.info({ event, externalId, customer, order, statusCode, status, duplicate, deliveries }, "published");
  }
}
