import { readSheet } from "read-excel-file/node";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { plainFaults } from "../support/plain-faults.js";
import { operationIds, violations } from "./contract.js";
import { AUTH, acme, delivery, type FakeApi, fakeApi, NOW } from "./fakes.js";

let api: FakeApi;
const called = new Set<string>();

beforeEach(async () => {
  api = await fakeApi();
});
afterEach(() => api.app.close());

/** Calls an operation and checks that its answer is what the document says. */
async function call(id: string, method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, payload?: object) {
  const answer = await api.app.inject({ method, url, headers: AUTH, ...(payload ? { payload } : {}) });
  const body = answer.body === "" ? undefined : answer.json();
  if (answer.statusCode < 300) {
    called.add(id);
    expect(violations(id, answer.statusCode, body), `${id}: ${answer.body}`).toEqual([]);
  }
  return { status: answer.statusCode, body };
}

const POST = {
  name: "ERP",
  transport: { type: "http-post", url: "https://acme.example/hook", apiKey: "very-secret-key" },
  template: { name: "ontime" },
};
const createEndpoint = () => call("createEndpoint", "POST", "/v1/customers/acme/endpoints", POST);

describe("customers", () => {
  it("makes, replaces, shows, lists and deletes", async () => {
    expect((await call("putCustomer", "PUT", "/v1/customers/b.c-1", { name: "B" })).status).toBe(201);
    const again = await call("putCustomer", "PUT", "/v1/customers/b.c-1", { name: "C" });
    expect(again).toMatchObject({
      status: 200,
      body: { id: "b.c-1", name: "C", createdAt: "2026-01-02T03:04:05.000Z" },
    });
    expect((await call("getCustomer", "GET", "/v1/customers/b.c-1")).status).toBe(200);
    expect((await call("listCustomers", "GET", "/v1/customers")).body.items).toHaveLength(2);
    expect(await call("deleteCustomer", "DELETE", "/v1/customers/b.c-1")).toEqual({ status: 204, body: undefined });
    expect((await call("getCustomer", "GET", "/v1/customers/b.c-1")).status).toBe(404);
    expect((await call("deleteCustomer", "DELETE", "/v1/customers/b.c-1")).status).toBe(404);
  });
});

