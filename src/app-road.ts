import type { Catalogue } from "./catalogue/index.js";
import type { Config } from "./config.js";
import { createByteBudget } from "./delivery/byte-budget.js";
import { Deadlines } from "./delivery/deadlines.js";
import { type DeliverOptions, deliver } from "./delivery/deliver.js";
import { disableFailing } from "./delivery/disabling.js";
import { HeldClaims } from "./delivery/held-claims.js";
import { Holders } from "./delivery/holders.js";
import type { Leader } from "./delivery/leader.js";
import { orderKey } from "./delivery/look-ups.js";
import { nameFiles } from "./delivery/names.js";
import { createPublisher } from "./delivery/publish.js";
import { quietUntil } from "./delivery/quiet-hours.js";
import type { RenderSources } from "./delivery/render.js";
import { createReplayer } from "./delivery/replay.js";
import type { Registry } from "./delivery/settings.js";
import { wholeLane } from "./delivery/shards.js";
import { createSweep } from "./delivery/sweep.js";
import type { Tally } from "./delivery/tally.js";
import type { Traffic } from "./delivery/traffic.js";
import { createTryOut } from "./delivery/try-out.js";
import { WallClock } from "./delivery/wall-clock.js";
import { Worker } from "./delivery/worker.js";
import type { WorkStore } from "./delivery/worker-options.js";
import type { Logger } from "./logger.js";
import { openQueue } from "./queue/index.js";
import type { Queue } from "./queue/queue.js";
import { serviceAuthor } from "./store/audit.js";
import type { DeliveryFilter } from "./store/deliveries.js";
import { toStatusEvent } from "./store/event-rows.js";
import type { Store } from "./store/store.js";
import { createResolver } from "./transports/address-guard.js";
import { Connections } from "./transports/connections.js";
import type { Clock } from "./types.js";

/** What a process does: take events in, send them, or both. */
export type Role = "all" | "api" | "worker";

/** How long after the grace of its sends a process that stops waits for what it takes in: as long as for their results. */
const LATE_MS = 2_000;
/** So long after its quiet hours a lane gives nothing up. */
const LATE_QUIET_MS = 10 * 60_000;
/** Large payloads under way in the whole process, and as much again of small ones. */
const PAYLOAD_BYTES = 64 * 1024 * 1024;

export interface RoadParts {
  readonly config: Config;
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tally: Tally;
  readonly traffic: Traffic;
  readonly role: Role;
  readonly leader: Leader;
  /** Names this process to the others. */
  readonly processId: string;
  /** Lanes that are worked at the same time; left out: as many as the worker thinks fit. */
  readonly concurrency?: number | undefined;
  /** Sends under way, beyond which each lane has one; left out: likewise. */
  readonly mostSends?: number | undefined;
}

/** What templates may ask for beside the event. */
function sourcesOf({ events, contents, orders }: Store): RenderSources {
  return {
    history: async (event) => [...(await events.before(event)).map((row) => toStatusEvent(row, contents)), event],
    details: async (customer, order) =>
      (await orders.details([{ customer, order }])).get(orderKey({ customer, order })) ?? {},
  };
}

/** An event that is kept, whole. */
async function keptEvent({ events, contents }: Store, id: string) {
  const [row] = await events.rows([id]);
  return row ? toStatusEvent(row, contents) : null;
}

