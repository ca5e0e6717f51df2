import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { callerTrace, eventOf, publishWith } from "../support/tracing.js";

let folder: string;
let removeFolder: () => void;
let receiver: HttpReceiver;
let service: TestService;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  receiver = await startHttpReceiver();
  service = await startTestService(folder);
});
afterEach(async () => {
  await service.close();
  await receiver.stop();
  removeFolder();
});

const { traceparent } = callerTrace("a");
const state = { traceparent, tracestate: "vendor=1,other=2" };
const post = (headers: Record<string, string>, body: unknown) => publishWith(service.url, ADMIN_KEY, headers, body);
const got = () => receiver.received.map(({ headers }) => [headers.traceparent, headers.tracestate]);
const toReceiver = (more: Record<string, unknown>) => ({
  transport: { type: "http-post", url: receiver.url, ...more },
});

describe("without an SDK, the caller's trace", () => {
  it("is passed on to the receiver as it is, its tracestate only where the endpoint wants it", async () => {
    await service.endpoint(receiver.url, toReceiver({}));
    await post(state, eventOf("A1"));
    await until(() => receiver.received.length === 1);
    await service.endpoint(receiver.url, { ...toReceiver({ url: `${receiver.url}/own`, trace: "full" }), name: "own" });
    await service.endpoint(receiver.url, {
      ...toReceiver({ url: `${receiver.url}/none`, trace: "none" }),
      name: "none",
    });
    await post(state, [eventOf("A2")]);
    await until(() => receiver.received.length === 4);
    const byUrl = new Map(receiver.received.map(({ url, headers }) => [url, headers]));
    expect(byUrl.get("/")).toMatchObject({ traceparent });
    expect(byUrl.get("/")).not.toHaveProperty("tracestate");
    expect(byUrl.get("/own")).toMatchObject(state);
    expect(byUrl.get("/none")).not.toHaveProperty("traceparent");
  });

  it("goes with every line of NDJSON, and stays after a restart", async () => {
    receiver.answer = { status: 500 };
    await service.endpoint(receiver.url, { retry: { schedule: ["0s", "1s", "1s", "1s"] } });
    const lines = [eventOf("A1"), eventOf("A2")].map((event) => JSON.stringify(event));
    await post({ traceparent }, `${lines.join("\n")}\n`);
    await until(() => receiver.received.length === 2);
    await service.close();
    receiver.answer = { status: 200 };
    service = await startTestService(folder);
    await until(() => receiver.received.length >= 4);
    expect(new Set(got().map(([parent]) => parent))).toEqual(new Set([traceparent]));
  });

  it("is none where the request named none, or not as W3C has it", async () => {
    await service.endpoint(receiver.url);
    const wrong = ["", "00-abc-def-01", traceparent.toUpperCase(), `ff${traceparent.slice(2)}`, `${traceparent}-00`];
    const zeros = [`00-${"0".repeat(32)}-${"a".repeat(16)}-01`, `00-${"a".repeat(32)}-${"0".repeat(16)}-01`];
    for (const value of [...wrong, ...zeros]) await post({ traceparent: value, tracestate: "a=1" }, eventOf("A1"));
    await post({}, eventOf("A1"));
    await until(() => receiver.received.length === 8);
    expect(got()).toEqual(Array.from({ length: 8 }, () => [undefined, undefined]));
  });

  it("is told in this version's form where the caller has a later one, and its tracestate within 512 characters", async () => {
    await service.endpoint(receiver.url, toReceiver({ trace: "full" }));
    const entries = Array.from({ length: 30 }, (_, at) => `vendor${at}=${"x".repeat(20)}`);
    await post({ traceparent: `cc${traceparent.slice(2)}-more`, tracestate: entries.join(",") }, eventOf("A1"));
    await post({ traceparent, tracestate: `a=${"x".repeat(600)}` }, eventOf("A2"));
    await until(() => receiver.received.length === 2);
    const [[parent, kept = ""] = [], lost] = got().sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0));
    expect(parent).toBe(traceparent);
    expect(String(kept).length).toBeLessThanOrEqual(512);
    expect(String(kept).split(",")).toEqual(entries.slice(0, String(kept).split(",").length));
    expect(String(kept).split(",").length).toBeGreaterThan(15);
    expect(lost).toEqual([traceparent, undefined]);
  });

  it("gives way to the endpoint's own header", async () => {
    await service.endpoint(receiver.url, toReceiver({ trace: "full", headers: { Traceparent: "of-their-own" } }));
    await post(state, eventOf("A1"));
    await until(() => receiver.received.length === 1);
    expect(got()).toEqual([["of-their-own", undefined]]);
  });

  it("is no part of the event: the same id again is a duplicate, and nobody is shown it", async () => {
    const standard = { template: { name: "standard", options: {} } };
    await service.endpoint(receiver.url, standard);
    const first = await post(state, eventOf("A1", { id: "tms-1" }));
    const { id } = (await first.json()) as { id: string };
    const again = await post({ traceparent: callerTrace("b").traceparent }, eventOf("A1", { id: "tms-1" }));
    expect(await again.json()).toMatchObject({ id, duplicate: true });
    const other = await post({}, eventOf("A1", { id: "tms-1", comment: "new" }));
    expect(await other.json()).toMatchObject({ status: 409, errors: [{ path: "/comment" }] });
    await until(() => receiver.received.length === 1);
    const shown = [
      JSON.stringify(await service.call("GET", `/v1/events/${id}`)),
      JSON.stringify(await service.call("GET", "/v1/events")),
      String(receiver.received[0]?.body),
    ];
    for (const text of shown) {
      expect(text).toContain("A1");
      expect(text).not.toContain("trace");
      expect(text).not.toContain("a".repeat(16));
    }
  });

  it("goes with a batch whose events were published together, and with no other", async () => {
    const batched = {
      transport: { type: "http-post", url: receiver.url, headers: { "Ave-Hub-signature": "token" } },
      template: { name: "aveonline", options: {} },
      limits: { concurrency: 1, batch: { maxEvents: 2, maxWait: "1m" } },
    };
    receiver.answer = { status: 201 };
    await service.endpoint(receiver.url, batched);
    await post({ traceparent }, [eventOf("A1"), eventOf("A2")]);
    await until(() => receiver.received.length === 1);
    await post({ traceparent }, eventOf("A3"));
    await post({ traceparent: callerTrace("b").traceparent }, eventOf("A4"));
    await until(() => receiver.received.length === 2);
    expect(got()).toEqual([
      [traceparent, undefined],
      [undefined, undefined],
    ]);
  });
});