describe("endpoints", () => {
  it("answers the whole setting with its secrets masked", async () => {
    const { status, body } = await createEndpoint();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: "ep_1",
      order: null,
      state: "active",
      transport: { type: "http-post", url: "https://acme.example/hook", apiKey: "********" },
      template: { name: "ontime", options: {} },
      retry: { giveUpAfter: "7d" },
      limits: { concurrency: 8 },
      timeoutSeconds: 15,
    });
    const all = [
      await call("getEndpoint", "GET", "/v1/endpoints/ep_1"),
      await call("listEndpoints", "GET", "/v1/customers/acme/endpoints"),
      await call("patchEndpoint", "PATCH", "/v1/endpoints/ep_1", { timeoutSeconds: 20 }),
      await call("pauseEndpoint", "POST", "/v1/endpoints/ep_1/pause"),
    ];
    for (const answer of all) {
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body)).not.toContain("very-secret-key");
    }
    expect(all[2]?.body).toMatchObject({ version: 2, timeoutSeconds: 20, transport: { apiKey: "********" } });
  });

  it("names the faults of transport and template", async () => {
    const { status, body } = await call("createEndpoint", "POST", "/v1/customers/acme/endpoints", {
      ...POST,
      transport: { type: "http-post", url: "ftp://acme.example", colour: "red" },
    });
    expect(status).toBe(422);
    const paths = body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toContain("/transport/colour");
  });

  it("lists those of one order, and only for a customer that exists", async () => {
    await call("listEndpoints", "GET", "/v1/customers/acme/endpoints?order=A%2F1&limit=7");
    expect(api.asked).toContainEqual([
      "endpoints.list",
      { customer: "acme", order: "A/1", limit: 7, cursor: undefined },
    ]);
    expect((await call("listEndpoints", "GET", "/v1/customers/nobody/endpoints")).status).toBe(404);
  });

  it("changes the version that was read, or nothing", async () => {
    await createEndpoint();
    const change = (version: number) =>
      call("patchEndpoint", "PATCH", `/v1/endpoints/ep_1?version=${version}`, { timeoutSeconds: 20 });
    expect((await change(1)).body).toMatchObject({ version: 2, timeoutSeconds: 20 });
    expect(await change(1)).toMatchObject({ status: 409, body: { code: "conflict" } });
  });

  it("pauses with a reason, and resumes as chosen", async () => {
    await createEndpoint();
    const paused = await call("pauseEndpoint", "POST", "/v1/endpoints/ep_1/pause", { reason: "stocktaking" });
    expect(paused.body).toMatchObject({ state: "paused", stateReason: "stocktaking" });
    const resumed = await call("resumeEndpoint", "POST", "/v1/endpoints/ep_1/resume", {
      deliveries: "latest-per-order",
    });
    expect(resumed.body).toMatchObject({ endpoint: { state: "active" }, canceled: 1, canceledIds: ["dlv_9"] });
    await call("resumeEndpoint", "POST", "/v1/endpoints/ep_1/resume");
    expect(api.asked.slice(-4)).toEqual([
      ["actions.resume", "ep_1", "latestPerOrder"],
      ["wake", ["ep_1"]],
      ["actions.resume", "ep_1", "sendAll"],
      ["wake", ["ep_1"]],
    ]);
    const unknown = await call("resumeEndpoint", "POST", "/v1/endpoints/ep_1/resume", { deliveries: "some" });
    expect(unknown.status).toBe(422);
  });

  it("disables for the reason that is given, and says whose people did it", async () => {
    await createEndpoint();
    const disable = (body?: object) => call("disableEndpoint", "POST", "/v1/endpoints/ep_1/disable", body);
    const by = "disabled by the operator";
    expect((await disable({ reason: "out of use" })).body).toMatchObject({
      ...{ state: "disabled", stateReason: `${by}: out of use` },
    });
    expect((await disable()).body).toMatchObject({ state: "disabled", stateReason: by });
    expect((await disable({ reason: "x".repeat(501) })).status).toBe(422);
    expect((await disable({ why: "x" })).status).toBe(422);
  });

  it("shows a new signing secret once", async () => {
    await createEndpoint();
    const rotated = await call("rotateEndpointSecret", "POST", "/v1/endpoints/ep_1/rotate-secret", {});
    expect(rotated.body).toMatchObject({ secret: "whsec_bmV3", publicKey: null });
    const other = await call("rotateEndpointSecret", "POST", "/v1/endpoints/ep_1/rotate-secret", { kind: "ed25519" });
    expect(other.body.publicKey).toBe("whpk_bmV3");
    const unknown = await call("rotateEndpointSecret", "POST", "/v1/endpoints/ep_1/rotate-secret", { kind: "rsa" });
    expect(unknown.status).toBe(422);
  });

  it("tells what waits, and what a resume would do with it", async () => {
    await createEndpoint();
    const { body } = await call("getEndpointBacklog", "GET", "/v1/endpoints/ep_1/backlog");
    expect(body).toEqual({
      waiting: 3,
      waitingMore: false,
      since: "2026-01-02T03:04:05.000Z",
      latestPerOrder: { looked: 3, canceled: 1 },
    });
    expect((await call("getEndpointBacklog", "GET", "/v1/endpoints/none/backlog")).status).toBe(404);
  });

  it("deletes, and does not find what is gone", async () => {
    await createEndpoint();
    expect((await call("deleteEndpoint", "DELETE", "/v1/endpoints/ep_1")).status).toBe(204);
    for (const [id, method, url] of [
      ["getEndpoint", "GET", "/v1/endpoints/ep_1"],
      ["deleteEndpoint", "DELETE", "/v1/endpoints/ep_1"],
      ["pauseEndpoint", "POST", "/v1/endpoints/ep_1/pause"],
      ["disableEndpoint", "POST", "/v1/endpoints/ep_1/disable"],
      ["checkEndpoint", "POST", "/v1/endpoints/ep_1/check"],
    ] as const) {
      expect((await call(id, method, url)).status, url).toBe(404);
    }
  });
});

