import { pino } from "pino";
import { createCatalogue } from "../../src/catalogue/index.js";
import type { Group } from "../../src/delivery/batches.js";
import { createPublisher, type PublishStore } from "../../src/delivery/publish.js";
import { completeSettings, targetOf, toEndpoint } from "../../src/delivery/settings.js";

import type { Queue, WakeUp } from "../../src/queue/queue.js";
import type { Claimed } from "../../src/store/claims.js";
import type { CommitReport } from "../../src/store/commits.js";
import { createContents } from "../../src/store/contents.js";
import type { EventRow } from "../../src/store/event-rows.js";
import { createEvents } from "../../src/store/events.js";
import { createOrders } from "../../src/store/orders.js";
import { createRoad, createRoadCommits } from "../../src/store/road.js";
import type { Customer, Endpoint, EndpointInput } from "../../src/types.js";
import { openStore, post, registry } from "../store/kit.js";

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
export const SILENT = pino({ level: "silent" });

export const acme: Customer = {
  id: "acme",
  name: "Acme",
  timeZone: null,
  emails: [],
  language: "en",
  callbackTemplate: { name: "ontime", options: {} },
  createdAt: NOW,
  updatedAt: NOW,
};

/** An endpoint as the road sees it; `more` overrides any member. */
export function endpoint(more: Partial<Endpoint> = {}, input: EndpointInput = post()): Endpoint {
  const { settings } = completeSettings(input, registry);
  if (!settings) throw new Error("the test's setting is faulty");
  const identity = {
    id: "ep_1",
    customer: "acme",
    order: null,
    origin: "api",
    laneId: more.id ?? "ep_1",
    target: targetOf(settings, registry),
    state: "active",
    stateReason: "",
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
  } as const;
  return { ...toEndpoint(identity, settings, acme, "Europe/Brussels"), ...more };
}

export function eventRow(more: Partial<EventRow> = {}): EventRow {
  return {
    id: "evt_1",
    customer: "acme",
    externalId: null,
    contentHash: "",
    order: "A1",
    barcode: "",
    container: "",
    statusCode: "take",
    status: "PROCESSING",
    statusTime: NOW,
    receivedAt: NOW,
    body: {},
    ...more,
  };
}

export function claimed(more: Partial<Claimed> = {}): Claimed {
  return {
    id: "dlv_1",
    laneId: "ep_1",
    endpointId: "ep_1",
    token: "clm_1",
    until: Number.MAX_SAFE_INTEGER,
    attempts: 0,
    step: 0,
    mayHaveArrived: false,
    batchId: null,
    fileName: null,
    fileTarget: null,
    orderKey: null,
    overtook: null,
    createdAt: NOW,
    expiresAt: NOW + 86_400_000,
    bytes: 100,
    event: eventRow(),
    ...more,
  };
}

/** A claimed delivery as it goes out by itself. */
export const single = (member: Claimed): Group => ({ id: member.id, members: [member], isNew: false, isBatch: false });

let orders = 0;

/** A status change of an order of its own, as a producer publishes it. */
export const item = (more: Record<string, unknown> = {}) => ({
  customer: "acme",
  order: `A${++orders}`,
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
  ...more,
});

/** A queue that only remembers what it was told. */
export function recordingQueue() {
  const wakeUps: WakeUp[] = [];
  const queue: Queue = {
    wake: (more) => void wakeUps.push(...more),
    work: () => undefined,
    pass: (_processId, laneId) => void wakeUps.push({ laneId, at: 0 }),
    rest: async () => undefined,
    waiting: () => wakeUps.length,
    state: () => ({ ok: true, detail: "" }),
    close: async () => undefined,
  };
  return { queue, wakeUps };
}

/** The road's store on a file of its own, and a publisher over it; `change` replaces parts of what publishing sees. */
export async function openRoad(change: Partial<PublishStore> = {}) {
  const store = await openStore();
  const commitReports: CommitReport[] = [];
  const commits = createRoadCommits(store.database, { onCommit: (report) => void commitReports.push(report) });
  const road = createRoad(store.database, commits, store.clock, "prc_test");
  const { endpoints, customers, database, clock } = store;
  const orders = createOrders({ database, endpoints, registry, clock });
  const contents = createContents(database);
  const events = createEvents(database);
  const publishStore: PublishStore = {
    ...road,
    customers: customers.getMany,
    forAllOrders: endpoints.forAllOrders,
    forOrders: endpoints.forOrders,
    callbackUrls: orders.callbackUrls,
    callbacks: endpoints.callbacks,
    eventRows: events.rows,
    missingContents: contents.missing,
    detailsStatements: orders.detailsStatements,
    ...change,
  };
  const { queue, wakeUps } = recordingQueue();
  const logged: Record<string, unknown>[] = [];
  const publisher = createPublisher({
    store: publishStore,
    catalogue: createCatalogue(),
    registry,
    queue,
    clock,
    defaultTimeZone: "Europe/Brussels",
    maxEventBytes: 25 * 1024 * 1024,
    log: pino({ level: "info" }, { write: (line) => void logged.push(JSON.parse(line)) }),
  });
  return {
    ...store,
    commits,
    commitReports,
    road,
    orders,
    contents,
    events,
    publishStore,
    publisher,
    wakeUps,
    logged,
    async close() {
      await commits.settle();
      await store.close();
    },
  };
}

export type Road = Awaited<ReturnType<typeof openRoad>>;
