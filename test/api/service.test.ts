import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Service, startService } from "../../src/app.js";
import { readConfig } from "../../src/config.js";
import { violations } from "./contract.js";

const KEY = "a-key-for-this-test-only";
const folder = mkdtempSync(join(tmpdir(), "waybell-api-"));
const agent = new Agent();
const received: string[] = [];
let fails = true;
const receiver = createServer((incoming, outgoing) => {
  let body = "";
  incoming.on("data", (chunk) => {
    body += chunk;
  });
  incoming.on("end", () => {
    if (!fails) received.push(body);
    outgoing.writeHead(fails ? 500 : 200).end();
  });
});
let service: Service;
let hook = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const config = readConfig({
    PORT: "0",
    DATABASE_URL: `file:${join(folder, "waybell.db")}`,
    ADMIN_KEY: KEY,
    EGRESS_ALLOW: "127.0.0.0/8",
  });
  service = await startService(config, { log: pino({ level: "silent" }) });
});

afterAll(async () => {
  await service?.close();
  await agent.destroy();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Calls an operation of the running service, and checks that its answer is what the document says. */
async function call(id: string, method: string, path: string, body?: unknown) {
  const answer = await request(service.url + path, {
    method: method as "GET",
    headers: { authorization: `Bearer ${KEY}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? null : JSON.stringify(body),
    dispatcher: agent,
  });
  const text = await answer.body.text();
  const found = text === "" ? undefined : JSON.parse(text);
  if (answer.statusCode < 300) expect(violations(id, answer.statusCode, found), `${id}: ${text}`).toEqual([]);
  return { status: answer.statusCode, body: found };
}

async function eventually<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = performance.now() + 10_000; performance.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain: ${what}`);
}

const EVENT = { customer: "acme", order: "A/1", statusCode: "take", statusTime: "2023-07-19T11:06:49+02:00" };

describe("the API over the real parts", () => {
  let endpoint = "";

  it("is ready", async () => {
    expect(await call("getReadiness", "GET", "/readyz")).toMatchObject({ status: 200, body: { ready: true } });
  });

  it("keeps customers, endpoints and orders", async () => {
    expect((await call("putCustomer", "PUT", "/v1/customers/acme", { name: "Acme" })).status).toBe(201);
    const setting = {
      name: "ERP",
      transport: { type: "http-post", url: hook, apiKey: "very-secret-key" },
      template: { name: "ontime" },
      retry: { schedule: ["0s", "1h"] },
    };
    const tried = await call("testUnsavedEndpoint", "POST", "/v1/test", { customer: "acme", endpoint: setting });
    expect(tried.body).toMatchObject({ ok: false, attempt: { code: "http_500" } });
    const preview = await call("testUnsavedEndpoint", "POST", "/v1/test", {
      customer: "acme",
      action: "preview",
      endpoint: setting,
    });
    expect(preview.body).toMatchObject({ url: hook, contentType: "application/json" });
    const made = await call("createEndpoint", "POST", "/v1/customers/acme/endpoints", setting);
    expect(made.status).toBe(201);
    endpoint = made.body.id;
    expect((await call("createEndpoint", "POST", "/v1/customers/acme/endpoints", setting)).status).toBe(409);
    const changed = await call("patchEndpoint", "PATCH", `/v1/endpoints/${endpoint}`, {
      transport: { apiKey: "********" },
    });
    expect(changed.body).toMatchObject({ version: 2, transport: { apiKey: "********", url: hook } });
    const check = await call("checkEndpoint", "POST", `/v1/endpoints/${endpoint}/check`);
    expect(check.body.steps.length).toBeGreaterThan(1);
    const rotated = await call("rotateEndpointSecret", "POST", `/v1/endpoints/${endpoint}/rotate-secret`);
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.endpoint.publicKeys).toEqual([]);
    const kind = { kind: "ed25519" };
    const publicly = await call("rotateEndpointSecret", "POST", `/v1/endpoints/${endpoint}/rotate-secret`, kind);
    expect(publicly.body.publicKey).toMatch(/^whpk_/);
    const shown = await call("getEndpoint", "GET", `/v1/endpoints/${endpoint}`);
    expect(shown.body.publicKeys).toEqual([{ key: publicly.body.publicKey, until: null }]);
    expect(JSON.stringify(shown.body)).not.toContain("whsk_");
    const order = await call("putOrder", "PUT", "/v1/customers/acme/orders/A%2F1", { reference: "R1" });
    expect(order.body).toMatchObject({ order: "A/1", reference: "R1" });
    expect((await call("getOrder", "GET", "/v1/customers/acme/orders/A%2F1")).body.reference).toBe("R1");
    expect((await call("listEndpoints", "GET", "/v1/customers/acme/endpoints")).body.items).toHaveLength(1);
  });

  it("names what is wrong with an event", async () => {
    const { status, body } = await call("publishEvents", "POST", "/v1/events", [
      EVENT,
      { ...EVENT, customer: "nobody", statusTime: "soon", statusCode: "no such code" },
    ]);
    expect(status).toBe(422);
    const paths = body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toContain("/1/customer");
    const alone = await call("publishEvents", "POST", "/v1/events", [{ ...EVENT, statusTime: "soon" }]);
    expect(alone.body.errors[0].path).toBe("/0/statusTime");
  });

  it("shows what was published and delivered, retries and replays it", async () => {
    const taken = await call("publishEvents", "POST", "/v1/events", { ...EVENT, id: "tms-1" });
    expect(taken).toMatchObject({ status: 202, body: { duplicate: false, deliveries: 1 } });
    const again = await call("publishEvents", "POST", "/v1/events", { ...EVENT, id: "tms-1" });
    expect(again.body).toMatchObject({ id: taken.body.id, duplicate: true });
    expect((await call("publishEvents", "POST", "/v1/events", { ...EVENT, id: "tms-1", order: "B" })).status).toBe(409);
    expect((await call("getEvent", "GET", `/v1/events/${taken.body.id}`)).body).toMatchObject({
      externalId: "tms-1",
      order: "A/1",
    });
    expect((await call("listEvents", "GET", "/v1/events?customer=acme&externalId=tms-1")).body.items).toHaveLength(1);

    const tried = await eventually(async () => {
      const { items } = (await call("listDeliveries", "GET", `/v1/deliveries?event=${taken.body.id}`)).body;
      return items[0]?.attempts > 0 ? items[0] : undefined;
    }, "the first attempt");
    expect(tried).toMatchObject({ state: "pending", fault: "response" });
    const shown = await call("getDelivery", "GET", `/v1/deliveries/${tried.id}`);
    expect(shown.body.attemptList[0]).toMatchObject({ code: "http_500", outcome: "retry" });
    expect(shown.body.attemptList[0].sent.body).toContain('"order":"A/1"');

    fails = false;
    expect((await call("retryDelivery", "POST", `/v1/deliveries/${tried.id}/retry`)).status).toBe(200);
    await eventually(
      async () => (await call("getDelivery", "GET", `/v1/deliveries/${tried.id}`)).body.state === "delivered",
      "the retry",
    );
    expect((await call("cancelDelivery", "POST", `/v1/deliveries/${tried.id}/cancel`)).status).toBe(409);

    expect((await call("replayEvent", "POST", `/v1/events/${taken.body.id}/replay`)).body.count).toBe(1);
    await eventually(async () => received.length === 2, "the replay");
    const filter = { event: taken.body.id };
    const counted = await call("replayDeliveries", "POST", "/v1/deliveries/replay", { filter, dryRun: true });
    expect(counted.body.count).toBeGreaterThan(0);
    const wrong = await call("cancelDeliveries", "POST", "/v1/deliveries/cancel", { filter: { state: "delivered" } });
    expect(wrong.body.errors[0].path).toBe("/filter/state");
  });

  it("pauses, and cancels on resume what waited", async () => {
    await call("pauseEndpoint", "POST", `/v1/endpoints/${endpoint}/pause`);
    await call("publishEvents", "POST", "/v1/events", [EVENT, EVENT]);
    const resumed = await call("resumeEndpoint", "POST", `/v1/endpoints/${endpoint}/resume`, { deliveries: "cancel" });
    expect(resumed.body).toMatchObject({ canceled: 2, endpoint: { state: "active" } });
    expect(resumed.body.canceledIds).toHaveLength(2);
    const { items } = (await call("listDeliveries", "GET", "/v1/deliveries?state=canceled&limit=1")).body;
    expect(items).toHaveLength(1);
  });

  it("disables, keeps what waits and what is new, and sends it all once it is resumed", async () => {
    const at = `/v1/endpoints/${endpoint}`;
    await call("pauseEndpoint", "POST", `${at}/pause`);
    await call("publishEvents", "POST", "/v1/events", EVENT);
    const disabled = await call("disableEndpoint", "POST", `${at}/disable`, { reason: "out of use" });
    const stateReason = "disabled by the operator: out of use";
    expect(disabled.body).toMatchObject({ state: "disabled", stateReason });
    const again = await call("disableEndpoint", "POST", `${at}/disable`, { reason: "again" });
    expect([again.status, again.body]).toEqual([200, disabled.body]);
    const taken = await call("publishEvents", "POST", "/v1/events", EVENT);
    expect(taken.body[0] ?? taken.body).toMatchObject({ deliveries: 1 });
    const { trouble } = (await call("getOverview", "GET", "/v1/overview?customer=acme")).body;
    expect(trouble.items).toMatchObject([
      { kind: "disabled", endpoint, reason: stateReason, waiting: 2, nextTry: null },
    ]);
    const { items } = (await call("listAudit", "GET", `/v1/audit?subject=${endpoint}&limit=2`)).body;
    expect(items).toMatchObject([
      { operation: "disableEndpoint", before: { state: "paused" }, after: { state: "disabled", stateReason } },
      { operation: "pauseEndpoint" },
    ]);
    const before = received.length;
    await call("resumeEndpoint", "POST", `${at}/resume`);
    await eventually(async () => received.length === before + 2, "what waited");
  });

  it("pages through lists, and refuses a cursor that none has given", async () => {
    const first = await call("listDeliveries", "GET", "/v1/deliveries?limit=2");
    const second = await call("listDeliveries", "GET", `/v1/deliveries?limit=2&cursor=${first.body.next}`);
    const ids = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(4);
    for (const list of ["deliveries", "events", "customers", "statuses", "customers/acme/endpoints"]) {
      const numbered = list !== "customers" && list !== "statuses";
      for (const cursor of ["!", ...(numbered ? ["AAAA", Buffer.from("nonsense").toString("base64url")] : [])]) {
        const { status, body } = await call("", "GET", `/v1/${list}?cursor=${cursor}`);
        expect(status, `${list} ${cursor}`).toBe(422);
        expect(body.errors[0].path).toBe("?cursor");
      }
    }
  });

  it("keeps changes of the catalogue, and publishes by them", async () => {
    const row = { status: "WARNING", descriptions: { en: "Mine" } };
    expect((await call("putStatus", "PUT", "/v1/statuses/my%20code", row)).status).toBe(201);
    expect((await call("publishEvents", "POST", "/v1/events", { ...EVENT, statusCode: "my code" })).status).toBe(202);
    expect((await call("deleteStatus", "DELETE", "/v1/statuses/my%20code")).status).toBe(204);
    expect((await call("publishEvents", "POST", "/v1/events", { ...EVENT, statusCode: "my code" })).status).toBe(422);
  });

  it("deletes an endpoint and its customer, and keeps their history", async () => {
    expect((await call("deleteEndpoint", "DELETE", `/v1/endpoints/${endpoint}`)).status).toBe(204);
    expect((await call("deleteCustomer", "DELETE", "/v1/customers/acme")).status).toBe(204);
    expect((await call("listDeliveries", "GET", "/v1/deliveries?customer=acme")).body.items.length).toBeGreaterThan(0);
  });
});