describe("trying an endpoint out", () => {
  it("checks, tests and previews one that is kept", async () => {
    await createEndpoint();
    const check = await call("checkEndpoint", "POST", "/v1/endpoints/ep_1/check", {});
    expect(check.body).toMatchObject({ ok: false, steps: [{ step: "resolve", ok: true }, { ok: false }] });
    const test = await call("testEndpoint", "POST", "/v1/endpoints/ep_1/test", { event: { order: "A" } });
    expect(test.body).toMatchObject({ ok: false, attempt: { startedAt: "2026-01-02T03:04:05.000Z", code: "connect" } });
    const preview = await call("previewEndpoint", "POST", "/v1/endpoints/ep_1/preview");
    expect(preview.body).toMatchObject({ contentType: "application/json", body: "{}" });
    const tested = api.asked.find(([what]) => what === "tryOut.test");
    expect(tested?.slice(2)).toEqual([acme, { event: { order: "A" } }]);
    await call("previewEndpoint", "POST", "/v1/endpoints/ep_1/preview", { eventId: "evt_1" });
    expect(api.asked.at(-1)?.slice(2)).toEqual([acme, { eventId: "evt_1" }]);
  });

  it.each(["test", "check", "preview"] as const)("does a %s of one that is not", async (action) => {
    const body = { customer: "acme", action, endpoint: POST, eventId: "evt_1" };
    const answer = await call("testUnsavedEndpoint", "POST", "/v1/test", body);
    expect(answer.status).toBe(200);
    expect(api.asked.map(([what]) => what)).toEqual([`tryOut.${action}`]);
  });

  it("names the faults of one that is not kept by their place in the request", async () => {
    const answer = await call("testUnsavedEndpoint", "POST", "/v1/test", {
      customer: "acme",
      endpoint: { ...POST, name: "" },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].path).toBe("/endpoint/name");
    expect((await call("testUnsavedEndpoint", "POST", "/v1/test", { customer: "no", endpoint: POST })).status).toBe(
      404,
    );
  });
});

describe("orders", () => {
  it("puts and shows an order whose number needs encoding", async () => {
    const number = "../../etc/passwd %?#";
    const url = `/v1/customers/acme/orders/${encodeURIComponent(number)}`;
    const order = { reference: "Banner 510", createdAt: "2026-01-01", callbackUrls: ["https://shop.example/hook"] };
    const put = await call("putOrder", "PUT", url, { ...order, endpoints: [POST] });
    expect(put).toMatchObject({ status: 200, body: { order: number, createdAt: "2026-01-01", endpoints: [] } });
    expect(api.asked).toEqual([
      [
        "orders.put",
        "acme",
        number,
        {
          details: { reference: "Banner 510", createdAt: "2026-01-01" },
          callbackUrls: order.callbackUrls,
          endpoints: [POST],
        },
      ],
    ]);
    expect((await call("getOrder", "GET", url)).body).toMatchObject(order);
    expect((await call("getOrder", "GET", "/v1/customers/acme/orders/none")).status).toBe(404);
  });

  it("takes an order number of 200 characters and no more", async () => {
    const url = (length: number) => `/v1/customers/acme/orders/${"é".repeat(length)}`;
    expect((await call("putOrder", "PUT", encodeURI(url(200)), {})).status).toBe(200);
    expect((await call("putOrder", "PUT", encodeURI(url(201)), {})).status).toBe(422);
  });
});

describe("events", () => {
  it("lists, shows and replays", async () => {
    const list = await call(
      "listEvents",
      "GET",
      "/v1/events?customer=acme&from=2026-01-01&to=2026-01-02T00:00:00+01:00&limit=1",
    );
    expect(list.body).toMatchObject({
      items: [{ id: "evt_1", pictures: [{ sha256: "cd", length: 4, mediaType: "image/png" }] }],
      next: "bmV4dA",
    });
    expect(api.asked[0]?.slice(1)).toEqual([
      { customer: "acme", from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 1, 23) },
      { limit: 1, cursor: undefined },
    ]);
    expect((await call("getEvent", "GET", "/v1/events/evt_1")).body.statusTime).toBe("2026-01-02T03:04:05.000Z");
    expect((await call("getEvent", "GET", "/v1/events/evt_2")).status).toBe(404);
    expect((await call("replayEvent", "POST", "/v1/events/evt_1/replay", {})).body).toEqual({ count: 2 });
  });
});