/** What publishing and replaying ask the store for. */
function publishStoreOf({ store, tally, traffic }: Pick<RoadParts, "store" | "tally" | "traffic">) {
  const { road, customers, endpoints, orders, contents, events } = store;
  return {
    ...road,
    async commit(set: Parameters<typeof road.commit>[0]) {
      await road.commit(set);
      tally.created(set.deliveries.length);
      traffic.published(set);
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
  readonly holders: Holders;
}

/** What the worker asks the store for. */
function workStoreOf({ road, endpoints }: Store): WorkStore {
  const { leases } = road;
  return {
    ...road,
    laneEndpoint: (laneId) => endpoints.get(wholeLane(laneId)),
    endpointBytes: (endpoint) => endpoints.bytesOf(endpoint),
    endpoints: endpoints.byIds,
    async disable(id, version, reason) {
      const author = serviceAuthor("disableEndpoint");
      if (await endpoints.get(id)) await endpoints.setState(id, "disabled", reason, { version, author });
    },
    ...(leases && {
      renew: leases.renew,
      giveLanesBack: (lanes) => (lanes ? leases.giveBack(lanes) : leases.giveAllBack()),
    }),
  };
}

/** Events may be forgotten soon; who changed what is asked later, and is kept for a year unless that is set too. */
function auditDaysOf({ auditDays, retentionDays }: Config): number | null {
  return auditDays ?? (retentionDays === null ? null : Math.max(retentionDays, LEAST_AUDIT_DAYS));
}

/** The half of the road behind the queue: the worker, and the sweep that mends what it leaves. */
function createWorking({ config, store, registry, clock, log, tally, traffic, ...parts }: WorkingParts) {
  const { road, endpoints, contents } = store;
  const { queue, options, concurrency, mostSends, holders, leader, processId } = parts;
  const naming = { registry, sources: options.sources, contents, take: road.takeName, now: clock.now };
  const wall = new WallClock(clock);
  const held = new HeldClaims(wall);
  const worker = new Worker({
    store: workStoreOf(store),
    queue,
    clock,
    log,
    tally,
    traffic,
    held,
    holders,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(mostSends === undefined ? {} : { mostSends }),
    deliver: (group, endpoint) => deliver(options, group, endpoint, () => held.jumped(group.members[0].token)),
    endSends: () => options.deadlines.endAll(),
    nameFiles: async (claims, endpoint) =>
      registry.transportOf(endpoint.transport.type)?.kind === "file" ? nameFiles(naming, claims, endpoint) : claims,
  });
  endpoints.onChange(({ laneId }) => void worker.refresh(laneId));
  endpoints.onForgetAll(() => void worker.refreshAll());
  const { changes, mend, forgetOld, purges, audit } = store;
  const forgetAudit = audit.forgetBefore;
  // What is late because of quiet hours that were set after it came is tried once more after them.
  const expireWaiting = async (laneId: string) => {
    const endpoint = await endpoints.get(wholeLane(laneId));
    const isQuiet =
      endpoint !== null && [0, LATE_QUIET_MS].some((ms) => quietUntil(endpoint, clock.now() - ms) !== null);
    if (isQuiet) return 0;
    const expired = await road.expireWaiting(laneId);
    if (expired > 0) traffic.gaveUp(await road.customerOf(laneId), expired);
    return expired;
  };
  const releaseExpired = async (tokens: readonly string[]) => {
    const found = await road.releaseExpired(tokens);
    for (const [customer, failed] of found.failedOf) traffic.gaveUp(customer, failed);
    return found;
  };
  const disablingStore = {
    ...store.disabling,
    endpoints: endpoints.byIds,
    disable: endpoints.disableForFailures,
  };
  const { disableAfterDays: afterDays, smtpUrl } = config;
  const disabling = { store: disablingStore, clock, log, afterDays, mails: smtpUrl !== null };
  const sweep = createSweep({
    store: {
      ...road,
      expireWaiting,
      releaseExpired,
      disableFailing: () => disableFailing(disabling),
      forgetOld,
      forgetAudit,
      purge: purges.run,
      ...(changes && { mend, forgetChanges: changes.forgetOld }),
    },
    queue,
    clock,
    log,
    tally,
    auditDays: auditDaysOf(config),
    held: () => held.tokens(),
    wall,
    setBack: (ms) => worker.setBack(ms),
    leader,
    processId,
  });
  return { worker, sweep, held };
}

/** Resolves when `work` does, or after `ms`. */
function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<unknown> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  return Promise.race([work, late]).finally(() => cancel());
}

const LEAST_AUDIT_DAYS = 365;

const IDLE = { sending: 0, unrecorded: 0, lanes: 0 };

/**
 * Puts the road of a status change together: publish, queue, worker, sweep; it runs from `start` to `stop`. A process
 * that only takes events in has no worker and no sweep.
 */
export async function openServiceRoad(parts: RoadParts) {
  const { config, store, catalogue, registry, clock, log, tally, traffic, role, processId } = parts;
  let working: ReturnType<typeof createWorking> | undefined;
  const holders = new Holders(clock);
  const onReconnect = () => working?.sweep.soon();
  const onGone = (gone: string) => holders.forget(gone);
  const queue = await openQueue({ url: config.redisUrl, processId, clock, log, onReconnect, onGone });
  const connections = new Connections({ clock });
  const resolve = createResolver({ egressAllow: config.egressAllow });
  const publishStore = publishStoreOf({ store, tally, traffic });
  const tryOutDeadlines = new Deadlines(clock);
  const { contents } = store;
  const proxy = config.egressProxy ?? undefined;
  const shared = { registry, sources: sourcesOf(store), contents, resolve, proxy, connections, clock, log };
  const budget = createByteBudget(PAYLOAD_BYTES);
  const options: DeliverOptions = { ...shared, budget, deadlines: new Deadlines(clock), tally };
  if (role !== "api") working = createWorking({ ...parts, queue, options, holders });
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
      // Beside other processes a claim is a transaction of its own, and may be another's.
      ...(store.road.isAlone && working ? { claimAlong: (wakeUp) => working?.worker.claimAlong(wakeUp) ?? false } : {}),
    }),
    replayer: createReplayer<DeliveryFilter>({
      store: { ...publishStore, selected: store.replayable },
      queue,
      clock,
    }),
    tryOut: createTryOut({
      ...shared,
      event: (id) => keptEvent(store, id),
      deadlines: tryOutDeadlines,
      prepare: () => ({ catalogue, registry, defaultTimeZone, maxEventBytes, now: clock.now() }),
    }),
    load: () => ({
      ...(working?.worker.load ?? IDLE),
      wakeUps: queue.waiting(),
      heldBytes: working?.held.bytes ?? 0,
      queueUp: queue.state().ok,
    }),
    start: () => working?.sweep.start(),
    /**
     * Sends under way get `graceMs` to finish, the rest is released; try-outs end at once. What `incoming` still accepts
     * wakes its lanes in other processes: the queue is closed after it, or a little after `graceMs`.
     */
    async stop(graceMs: number, incoming: Promise<unknown> = Promise.resolve()): Promise<void> {
      tryOutDeadlines.endAll();
      const taken = atMost(clock, graceMs + LATE_MS, incoming);
      await Promise.all([working?.sweep.stop(), working?.worker.stop(graceMs), taken]);
      await queue.close();
      await connections.close();
    },
  };
}
