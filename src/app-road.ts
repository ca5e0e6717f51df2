import type { Catalogue } from "./catalogue/index.js";
import type { Config } from "./config.js";
import { createByteBudget } from "./delivery/byte-budget.js";
import { Deadlines } from "./delivery/deadlines.js";
import { type DeliverOptions, deliver } from "./delivery/deliver.js";
import { HeldClaims } from "./delivery/held-claims.js";
import { nameFiles } from "./delivery/names.js";
import { createPublisher, orderKey } from "./delivery/publish.js";
import type { RenderSources } from "./delivery/render.js";
import { createReplayer } from "./delivery/replay.js";
import type { Registry } from "./delivery/settings.js";
import { createSweep } from "./delivery/sweep.js";
import type { Tally } from "./delivery/tally.js";
import { createTryOut } from "./delivery/try-out.js";
import { WallClock } from "./delivery/wall-clock.js";
import { Worker } from "./delivery/worker.js";
import type { Logger } from "./logger.js";
import { createMemoryQueue } from "./queue/memory.js";
import type { Queue } from "./queue/queue.js";
import type { DeliveryFilter } from "./store/deliveries.js";
import { toStatusEvent } from "./store/event-rows.js";
import type { Store } from "./store/store.js";
import { createResolver } from "./transports/address-guard.js";
import { Connections } from "./transports/connections.js";
import type { Clock } from "./types.js";

/** Large payloads under way in the whole process. */
const LARGE_PAYLOAD_BYTES = 64 * 1024 * 1024;

export interface RoadParts {
  readonly config: Config;
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tally: Tally;
}

/** What templates may ask for beside the event. */
function sourcesOf({ events, contents, orders }: Store): RenderSources {
  return {
    history: async (event) => [...(await events.before(event)).map((row) => toStatusEvent(row, contents)), event],
    details: async (customer, order) =>
      (await orders.details([{ customer, order }])).get(orderKey({ customer, order })) ?? {},
  };
}

/** What publishing and replaying ask the store for. */
function publishStoreOf({ road, customers, endpoints, orders, contents, events }: Store, tally: RoadParts["tally"]) {
  return {
    ...road,
    async commit(set: Parameters<typeof road.commit>[0]) {
      await road.commit(set);
      tally.created(set.deliveries.length);
    },
    customers: customers.getMany,
    forAllOrders: endpoints.forAllOrders,
    forOrders: endpoints.forOrders,
    callbackUrls: orders.callbackUrls,
    callbacks: endpoints.callbacks,
    missingContents: contents.missing,
    eventRows: events.rows,
    detailsStatements: orders.detailsStatements,
  };
}

interface WorkingParts extends RoadParts {
  readonly queue: Queue;
  readonly options: DeliverOptions;
}

/** The half of the road behind the queue: the worker, and the sweep that mends what it leaves. */
function createWorking({ config, store, registry, clock, log, tally, queue, options }: WorkingParts) {
  const { road, endpoints, contents } = store;
  const naming = { registry, sources: options.sources, contents, take: road.takeName, now: clock.now };
  const wall = new WallClock(clock);
  const held = new HeldClaims(wall);
  const worker = new Worker({
    store: {
      ...road,
      laneEndpoint: endpoints.get,
      endpoints: endpoints.byIds,
      async disable(id, version, reason) {
        if (await endpoints.get(id)) await endpoints.setState(id, "disabled", reason, version);
      },
    },
    queue,
    clock,
    log,
    tally,
    held,
    deliver: (group, endpoint) => deliver(options, group, endpoint, () => held.jumped(group.members[0].token)),
    endSends: () => options.deadlines.endAll(),
    nameFiles: async (claims, endpoint) =>
      registry.transportOf(endpoint.transport.type)?.kind === "file" ? nameFiles(naming, claims, endpoint) : claims,
  });
  endpoints.onChange(({ laneId }) => void worker.refresh(laneId));
  const sweep = createSweep({
    store: { ...road, forgetBefore: store.forgetBefore },
    queue,
    clock,
    log,
    tally,
    retentionDays: config.retentionDays,
    held: () => held.tokens(),
    wall,
    setBack: (ms) => worker.setBack(ms),
  });
  return { worker, sweep, held };
}

/** Puts the road of a status change together: publish, queue, worker, sweep; it runs from `start` to `stop`. */
export function createServiceRoad(parts: RoadParts) {
  const { config, store, catalogue, registry, clock, log, tally } = parts;
  const queue = createMemoryQueue(clock);
  const connections = new Connections({ clock });
  const resolve = createResolver({ egressAllow: config.egressAllow });
  const publishStore = publishStoreOf(store, tally);
  const tryOutDeadlines = new Deadlines(clock);
  const { contents } = store;
  const shared = { registry, sources: sourcesOf(store), contents, resolve, connections, clock, log };
  const budget = createByteBudget(LARGE_PAYLOAD_BYTES);
  const options: DeliverOptions = { ...shared, budget, deadlines: new Deadlines(clock), tally };
  const { worker, sweep, held } = createWorking({ ...parts, queue, options });
  const { timeZone: defaultTimeZone, maxEventBytes } = config;

  return {
    queue,
    publisher: createPublisher({
      store: publishStore,
      catalogue,
      registry,
      queue,
      clock,
      defaultTimeZone,
      maxEventBytes,
      log,
    }),
    replayer: createReplayer<DeliveryFilter>({
      store: { ...publishStore, selected: store.replayable },
      queue,
      clock,
    }),
    tryOut: createTryOut({
      ...shared,
      deadlines: tryOutDeadlines,
      prepare: () => ({ catalogue, registry, defaultTimeZone, maxEventBytes, now: clock.now() }),
    }),
    load: () => ({ ...worker.load, wakeUps: queue.waiting(), heldBytes: held.bytes }),
    start: () => sweep.start(),
    /** Sends under way get `graceMs` to finish, the rest is released; try-outs end at once. */
    async stop(graceMs: number): Promise<void> {
      tryOutDeadlines.endAll();
      await Promise.all([sweep.stop(), worker.stop(graceMs)]);
      await queue.close();
      await connections.close();
    },
  };
}