describe("deliveries", () => {
  it("lists by filter, and shows one with its attempts", async () => {
    const filter =
      "customer=acme&endpoint=ep_1&order=A1&state=failed&fault=connection&from=2026-01-01T00:00:00Z&event=evt_1";
    const list = await call("listDeliveries", "GET", `/v1/deliveries?${filter}`);
    expect(list.body.items[0]).toMatchObject({ id: "dlv_1", eventId: "evt_1", endpointId: "ep_1", dueAt: null });
    expect(api.asked[0]?.[1]).toEqual({
      customer: "acme",
      endpoint: "ep_1",
      order: "A1",
      state: "failed",
      fault: "connection",
      event: "evt_1",
      from: Date.UTC(2026, 0, 1),
      to: undefined,
    });
    const one = await call("getDelivery", "GET", "/v1/deliveries/dlv_1");
    expect(one.body.attemptList).toEqual([
      expect.objectContaining({ number: 1, sent: expect.objectContaining({ body: "{}" }) }),
    ]);
    expect((await call("getDelivery", "GET", "/v1/deliveries/dlv_2")).status).toBe(404);
  });

  it("retries one and wakes its lane", async () => {
    expect((await call("retryDelivery", "POST", "/v1/deliveries/dlv_1/retry", {})).status).toBe(200);
    expect(api.asked).toEqual([
      ["actions.retry", { ids: ["dlv_1"] }],
      ["wake", ["ep_1"]],
      ["audit.write", expect.anything(), expect.objectContaining({ customer: "acme", subject: "dlv_1" })],
    ]);
    expect((await call("retryDelivery", "POST", "/v1/deliveries/dlv_2/retry", {})).status).toBe(404);
  });

  it("says why one cannot be canceled", async () => {
    const answer = await call("cancelDelivery", "POST", "/v1/deliveries/dlv_1/cancel");
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("is failed") } });
  });

  it("changes many by filter, or only counts them", async () => {
    const filter = { customer: "acme", state: "failed" };
    const dry = await call("retryDeliveries", "POST", "/v1/deliveries/retry", { filter, dryRun: true });
    expect(dry.body).toEqual({ count: 1, dryRun: true });
    const wet = await call("retryDeliveries", "POST", "/v1/deliveries/retry", { filter });
    expect(wet.body).toEqual({ count: 1, dryRun: false });
    expect((await call("cancelDeliveries", "POST", "/v1/deliveries/cancel", { filter: {} })).body.count).toBe(0);
    expect((await call("replayDeliveries", "POST", "/v1/deliveries/replay", { filter })).body.count).toBe(5);
    expect(api.asked.filter(([what]) => what === "wake")).toEqual([
      ["wake", ["ep_1"]],
      ["wake", []],
    ]);
    expect(api.asked.at(-2)?.[2]).toEqual({ dryRun: false });
    // Counting is no change; a filter is one entry.
    const noted = api.asked.filter(([what]) => what === "audit.write").map(([, author, note]) => [author, note]);
    expect(noted).toMatchObject([
      [{ operation: "retryDeliveries" }, { customer: "acme", after: { filter, count: 1 } }],
      [{ operation: "cancelDeliveries" }, { customer: null, after: { filter: {}, count: 0 } }],
      [{ operation: "replayDeliveries" }, { customer: "acme", after: { filter, count: 5 } }],
    ]);
  });

  it("changes many in sets, each written down where it changed something", async () => {
    const filter = {
      ids: ["dlv_1"],
      reference: "R1",
      barcode: "B",
      status: "WARNING",
      statusCode: "IE",
      code: "dns",
      error: "no",
    };
    const set = { filter, limit: 10, cursor: "bmV4dA" };
    expect((await call("retryDeliveries", "POST", "/v1/deliveries/retry", set)).body).toMatchObject({ next: null });
    expect(api.asked[0]).toEqual(["actions.retry", { filter }, { dryRun: false, limit: 10, cursor: "bmV4dA" }]);
    await call("cancelDeliveries", "POST", "/v1/deliveries/cancel", set);
    expect(api.asked.filter(([what]) => what === "audit.write")).toHaveLength(1);
    const aimless = await call("retryDeliveries", "POST", "/v1/deliveries/retry", { filter, cursor: "bmV4dA" });
    expect(plainFaults(aimless.body.errors)).toEqual([{ path: "/cursor", message: "is of use with limit only" }]);
  });

  it("groups what failed by its cause", async () => {
    const { body } = await call("listDeliveryCauses", "GET", "/v1/deliveries/causes?customer=acme&state=pending");
    expect(body).toMatchObject({ items: [{ code: "connect", count: 3 }], searchedTo: null });
    expect(api.asked[0]).toMatchObject(["deliveries.causes", { customer: "acme", state: "pending" }]);
    expect((await call("listDeliveryCauses", "GET", "/v1/deliveries/causes?state=delivered")).status).toBe(422);
  });

  it("exports what fits as CSV and XLSX, without formulas", async () => {
    const hostile = { ...delivery, order: '=cmd|"/c calc"!A1', lastError: "a\u0000<b>\u202e_x0041_" };
    let pages = 0;
    const list = async () => ({ items: [hostile], next: ++pages % 2 === 1 ? "bmV4dA" : null });
    const { app, services } = await fakeApi();
    await app.close();
    const own = await fakeApi({ deliveries: { ...services.deliveries, list } });
    const ask = (format: string) =>
      own.app.inject({ method: "GET", url: `/v1/deliveries/export?format=${format}`, headers: AUTH });
    const csv = await ask("csv");
    called.add("exportDeliveries");
    expect(csv.headers["content-disposition"]).toMatch(/^attachment; filename="deliveries-\d{4}-\d\d-\d\d\.csv"$/);
    const lines = csv.body.split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(`"'=cmd|""/c calc""!A1"`);
    const xlsx = await ask("xlsx");
    const [head, ...rows] = await readSheet(xlsx.rawPayload);
    expect(head?.slice(0, 3)).toEqual(["delivery", "customer", "order"]);
    expect(rows).toHaveLength(2);
    expect(rows[0]?.[2]).toBe('=cmd|"/c calc"!A1');
    expect(rows[0]).toContain("a\ufffd<b>\ufffd_x0041_");
    expect(rows[0]).toContainEqual(new Date(NOW));
    await own.app.close();
  });

  it("needs a filter, and names what is wrong in it", async () => {
    const none = await call("retryDeliveries", "POST", "/v1/deliveries/retry", {});
    expect(plainFaults(none.body.errors)).toEqual([{ path: "/filter", message: "is missing" }]);
    const faulty = await call("retryDeliveries", "POST", "/v1/deliveries/retry", {
      filter: { state: "lost", colour: 1 },
    });
    expect(new Set(faulty.body.errors.map(({ path }: { path: string }) => path))).toEqual(
      new Set(["/filter/state", "/filter/colour"]),
    );
    const time = await call("retryDeliveries", "POST", "/v1/deliveries/retry", { filter: { to: "soon" } });
    expect(time.body.errors[0].path).toBe("/filter/to");
  });
});

