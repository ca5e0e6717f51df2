import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killAll, type Served, serve } from "../support/serve.js";
import { ADMIN_KEY, callApi, until } from "../support/service.js";
import { type SmallDisk, smallDisks } from "../support/small-disk.js";

const MIB = 1024 * 1024;
/** Of letters that do not repeat: what is stored takes so much room. */
const COMMENT = Array.from({ length: 60_000 }, (_, at) => String.fromCharCode(33 + ((at * 7_919) % 90))).join("");

/** A receiver that can let its answers wait; the ids under which each order has come. */
async function startReceiver() {
  const arrived = new Map<string, string[]>();
  const waiting: ServerResponse[] = [];
  let waits = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { order } = JSON.parse(Buffer.concat(chunks).toString()) as { order: string };
    arrived.set(order, [...(arrived.get(order) ?? []), String(request.headers["webhook-id"])]);
    if (waits) waiting.push(response);
    else response.end("ok");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrived,
    waiting,
    setWaits(value: boolean) {
      waits = value;
      if (!value) for (const response of waiting.splice(0)) response.end("ok");
    },
    close: () => server.close().closeAllConnections(),
  };
}

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let disk: SmallDisk;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await killAll();
  receiver.close();
  disk.remove();
});

async function configure({ url }: Served): Promise<void> {
  await callApi(url, "PUT", "/v1/customers/acme", {});
  const { status } = await callApi(url, "POST", "/v1/customers/acme/endpoints", {
    name: "ERP",
    transport: { type: "http-post", url: receiver.url },
    template: { name: "ontime", options: { format: "json" } },
  });
  expect(status).toBe(201);
}

function publish(url: string, orders: readonly string[]) {
  const more = { customer: "acme", statusCode: "take", statusTime: "2026-01-02T03:04:05Z", comment: COMMENT };
  const items = orders.map((order) => ({ ...more, order, id: order }));
  return fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(items),
  });
}

/** Publishes until the service says that it cannot; what it has accepted goes into `accepted`. */
async function publishUntilFull(url: string, accepted: Set<string>): Promise<Response> {
  for (let set = 0; set < 200; set++) {
    const orders = Array.from({ length: 5 }, (_, at) => `full-${set}-${at}`);
    const answer = await publish(url, orders);
    if (answer.status !== 202) return answer;
    for (const order of orders) accepted.add(order);
  }
  throw new Error("the disk never became full");
}

/** One after the other, and pending twice: what is claimed or fails between two questions is in the other state then. */
const noneWaits = async (url: string) => {
  for (const state of ["pending", "sending", "pending"]) {
    const { body } = await callApi<{ items: unknown[] }>(url, "GET", `/v1/deliveries?state=${state}&limit=1`);
    if (body.items.length > 0) return false;
  }
  return true;
};

async function expectSaidClearly(served: Served, refused: Response): Promise<void> {
  const words = disk.answer === "ENOSPC" ? /has no room left: free disk space/ : /cannot be written/;
  expect(refused.status).toBe(503);
  expect(refused.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({
    code: "unavailable",
    detail: expect.stringMatching(words),
  });
  await until(async () => (await callApi(served.url, "GET", "/readyz")).status === 503, 20_000, "a service not ready");
  const { body } = await callApi<{ parts: Record<string, { ok: boolean; detail: string }> }>(
    served.url,
    "GET",
    "/readyz",
  );
  expect(body.parts.database).toMatchObject({ ok: false, detail: expect.stringMatching(words) });
  const logged = disk.answer === "ENOSPC" ? '"reason":"full"' : '"reason":"other"';
  await until(() => served.output().includes(logged), 10_000, "a line in the log");
  // What was accepted can be looked up all the same.
  expect((await callApi(served.url, "GET", "/v1/deliveries?limit=5")).status).toBe(200);
}

describe.each(smallDisks(24 * MIB))("a full disk, by %s", (_kind, open) => {
  it("loses and repeats nothing, is told, and is over once there is room", async () => {
    disk = await open();
    const served = await serve(disk.folder, {}, disk.under);
    await configure(served);
    const accepted = new Set(["before-1", "before-2"]);
    expect((await publish(served.url, [...accepted])).status).toBe(202);
    await until(() => noneWaits(served.url), 20_000, "the first deliveries");

    receiver.setWaits(true);
    disk.fill(served);
    const refused = await publishUntilFull(served.url, accepted);
    await expectSaidClearly(served, refused);
    // What is on its way arrives while nothing of it can be recorded.
    await until(() => receiver.waiting.length > 0 || accepted.size === 2, 10_000, "a request under way");
    receiver.setWaits(false);

    disk.empty(served);
    await until(async () => (await callApi(served.url, "GET", "/readyz")).status === 200, 30_000, "a ready service");
    // The producer posts again what was refused, as it was told to.
    const again = Array.from({ length: 5 }, (_, at) => `again-${at}`);
    expect((await publish(served.url, again)).status).toBe(202);
    for (const order of again) accepted.add(order);
    await until(() => noneWaits(served.url), 60_000, "the end of all deliveries");
    expect([...receiver.arrived.keys()].sort()).toEqual([...accepted].sort());
    for (const [order, ids] of receiver.arrived) expect(ids, order).toHaveLength(1);
    expect((await served.stop()).code).toBe(0);
  });

  it("loses nothing to a crash meanwhile: what was accepted arrives after the next start with room", async () => {
    disk = await open();
    let served = await serve(disk.folder, {}, disk.under);
    await configure(served);
    receiver.setWaits(true);
    const accepted = new Set(["before-1", "before-2", "before-3"]);
    expect((await publish(served.url, [...accepted])).status).toBe(202);
    await until(() => receiver.waiting.length === 2, 10_000, "the requests under way");
    disk.fill(served);
    await publishUntilFull(served.url, accepted);
    // These have arrived, and nobody could write it down before the process was gone.
    receiver.setWaits(false);
    await new Promise((turn) => setTimeout(turn, 200));
    await served.kill();
    if (disk.answer === "ENOSPC") disk.empty(served);
    served = await serve(disk.folder, {}, disk.under);
    await until(() => noneWaits(served.url), 60_000, "the end of all deliveries");
    expect([...receiver.arrived.keys()].sort()).toEqual([...accepted].sort());
    for (const [order, ids] of receiver.arrived) expect(new Set(ids).size, order).toBe(1);
    expect((await served.stop()).code).toBe(0);
  });
});
