import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operationIds } from "../api/contract.js";
import { manualClock } from "../support/clock.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { CALLERS, type Caller, OPEN, type Row, type Subjects, TABLE } from "./access-table.js";

let service: TestService;
let remove: () => void;
const clock = manualClock(Date.UTC(2026, 5, 1));
const keys = {} as Record<Caller | "expired" | "revoked", string>;

/** What anyone with a key calls, and what comes back. */
async function call(method: string, path: string, key: string | null, body?: unknown, headers: object = {}) {
  const response = await fetch(service.url + path, {
    method,
    headers: {
      ...headers,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

const admin = async (method: string, path: string, body?: unknown) => {
  const answer = await call(method, path, ADMIN_KEY, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};

async function makeKey(name: string, role: Caller, more: object = {}): Promise<{ id: string; key: string }> {
  return admin("POST", "/v1/keys", { name, role, ...(role === "customer" ? { customer: "acme" } : {}), ...more });
}

let made = 0;
/** Things of a customer that nothing was done with yet. Its lane is paused: what waits goes on waiting. */
async function subjectsOf(customer: string): Promise<Subjects> {
  await admin("PUT", `/v1/customers/${customer}-doomed`, {});
  await admin("PUT", "/v1/statuses/own", { status: "PROCESSING", descriptions: { en: "Own" } });
  await admin("PUT", `/v1/customers/${customer}/orders/kept`, { reference: "R1" });
  const order = `A${++made}`;
  const { id: endpoint } = await admin("POST", `/v1/customers/${customer}/endpoints`, {
    name: `e${made}`,
    transport: { type: "http-post", url: "http://127.0.0.1:8/" },
    template: { name: "ontime" },
    retry: { schedule: ["1h"] },
  });
  const { id: event } = await admin("POST", "/v1/events", {
    customer,
    order,
    statusCode: "take",
    statusTime: "2026-01-02T03:04:05Z",
  });
  const { items } = await admin("GET", `/v1/deliveries?endpoint=${endpoint}`);
  const { id: user } = await admin("POST", "/v1/users", { email: `u${made}@example.com`, role: "operator" });
  const { id: key } = await makeKey("subject", "producer");
  return { customer, endpoint, event, delivery: items[0].id, key, user };
}

beforeAll(async () => {
  const { folder, remove: gone } = temporaryFolder();
  remove = gone;
  service = await startTestService(folder, { clock, env: { RATE_LIMIT: "0", TRUST_PROXY: "127.0.0.1" } });
  await admin("PUT", "/v1/customers/acme", {});
  await admin("PUT", "/v1/customers/other", {});
  for (const role of CALLERS) keys[role] = (await makeKey(role, role)).key;
  keys.expired = (await makeKey("expired", "admin", { expiresAt: new Date(clock.now() + 1000).toISOString() })).key;
  const revoked = await makeKey("revoked", "admin");
  keys.revoked = revoked.key;
  await admin("DELETE", `/v1/keys/${revoked.id}`);
  await clock.advance(2000);
});
afterAll(async () => {
  await service.close();
  remove();
});

const send = (row: Row, subjects: Subjects, key: string | null, headers?: object) =>
  call(row.method, row.path(subjects), key, row.body?.(subjects), headers);
/** Things that nobody exists for: who is refused is refused before they are looked up. */
const NONE: Subjects = {
  customer: "acme",
  endpoint: "ep_x",
  event: "evt_x",
  delivery: "dlv_x",
  key: "key_x",
  user: "usr_x",
};
let strangers = 0;
/** Many wrong keys from one address are an attack: each comes from another. */
const fromElsewhere = () => ({ "x-forwarded-for": `198.51.${(++strangers >> 8) + 1}.${strangers & 255}` });

const auditedOf = async () => (await admin("GET", "/v1/audit?limit=1")).items[0];

it("has a row for every operation of the API that needs a key", () => {
  const open = ["getHealth", "getReadiness"];
  expect(TABLE.map(({ id }) => id).sort()).toEqual(operationIds.filter((id) => !open.includes(id)).sort());
});

it("lets anyone ask for health and readiness", async () => {
  for (const path of OPEN) expect((await call("GET", path, null)).status).toBe(200);
});

describe.each(TABLE)("$id", (row) => {
  it.each(CALLERS)("is, for the role %s, allowed or refused as decided", async (role) => {
    const mayCall = row.roles.includes(role);
    const subjects = mayCall ? await subjectsOf("acme") : NONE;
    const before = await auditedOf();
    const { status, body } = await send(row, subjects, keys[role]);
    const after = await auditedOf();
    if (!mayCall) {
      expect([status, body.code], JSON.stringify(body)).toEqual([403, "forbidden"]);
      expect(body.detail).toContain(role);
      expect(after.id).toBe(before.id);
      return;
    }
    expect(row.answers ?? [200], JSON.stringify(body)).toContain(status);
    if (row.method === "GET" || row.unnoted) expect(after.id).toBe(before.id);
    else {
      expect(after.id).not.toBe(before.id);
      expect(after).toMatchObject({ operation: row.id, key: { name: role, role }, address: "127.0.0.1" });
    }
  });

  it.each([
    ["no key", (): string | null => null],
    ["a wrong key", () => `wbl_${"A".repeat(43)}`],
    ["an expired key", () => keys.expired],
    ["a revoked key", () => keys.revoked],
  ] as const)("takes %s for nobody", async (_what, keyOf) => {
    const { status, body } = await send(row, NONE, keyOf(), fromElsewhere());
    expect([status, body.code]).toEqual([401, "unauthorized"]);
  });
});

it("lets a customer's key call nothing unnarrowed but what is narrowed by itself, or nobody's", () => {
  const rest = TABLE.filter(({ roles, owned }) => roles.includes("customer") && !owned).map(({ id }) => id);
  expect(rest).toEqual(["listCustomers", "listTransports", "listTemplates", "listStatuses"]);
});

describe.each(TABLE.filter(({ owned }) => owned))("$id", (row) => {
  it("tells a customer's key nothing of what is another's, as if it were not there", async () => {
    const subjects = await subjectsOf("other");
    const before = await auditedOf();
    const { status, body } = await send(row, subjects, keys.customer);
    expect(status, JSON.stringify(body)).toBe(404);
    // Word for word what is said of what does not exist.
    const nothing = {
      customer: "nobody",
      endpoint: "ep_none",
      event: "evt_none",
      delivery: "dlv_none",
      key: "key_none",
      user: "usr_none",
    };
    const absent = await send(row, nothing, keys.customer);
    const plain = (text: string) => {
      const names = [...Object.values(subjects), ...Object.values(nothing)];
      return names.reduce((rest, name) => rest.replaceAll(`"${name}"`, "it"), text);
    };
    expect([absent.status, plain(absent.body.detail)]).toEqual([404, plain(body.detail)]);
    expect((await auditedOf()).id).toBe(before.id);
  });
});

describe("what a customer's key sees", () => {
  it("is, in every list, its own alone", async () => {
    const own = await subjectsOf("acme");
    const foreign = await subjectsOf("other");
    const get = async (path: string) => (await call("GET", path, keys.customer)).body;
    expect((await get("/v1/customers")).items.map(({ id }: { id: string }) => id)).toEqual(["acme"]);
    const all = await get("/v1/deliveries?limit=500");
    expect(new Set(all.items.map(({ customer }: { customer: string }) => customer))).toEqual(new Set(["acme"]));
    expect((await get(`/v1/deliveries?endpoint=${own.endpoint}`)).items).toHaveLength(1);
    for (const filter of [`endpoint=${foreign.endpoint}`, `event=${foreign.event}`]) {
      expect((await get(`/v1/deliveries?${filter}`)).items).toEqual([]);
    }
  });

  it("is all that its filters change", async () => {
    const own = await subjectsOf("acme");
    const foreign = await subjectsOf("other");
    const post = async (verb: string, filter: object) =>
      (await call("POST", `/v1/deliveries/${verb}`, keys.customer, { filter })).body.count;
    for (const verb of ["retry", "cancel", "replay"]) {
      expect(await post(verb, { endpoint: foreign.endpoint, state: verb === "cancel" ? "pending" : "pending" })).toBe(
        0,
      );
      expect(await post(verb, { event: foreign.event, state: "pending" })).toBe(0);
    }
    expect(await post("cancel", { state: "pending" })).toBeGreaterThan(0);
    expect((await admin("GET", `/v1/deliveries/${own.delivery}`)).state).toBe("canceled");
    expect((await admin("GET", `/v1/deliveries/${foreign.delivery}`)).state).toBe("pending");
    const [entry] = (await admin("GET", "/v1/audit?limit=1")).items;
    expect(entry).toMatchObject({ customer: "acme", after: { filter: { customer: "acme", state: "pending" } } });
  });

  it("is not another's through the event of a try-out", async () => {
    const { endpoint } = await subjectsOf("acme");
    const body = { event: { customer: "other" } };
    const preview = await call("POST", `/v1/endpoints/${endpoint}/preview`, keys.customer, body);
    expect(preview.status).toBe(422);
  });

  it("ends with its customer", async () => {
    await admin("PUT", "/v1/customers/short", {});
    const { key } = await makeKey("short", "customer", { customer: "short" });
    expect((await call("GET", "/v1/customers/short", key)).status).toBe(200);
    await admin("DELETE", "/v1/customers/short");
    await admin("PUT", "/v1/customers/short", {});
    expect((await call("GET", "/v1/customers/short", key)).status).toBe(401);
  });
});

it("says of an expired key since when, and never repeats a key", async () => {
  const { body } = await call("GET", "/v1/customers", keys.expired);
  expect(body.detail).toBe('The key "expired" expired at 2026-06-01T00:00:01.000Z.');
  const shown = JSON.stringify([await admin("GET", "/v1/keys?limit=500"), await admin("GET", "/v1/audit?limit=500")]);
  for (const key of Object.values(keys)) expect(shown).not.toContain(key);
});

it("tries nothing out with the event of another customer", async () => {
  const [own, others] = [await subjectsOf("acme"), await subjectsOf("other")];
  const setting = { customer: "acme", action: "preview", endpoint: {}, basedOn: own.endpoint };
  for (const [event, status] of [
    [own.event, 200],
    [others.event, 404],
  ] as const) {
    for (const path of [`/v1/endpoints/${own.endpoint}/preview`, `/v1/endpoints/${own.endpoint}/test`, "/v1/test"]) {
      const body = { eventId: event, ...(path === "/v1/test" ? setting : {}) };
      expect((await call("POST", path, keys.customer, body)).status, path).toBe(status);
    }
  }
});