describe("what endpoints are made of", () => {
  it.each([
    ["listTransports", "/v1/transports", "accepts"],
    ["listTemplates", "/v1/templates", "formats"],
  ])("%s tells the options of each, and which are secret", async (id, path, formats) => {
    const { body } = await call(id, "GET", path);
    expect(body.items.length).toBeGreaterThan(3);
    for (const kind of body.items) {
      expect(kind[formats].length).toBeGreaterThan(0);
      expect(kind.options).toMatchObject({ type: "object", additionalProperties: false });
    }
    expect(JSON.stringify(body)).toContain('"x-secret":true');
  });
});

describe("the catalogue", () => {
  it("pages through all rows", async () => {
    const codes: string[] = [];
    let next: string | null = null;
    do {
      const answer: { body: { items: { code: string }[]; next: string | null } } = await call(
        "listStatuses",
        "GET",
        `/v1/statuses?limit=100${next ? `&cursor=${next}` : ""}`,
      );
      codes.push(...answer.body.items.map(({ code }) => code));
      next = answer.body.next;
    } while (next !== null);
    expect(codes).toHaveLength(166);
  });

  it.each(["AF (AFGEWERKT)", "[distristatuscode]_201", "50%/x", "..x"])(
    "adds, replaces and removes %s",
    async (code) => {
      const url = `/v1/statuses/${encodeURIComponent(code)}`;
      const row = { status: "WARNING", descriptions: { en: "New" } };
      const known = api.services.catalogue.find(code) !== undefined;
      expect(await call("putStatus", "PUT", url, row)).toMatchObject({
        status: known ? 200 : 201,
        body: { code, ...row },
      });
      expect(api.services.catalogue.find(code)).toEqual({ code, ...row });
      expect((await call("deleteStatus", "DELETE", url)).status).toBe(204);
      expect(api.services.catalogue.find(code)).toBeUndefined();
      expect((await call("deleteStatus", "DELETE", url)).status).toBe(404);
      expect(api.asked.map(([what]) => what)).toEqual(["statuses.put", "statuses.delete"]);
    },
  );
});

