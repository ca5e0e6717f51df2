import { pino } from "pino";
import type { User } from "../../src/account-types.js";
import { type ApiOptions, createApi } from "../../src/api/api.js";
import type { ApiServices, Cause, DeliveryView, EventView, PublishResult } from "../../src/api/services.js";
import type { OverviewView } from "../../src/api/services-overview.js";
import { createCatalogue } from "../../src/catalogue/index.js";
import { systemClock } from "../../src/clock.js";
import { completeSettings, type EndpointSettings, targetOf, toEndpoint } from "../../src/delivery/settings.js";
import { mergePatch } from "../../src/delivery/settings-patch.js";
import { InputError } from "../../src/errors.js";
import type { Purge } from "../../src/purge-types.js";
import { chooseFormat } from "../../src/templates/choose-format.js";
import { templateOf, templates } from "../../src/templates/index.js";
import { transportOf, transports } from "../../src/transports/index.js";
import type { ApiKey, AuditEntry, Customer, Endpoint, OrderRecord } from "../../src/types.js";

export const KEY = "0123456789abcdef-test-key";
export const AUTH = { authorization: `Bearer ${KEY}` };
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

export const registry = { transportOf, templateOf, chooseFormat };

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

export const event: EventView = {
  id: "evt_1",
  externalId: "tms-1",
  customer: "acme",
  order: "A1",
  barcode: "",
  container: "",
  statusCode: "take",
  status: "PROCESSING",
  statusTime: NOW,
  receivedAt: NOW,
  descriptions: { en: "Taken by courier" },
  reference: "",
  comment: "",
  oldLead: "",
  newLead: "",
  verifier: "",
  signatures: [{ image: { sha256: "ab", length: 3, mediaType: "image/png" }, signedBy: "Jan" }],
  pictures: [{ sha256: "cd", length: 4, mediaType: "image/png" }],
  documents: [],
  documentUrl: "",
  source: "",
  location: null,
  leg: "",
  reason: null,
  replacement: null,
  file: null,
};

export const delivery: DeliveryView = {
  id: "dlv_1",
  eventId: "evt_1",
  endpointId: "ep_1",
  endpointName: "Acme ERP",
  transport: "http-post",
  laneId: "ep_1",
  customer: "acme",
  order: "A1",
  state: "failed",
  reason: "expired",
  fault: "connection",
  code: "connect",
  lastError: "nobody answers",
  attempts: 1,
  createdAt: NOW,
  dueAt: NOW,
  finishedAt: NOW,
  fileName: null,
  waitsFor: null,
  overtook: null,
  supersededBy: null,
  event: {
    externalId: "tms-1",
    reference: "R1",
    barcode: "",
    container: "",
    statusCode: "take",
    status: "PROCESSING",
    statusTime: NOW,
  },
};

export const cause: Cause = {
  customer: "acme",
  endpointId: "ep_1",
  endpointName: "Acme ERP",
  transport: "http-post",
  fault: "connection",
  code: "connect",
  reason: "expired",
  lastError: "nobody answers",
  count: 3,
  newestId: "dlv_1",
  newestAt: NOW,
  oldestAt: NOW,
};

const purge: Purge = {
  id: "pur_1",
  customer: "acme",
  orderHash: "ab",
  requestedBy: "admin",
  requestedAt: NOW,
  emptiedAt: NOW,
  finishedAt: null,
  counts: { events: 2, deliveries: 3, canceled: 1, attempts: 4, orders: 1, endpoints: 0, mails: 1 },
};

const counts = { events: 2, deliveries: 3, delivered: 2, failed: 1, failedAttempts: 4 };

