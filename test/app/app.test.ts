import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

let folder: string;
let removeFolder: () => void;
let receiver: HttpReceiver;
let service: TestService | undefined;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  receiver = await startHttpReceiver();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  await receiver.stop();
  removeFolder();
});

async function start(clock?: ManualClock): Promise<TestService> {
  service = await startTestService(folder, clock ? { clock } : {});
  return service;
}

/** Lets the clock run in steps of `ms`, with time for what each begins, until `seen`. */
async function untilLater(clock: ManualClock, ms: number, seen: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => {
    await clock.advance(ms);
    return seen();
  });
}

const ids = () => receiver.received.map(({ headers }) => headers["webhook-id"]);
const deliveries = async (from: TestService) =>
  (
    await from.call<{ items: { id: string; state: string; reason: string; attempts: number }[] }>(
      "GET",
      "/v1/deliveries",
    )
  ).body.items;

describe("the service", () => {
  it("delivers what is published: the document, the id, the kind", async () => {
    const { endpoint, publish, call } = await start();
    await endpoint(`${receiver.url}/hook?a=1`);
    const answer = await publish({ order: "A1", id: "tms-1", reference: "é & <x>" });
    expect(answer).toMatchObject({ status: 202, body: [{ duplicate: false, deliveries: 1 }] });
    await until(() => receiver.received.length === 1);
    const [request] = receiver.received;
    expect(request).toMatchObject({ method: "POST", url: "/hook?a=1" });
    expect(JSON.parse(String(request?.body))).toMatchObject({ order: "A1", statuscode: "take", referentie: "é & <x>" });
    await until(async () => (await deliveries(service as TestService))[0]?.state === "delivered");
    const [delivery] = await deliveries(service as TestService);
    expect(ids()).toEqual([delivery?.id]);
    const shown = await call("GET", `/v1/deliveries/${delivery?.id}`);
    expect(JSON.stringify(shown.body)).toContain("é & <x>");
  });

  it("tries again as the schedule says, with the same id", async () => {
    const clock = manualClock(Date.now());
    const { endpoint, publish } = await start(clock);
    await endpoint(receiver.url, { retry: { schedule: ["0s", "5s", "1m", "5m"] } });
    receiver.script({ status: 500 }, { status: 502 }, { status: 404 });
    await publish({ order: "A1" });
    const begin = clock.monotonic();
    const times: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      await untilLater(clock, attempt === 1 ? 0 : 2_000, () => receiver.received.length === attempt);
      times.push(clock.monotonic() - begin);
    }
    expect(new Set(ids()).size).toBe(1);
    expect(times[1]).toBeGreaterThanOrEqual(4_500);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(54_000);
    expect((times[3] ?? 0) - (times[2] ?? 0)).toBeGreaterThanOrEqual(270_000);
    await untilLater(clock, 100, async () => (await deliveries(service as TestService))[0]?.state === "delivered");
    expect(await deliveries(service as TestService)).toMatchObject([{ attempts: 4 }]);
  });

  it("gives up after the last attempt of the schedule", async () => {
    const clock = manualClock(Date.now());
    const { endpoint, publish } = await start(clock);
    await endpoint(receiver.url, { retry: { schedule: ["0s", "5s"] } });
    receiver.script({ status: 500 }, { status: 500 });
    await publish({ order: "A1" });
    await untilLater(clock, 100, async () => (await deliveries(service as TestService))[0]?.state === "failed");
    expect(await deliveries(service as TestService)).toMatchObject([{ reason: "attempts exhausted", attempts: 2 }]);
  });

  it("waits as long as Retry-After says", async () => {
    const clock = manualClock(Date.now());
    const { endpoint, publish } = await start(clock);
    await endpoint(receiver.url, { limits: { concurrency: 1 } });
    receiver.script({ status: 503, headers: { "retry-after": "600" } });
    await publish({ order: "A1" }, { order: "A2" });
    await untilLater(clock, 0, () => receiver.received.length === 1);
    await untilLater(clock, 0, async () =>
      (await deliveries(service as TestService)).some(({ attempts }) => attempts === 1),
    );
    const begin = clock.monotonic();
    await untilLater(clock, 5_000, () => receiver.received.length === 3);
    expect(clock.monotonic() - begin).toBeGreaterThanOrEqual(595_000);
  });

  it("disables an endpoint whose receiver is gone, and keeps what comes for it", async () => {
    const { endpoint, publish, call } = await start();
    const id = await endpoint(receiver.url);
    receiver.script({ status: 410 });
    await publish({ order: "A1" });
    await until(async () => (await call("GET", `/v1/endpoints/${id}`)).body.state === "disabled");
    expect(await deliveries(service as TestService)).toMatchObject([{ state: "failed", reason: "gone" }]);
    await publish({ order: "A2" });
    expect((await deliveries(service as TestService)).map(({ state }) => state)).toEqual(["pending", "failed"]);
    await call("POST", `/v1/endpoints/${id}/resume`, {});
    await until(() => receiver.received.length === 2);
  });

  it("goes on after a stop where it was: what had failed is tried again with the same id", async () => {
    const first = await start();
    await first.endpoint(receiver.url, { retry: { schedule: ["0s", "1s", "1s"] } });
    receiver.script({ status: 500 });
    await first.publish({ order: "A1", id: "tms-1" });
    await until(async () => (await deliveries(first))[0]?.attempts === 1);
    await first.close();
    service = undefined;
    const second = await start();
    expect(await second.publish({ order: "A1", id: "tms-1" })).toMatchObject({
      status: 202,
      body: [{ duplicate: true }],
    });
    await until(() => receiver.received.length === 2);
    expect(new Set(ids()).size).toBe(1);
    await until(async () => (await deliveries(second))[0]?.state === "delivered");
  });

  it("publishes each of fifty equal requests at once as one event", async () => {
    const { endpoint, publish } = await start();
    await endpoint(receiver.url);
    const answers = await Promise.all(Array.from({ length: 50 }, () => publish({ order: "A1", id: "tms-1" })));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(answers.filter(({ body }) => body[0]?.duplicate === false)).toHaveLength(1);
    await until(() => receiver.received.length === 1);
    expect(await deliveries(service as TestService)).toHaveLength(1);
  });

  it("answers each kind of bad input with a problem that names the field", async () => {
    const { publish, endpoint, call } = await start();
    await endpoint(receiver.url);
    const faulty = await publish({ order: "A1" }, { order: "A2", statusTime: "x", statusCode: "??", comment: 5 });
    expect(faulty.status).toBe(422);
    const fields = (faulty.body as unknown as { errors: { path: string }[] }).errors.map(({ path }) => path).sort();
    expect(fields).toEqual(["/1/comment", "/1/descriptions", "/1/status", "/1/statusTime"]);
    await publish({ order: "A1", id: "same" });
    const other = await publish({ order: "A1", id: "same", comment: "new" });
    expect(other).toMatchObject({ status: 409, body: { errors: [{ path: "/0/comment" }] } });
    const many = await publish(...Array.from({ length: 1_001 }, (_, at) => ({ order: `A${at}` })));
    expect(many.status).toBe(422);
    const half = { customer: "acme", order: "\ud800", statusCode: "take", statusTime: "2026-01-02T03:04:05Z" };
    expect((await call("POST", "/v1/events", half)).status).toBe(202);
    await until(() => receiver.received.length === 2);
  });

  it("says that it is ready, and stops saying so", async () => {
    const { url, close } = await start();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const serverFile = join(folder, "server.json");
    expect(JSON.parse(readFileSync(serverFile, "utf8"))).toEqual({ url, pid: process.pid });
    expect(statSync(serverFile).mode & 0o077).toBe(0);
    await close();
    service = undefined;
    expect(existsSync(serverFile)).toBe(false);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("refuses to start a second time on the same file, and says which process has it", async () => {
    await start();
    await expect(startTestService(folder)).rejects.toThrow(
      new RegExp(`waybell\\.db is in use by process ${process.pid}: only one service can open it`),
    );
    expect((await fetch(`${service?.url}/readyz`)).status).toBe(200);
  });

  it("leaves the file free when it cannot start for another reason", async () => {
    const taken = { env: { PORT: String(receiver.port) } };
    await expect(startTestService(folder, taken)).rejects.toThrow(/EADDRINUSE/);
    await start();
  });

  it("leaves the file free when the admin key cannot be kept", async () => {
    const keyless = { env: { ADMIN_KEY: "" } };
    mkdirSync(join(folder, "admin.key"));
    await expect(startTestService(folder, keyless)).rejects.toThrow(/EISDIR/);
    rmdirSync(join(folder, "admin.key"));
    await start();
  });

  it("can be closed twice", async () => {
    const { close } = await start();
    await close();
    await close();
    service = undefined;
  });
});