describe("service", () => {
  it("tells how things stand, of all or of one customer", async () => {
    const { body } = await call("getOverview", "GET", "/v1/overview");
    expect(body).toMatchObject({
      at: "2026-01-02T03:04:05.000Z",
      waiting: 12,
      minutes: [{ at: "2026-01-02T03:04:00.000Z", delivered: 2, failedAttempts: 4 }],
      days: [{ day: "2026-01-02", failed: 1 }],
      troubled: { failing: 1, held: 0 },
      trouble: { items: [{ endpoint: "ep_1", since: "2026-01-02T02:04:05.000Z", code: "connect" }], next: null },
    });
    await call("getOverview", "GET", "/v1/overview?customer=acme&minutes=180&days=400&limit=5&cursor=abc");
    expect(api.asked.filter(([what]) => what === "overview").map(([, asked]) => asked)).toEqual([
      { customer: null, minutes: 60, days: 30, limit: 50, cursor: undefined },
      { customer: "acme", minutes: 180, days: 400, limit: 5, cursor: "abc" },
    ]);
    expect((await call("getOverview", "GET", "/v1/overview?minutes=181")).status).toBe(422);
  });

  it("answers its health and readiness", async () => {
    await call("getHealth", "GET", "/healthz");
    expect((await call("getReadiness", "GET", "/readyz")).body.ready).toBe(true);
  });

  it("lists the secrets that no key opens, a page at a time", async () => {
    const { body } = await call("listUnreadableSecrets", "GET", "/v1/secrets/unreadable?limit=2&cursor=abc");
    expect(body).toMatchObject({ items: [{ kind: "endpoint", field: "transport.password" }], next: null });
    expect(api.asked).toContainEqual(["secrets.listUnreadable", { limit: 2, cursor: "abc" }]);
  });

  it("tells what the secrets are encrypted with, and rotates them set by set", async () => {
    expect(await call("getSecretsStatus", "GET", "/v1/secrets")).toMatchObject({ status: 200, body: { outdated: 2 } });
    expect((await call("rotateSecrets", "POST", "/v1/secrets/rotate")).body).toMatchObject({
      next: null,
      freed: ["k1"],
    });
    await call("rotateSecrets", "POST", "/v1/secrets/rotate", { cursor: "abc" });
    expect(api.asked.filter(([what]) => what === "secrets.rotate")).toEqual([
      ["secrets.rotate", undefined],
      ["secrets.rotate", "abc"],
    ]);
    expect((await call("rotateSecrets", "POST", "/v1/secrets/rotate", { after: "abc" })).status).toBe(422);
  });

  it("counts, begins, lists and shows purges", async () => {
    const scope = { customer: "acme", order: "A1" };
    expect(await call("requestPurge", "POST", "/v1/purges", { ...scope, dryRun: true })).toMatchObject({
      status: 200,
      body: { dryRun: true, counts: { events: 2, canceled: 1 } },
    });
    expect(await call("requestPurge", "POST", "/v1/purges", { ...scope, requestedBy: "ticket 7" })).toMatchObject({
      status: 202,
      body: { id: "pur_1", state: "emptied", finishedAt: null },
    });
    expect(api.asked).toEqual([
      ["purges.count", scope],
      ["purges.request", scope, "ticket 7"],
      [
        "audit.write",
        expect.objectContaining({ operation: "requestPurge", keyId: "admin-key" }),
        { customer: "acme", subject: "pur_1", before: null, after: { orderHash: expect.anything() } },
      ],
    ]);
    expect((await call("listPurges", "GET", "/v1/purges")).body.items).toHaveLength(1);
    expect((await call("getPurge", "GET", "/v1/purges/pur_1")).status).toBe(200);
    expect((await call("getPurge", "GET", "/v1/purges/pur_2")).status).toBe(404);
    expect((await call("requestPurge", "POST", "/v1/purges", { order: "A1" })).status).toBe(422);
  });

  it("answers its metrics as text", async () => {
    called.add("getMetrics");
    const answer = await api.app.inject({ method: "GET", url: "/metrics", headers: AUTH });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(answer.body).toBe(await api.services.metrics());
  });
});

/** Tested in files of their own. */
const ELSEWHERE = [
  ...["publishEvents", "cancelDelivery", "listKeys", "getKey", "createKey", "revokeKey", "listAudit"],
  ...["listUsers", "getUser", "createUser", "linkUser", "patchUser", "deleteUser"],
];

afterAll(() => {
  const untested = operationIds.filter((id) => !called.has(id) && !ELSEWHERE.includes(id));
  expect(untested).toEqual([]);
});