/** How things stand, with one endpoint in trouble. */
export const overview: OverviewView = {
  at: NOW,
  timeZone: "Europe/Brussels",
  waiting: 12,
  waitingMore: false,
  sending: 3,
  minutes: [{ at: NOW - (NOW % 60_000), ...counts }],
  days: [{ at: Date.UTC(2026, 0, 2), ...counts }],
  counts: { held: 0, failing: 1, askedToWait: 0, gaveUp: 0, disabled: 0, paused: 0 },
  trouble: {
    items: [
      {
        customer: "acme",
        endpoint: "ep_1",
        name: "ERP",
        kind: "failing",
        since: NOW - 3_600_000,
        fault: "connection",
        code: "connect",
        text: "acme.example: connection refused",
        reason: "",
        waiting: 12,
        givenUp: 1,
        nextTry: NOW + 5_000,
      },
    ],
    next: null,
  },
};

export const attempt = {
  startedAt: NOW,
  durationMs: 12,
  outcome: "failed",
  fault: "connection",
  code: "connect",
  detail: "refused",
  transport: "http-post",
  address: "https://acme.example/",
  sent: { contentType: "application/json", body: "{}", sha256: "ef", bytes: 2, fileName: null },
  response: "",
  timings: { connect: 3 },
} as const;

/** Everything that a fake was asked, as `part.method` and its arguments. */
export type Asked = [what: string, ...args: unknown[]][];

function makeEndpoint(id: string, customer: string, settings: EndpointSettings, version = 1): Endpoint {
  const identity = {
    id,
    customer,
    order: null,
    origin: "api",
    laneId: id,
    target: targetOf(settings, registry),
    state: "active",
    stateReason: "",
    version,
    createdAt: NOW,
    updatedAt: NOW,
  } as const;
  return toEndpoint(identity, settings, acme, "Europe/Brussels");
}

function judged(input: unknown): EndpointSettings {
  const { settings, fields } = completeSettings(input, registry);
  if (!settings) throw InputError.invalid(fields);
  return settings;
}

export const published = (at: number): PublishResult => ({ id: `evt_${at}`, duplicate: false, deliveries: 2 });

function endpointParts(asked: Asked) {
  const kept = new Map<string, Endpoint>();
  const existing = (id: string) => {
    const endpoint = kept.get(id);
    if (!endpoint) throw InputError.notFound("endpoint", id);
    return endpoint;
  };
  const keep = (endpoint: Endpoint) => {
    kept.set(endpoint.id, endpoint);
    return endpoint;
  };
  const endpoints: ApiServices["endpoints"] = {
    get: async (id) => kept.get(id) ?? null,
    create: async (customer, input) => keep(makeEndpoint(`ep_${kept.size + 1}`, customer, judged(input))),
    async draft(customer, input, basedOn) {
      const held = basedOn === undefined ? null : (existing(basedOn).settings as EndpointSettings);
      return makeEndpoint("ep_draft", customer, judged(held ? mergePatch(held, input, registry) : input));
    },
    async patch(id, patch, _author, wanted) {
      const { settings, customer, version } = existing(id);
      if (wanted !== undefined && wanted !== version) throw InputError.conflict("changed meanwhile");
      return keep(
        makeEndpoint(id, customer, judged(mergePatch(settings as EndpointSettings, patch, registry)), version + 1),
      );
    },
    setState: async (id, state, reason) => keep({ ...existing(id), state, stateReason: reason }),
    delete: async (id) => kept.delete(id),
    async list(request) {
      asked.push(["endpoints.list", request]);
      return { items: [...kept.values()].filter(({ customer }) => customer === request.customer), next: null };
    },
    async rotateSecret(id, kind) {
      asked.push(["endpoints.rotateSecret", id, kind]);
      return { endpoint: existing(id), secret: "whsec_bmV3", publicKey: kind === "ed25519" ? "whpk_bmV3" : null };
    },
  };
  return { endpoints, keep, existing };
}

/** A key of the fake, and an entry of its audit log. */
export const apiKey: ApiKey = {
  id: "key_1",
  name: "TMS",
  role: "producer",
  customer: null,
  createdAt: NOW,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};
export const user: User = {
  id: "usr_1",
  email: "ann@example.com",
  name: "Ann",
  role: "admin",
  customer: null,
  language: null,
  hasPassword: true,
  hasSingleSignOn: false,
  createdAt: NOW,
  disabledAt: null,
  lastSignedInAt: NOW,
};
const auditEntry: AuditEntry = {
  id: "aud_1",
  at: NOW,
  keyId: "admin-key",
  keyName: "ADMIN_KEY",
  role: "admin",
  address: "127.0.0.1",
  operation: "putCustomer",
  customer: "acme",
  subject: "acme",
  before: null,
  after: { name: "Acme" },
};

type Note = <T>(what: string, result: T) => (...args: unknown[]) => Promise<T>;

const madeLink = { link: "https://waybell.example/welcome/made", linkExpiresAt: NOW, mailed: true };

function userParts(note: Note): ApiServices["users"] {
  return {
    get: async (id) => (id === user.id ? user : null),
    list: note("users.list", { items: [user], next: null }),
    invite: note("users.invite", { user, ...madeLink }),
    link: note("users.link", madeLink),
    patch: note("users.patch", user),
    delete: async (id) => id === user.id,
  };
}

/** The parts that the API stands on, in memory; `asked` tells what it asked of them. */
export function fakeServices(): { services: ApiServices; asked: Asked } {
  const asked: Asked = [];
  const customers = new Map<string, Customer>([["acme", acme]]);
  const orders = new Map<string, OrderRecord>();
  const { endpoints, keep, existing } = endpointParts(asked);
  const note =
    <T>(what: string, result: T) =>
    async (...args: unknown[]): Promise<T> => {
      asked.push([what, ...args]);
      return result;
    };
  const services: ApiServices = {
    clock: systemClock,
    registry,
    transports: Object.values(transports),
    templates: Object.values(templates),
    publisher: {
      publish: async (items) => {
        asked.push(["publisher.publish", items]);
        return items.map((_item, at) => published(at));
      },
      publishEach: async (items) => {
        asked.push(["publisher.publishEach", items]);
        return items.map((_item, at) => published(at));
      },
    },
    customers: {
      get: async (id) => customers.get(id) ?? null,
      async put(id, input) {
        const created = !customers.has(id);
        const customer = { ...acme, ...input, id } as Customer;
        customers.set(id, customer);
        return { customer, created };
      },
      delete: async (id) => customers.delete(id),
      async list(request) {
        asked.push(["customers.list", request]);
        if (request.cursor === "bad") throw InputError.invalid([{ path: "/cursor", message: "is no cursor" }]);
        return { items: [...customers.values()], next: null };
      },
    },
    endpoints,
    heldLanes: async (ids) =>
      new Map([...ids].filter((id) => id === "held").map((id) => [id, { reason: "no", since: 5 }])),
    plannedDisablings: async (ids) => new Map([...ids].filter((id) => id === "held").map((id) => [id, 7])),
    tryOut: {
      check: note("tryOut.check", [
        { step: "resolve", ok: true, detail: "", durationMs: 1 },
        { step: "connect", ok: false, detail: "refused", durationMs: 1 },
      ] as const),
      test: note("tryOut.test", { ok: false, message: "Error: no", attempt }),
      preview: note("tryOut.preview", {
        contentType: "application/json",
        fileName: null,
        url: "https://acme.example/",
        headers: {},
        body: "{}",
        unmapped: [],
      }),
    },
    orders: {
      get: async (customer, order) => orders.get(`${customer}\n${order}`) ?? null,
      async put(customer, order, input) {
        asked.push(["orders.put", customer, order, input]);
        const record = {
          customer,
          order,
          details: input.details,
          callbackUrls: input.callbackUrls,
          createdAt: NOW,
          updatedAt: NOW,
        };
        orders.set(`${customer}\n${order}`, record);
        return { order: record, endpoints: [] };
      },
    },
    events: {
      get: async (id) => (id === event.id ? event : null),
      list: note("events.list", { items: [event], next: "bmV4dA" }),
    },
    deliveries: {
      get: async (id) =>
        id === delivery.id
          ? { ...delivery, attemptList: [{ deliveryId: id, number: 1, late: false, ...attempt }] }
          : null,
      list: note("deliveries.list", { items: [delivery], next: null }),
      causes: note("deliveries.causes", { items: [cause], searchedTo: null }),
    },
    actions: {
      retry: note("actions.retry", { count: 1, laneIds: ["ep_1"], next: null }),
      cancel: note("actions.cancel", { count: 0, laneIds: [], next: null }),
      backlog: note("actions.backlog", { waiting: 3, waitingMore: false, since: NOW, looked: 3, superseded: 1 }),
      async resume(id, choice) {
        asked.push(["actions.resume", id, choice]);
        const endpoint = keep({ ...existing(id), state: "active", stateReason: "" });
        return { endpoint, count: 3, laneIds: [id], next: null, canceled: 1, canceledIds: ["dlv_9"] };
      },
    },
    replay: {
      event: note("replay.event", { count: 2 }),
      deliveries: note("replay.deliveries", { count: 5, next: null }),
    },
    secrets: {
      status: note("secrets.status", {
        activeKey: "k2",
        keys: [
          { id: "k2", loaded: true, secrets: 0 },
          { id: "k1", loaded: true, secrets: 3 },
        ],
        outdated: 2,
        unreadable: { count: 0, first: [] },
      }),
      listUnreadable: note("secrets.listUnreadable", {
        items: [{ kind: "endpoint", id: "ep_1", field: "transport.password", problem: 'needs the key "k0"' }],
        next: null,
      }),
      rotate: note("secrets.rotate", { rotated: 2, unreadable: 0, changed: 0, next: null, freed: ["k1"] }),
    },
    purges: {
      count: note("purges.count", purge.counts),
      request: note("purges.request", purge),
      get: async (id) => (id === purge.id ? purge : null),
      list: note("purges.list", { items: [purge], next: null }),
    },
    catalogue: createCatalogue(),
    statuses: { put: note("statuses.put", undefined), delete: note("statuses.delete", undefined) },
    keys: {
      find: () => null,
      used: (id) => void asked.push(["keys.used", id]),
      async create(input, author) {
        asked.push(["keys.create", input, author]);
        const { name, role, customer = null, expiresAt = null } = input;
        return { made: { ...apiKey, name, role, customer, expiresAt }, key: "wbl_made" };
      },
      get: async (id) => (id === apiKey.id ? apiKey : null),
      list: note("keys.list", { items: [apiKey], next: null }),
      revoke: async (id) => id === apiKey.id,
    },
    users: userParts(note),
    audit: {
      write: note("audit.write", undefined),
      list: note("audit.list", { items: [auditEntry], next: null }),
    },
    wake: (laneIds) => void asked.push(["wake", laneIds]),
    readiness: () => ({ ready: true, parts: { database: { ok: true, detail: "" } } }),
    overview: note("overview", overview),
    metrics: async () => "# TYPE waybell_lanes gauge\n",
  };
  return { services, asked };
}

export const OPTIONS: ApiOptions = {
  adminKey: KEY,
  logger: pino({ level: "silent" }),
  maxRequestBytes: 64 * 1024 * 1024,
  maxEventBytes: 25 * 1024 * 1024,
  version: "0.0.0",
  publicUrl: null,
};

/** A logger that keeps its lines. */
export function keepingLogger() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { logger, lines };
}

/** The API over fakes; parts of both may be replaced. */
export async function fakeApi(replaced: Partial<ApiServices> = {}, options: Partial<ApiOptions> = {}) {
  const { services, asked } = fakeServices();
  const app = await createApi({ ...services, ...replaced }, { ...OPTIONS, ...options });
  return { app, asked, services };
}

export type FakeApi = Awaited<ReturnType<typeof fakeApi>>;
