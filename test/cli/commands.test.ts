import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useFakeApi } from "./against-fake.js";
import { KEY } from "./fake-api.js";

const fake = useFakeApi();
const { answer, waybell } = fake;

describe("deliveries", () => {
  const DELIVERY = {
    id: "dlv_1",
    eventId: "evt_1",
    endpointId: "ep_1",
    customer: "acme",
    order: "A\u001b[2J1",
    state: "failed",
    attempts: 3,
    reason: "expired",
    createdAt: "2026-03-01T10:00:00Z",
    finishedAt: null,
  };

  it("lists by filter, the endpoint by its name, ages as times, without the control characters of the data", async () => {
    answer("GET /v1/customers/acme/endpoints", { items: [{ id: "ep_1", name: "ERP" }], next: null });
    answer("GET /v1/deliveries", { items: [DELIVERY], next: "more" });
    const args = ["--customer", "acme", "--endpoint", "acme/ERP", "--state", "failed", "--from", "2h", "--limit", "1"];
    const { code, out } = await waybell("deliveries", "list", ...args);
    expect(code).toBe(0);
    expect(out).toMatch(/dlv_1 +acme +A\ufffd\[2J1 +failed +3 +2026-03-01 \d\d:00:00 +expired/);
    expect(out).toContain("There are more");
    const query = new URLSearchParams(fake.asked.at(-1)?.[0].split("?")[1]);
    expect(Object.fromEntries(query)).toMatchObject({ customer: "acme", endpoint: "ep_1", state: "failed" });
    expect(Date.now() - Date.parse(query.get("from") ?? "")).toBeGreaterThanOrEqual(2 * 3_600_000);
  });

  it("says that there is no endpoint of a name", async () => {
    answer("GET /v1/customers/acme/endpoints", { items: [], next: null });
    const { code, err } = await waybell("deliveries", "list", "--endpoint", "acme/ERP");
    expect(code).toBe(1);
    expect(err).toContain('Customer "acme" has no endpoint called "ERP"');
  });

  it("shows each attempt with what was sent and what came back", async () => {
    const sent = { contentType: "application/json", body: '{"order":"A1"}', bytes: 14, fileName: null };
    const attempt = {
      number: 1,
      startedAt: "2026-03-01T10:00:00Z",
      durationMs: 12,
      outcome: "retry",
      fault: "response",
      code: "http_500",
      detail: "The receiver answered 500.",
      transport: "http-post",
      address: "https://acme.example",
      sent,
      response: "oops",
    };
    answer("GET /v1/deliveries/dlv_1", { ...DELIVERY, attemptList: [attempt] });
    const { out } = await waybell("deliveries", "show", "dlv_1");
    expect(out).toMatch(/state: +failed/);
    expect(out).toMatch(/Attempt 1, .* 12 ms: retry, response, http_500/);
    expect(out).toContain('  sent, 14 bytes of application/json:\n    {"order":"A1"}\n  received:\n    oops\n');
  });

  it("retries and cancels by id, and replays the event of a delivery", async () => {
    answer("POST /v1/deliveries/dlv_1/retry", {});
    answer("GET /v1/deliveries/dlv_1", DELIVERY);
    answer("POST /v1/events/evt_1/replay", { count: 1 });
    answer("POST /v1/deliveries/replay", { count: 1, dryRun: false });
    const retried = await waybell("deliveries", "retry", "dlv_1", "dlv_2");
    expect(retried.code).toBe(1);
    expect(retried.out).toContain("dlv_1 retried.");
    expect(retried.err).toContain("dlv_2: The server said no (404)");
    const from = "2026-03-01T10:00:00Z";
    expect((await waybell("deliveries", "replay", "dlv_1", "evt_1")).code).toBe(0);
    expect(fake.asked.slice(-2)).toEqual([
      [
        "POST /v1/deliveries/replay",
        { filter: { event: "evt_1", endpoint: "ep_1", from, to: "2026-03-01T10:00:00.001Z" }, dryRun: false },
      ],
      ["POST /v1/events/evt_1/replay", undefined],
    ]);
  });

  it("asks with --dry-run by id whether it could be done, and changes nothing", async () => {
    answer("GET /v1/deliveries/dlv_1", DELIVERY);
    answer("POST /v1/deliveries/retry", { count: 1, dryRun: true });
    expect(DELIVERY.state).toBe("failed");
    const retry = await waybell("deliveries", "retry", "dlv_1", "nonsense", "--dry-run");
    expect([retry.code, retry.out]).toEqual([1, "dlv_1 would be retried.\n"]);
    expect(retry.err).toContain("nonsense: The server said no (404)");
    const cancel = await waybell("deliveries", "cancel", "dlv_1", "--dry-run");
    expect([cancel.code, cancel.err]).toEqual([1, "dlv_1: It is failed: only pending can be canceled.\n"]);
    const posted = fake.asked.filter(([what]) => !what.startsWith("GET "));
    expect(posted).toMatchObject([["POST /v1/deliveries/retry", { dryRun: true }]]);
  });

  it("says that nothing was sent again when a replay made no delivery", async () => {
    answer("GET /v1/deliveries/dlv_1", DELIVERY);
    answer("POST /v1/deliveries/replay", { count: 0, dryRun: false });
    answer("POST /v1/events/evt_1/replay", { count: 0, reason: "no endpoint wants this status" });
    const { code, out, err } = await waybell("deliveries", "replay", "dlv_1", "evt_1");
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("dlv_1: Nothing was sent again: The endpoint of this delivery was deleted");
    expect(err).toContain("evt_1: Nothing was sent again: no endpoint wants this status");
  });

  it("counts first when changing by filter, and asks for --yes where there is no terminal", async () => {
    fake.api.routes.set("POST /v1/deliveries/retry", (body) => {
      fake.asked.push(["retry", body]);
      return { count: 1234, dryRun: (body as { dryRun: boolean }).dryRun };
    });
    const dry = await waybell("deliveries", "retry", "--customer", "acme", "--state", "failed", "--dry-run");
    expect(dry.out).toBe("1,234 deliveries would be retried.\n");
    const unsure = await waybell("deliveries", "retry", "--customer", "acme");
    expect(unsure.code).toBe(2);
    expect(unsure.err).toMatch(/1,234 deliveries will be retried.*--yes/);
    const sure = await waybell("deliveries", "retry", "--customer", "acme", "--yes");
    expect(sure.out).toBe("1,234 deliveries retried.\n");
    expect(fake.asked.map(([, body]) => body)).toEqual([
      { filter: { customer: "acme", state: "failed" }, dryRun: true },
      { filter: { customer: "acme" }, dryRun: true },
      { filter: { customer: "acme" }, dryRun: true },
      { filter: { customer: "acme" }, dryRun: false },
    ]);
  });
});

describe("endpoints pause, disable and resume", () => {
  it("give the reason along", async () => {
    answer("POST /v1/endpoints/ep_1/pause", {});
    answer("POST /v1/endpoints/ep_1/disable", { id: "ep_1", state: "disabled" });
    const { out } = await waybell("endpoints", "disable", "ep_1", "--reason", "out of use");
    expect(out).toBe("ep_1 is disabled: its deliveries wait until it is resumed.\n");
    await waybell("endpoints", "pause", "ep_1", "--reason", "they move");
    const { out: json } = await waybell("endpoints", "disable", "ep_1", "--json");
    expect(JSON.parse(json)).toEqual({ id: "ep_1", state: "disabled" });
    expect(fake.asked.map(([, body]) => body)).toEqual([{ reason: "out of use" }, { reason: "they move" }, {}]);
  });

  it("says what became of the deliveries that waited", async () => {
    answer("POST /v1/endpoints/ep_1/pause", {});
    answer("POST /v1/endpoints/ep_1/resume", { endpoint: {}, canceled: 12, canceledIds: [] });
    expect((await waybell("endpoints", "pause", "ep_1")).out).toBe("ep_1 is paused: its deliveries wait.\n");
    const { out } = await waybell("endpoints", "resume", "ep_1", "--deliveries", "cancel");
    expect(out).toBe("ep_1 is active again, and 12 of its deliveries are canceled.\n");
    expect(fake.asked.at(-1)?.[1]).toEqual({ deliveries: "cancel" });
    expect((await waybell("endpoints", "resume", "ep_1", "--deliveries", "all")).code).toBe(2);
  });
});

describe("--json", () => {
  it("gives the server's answer where an endpoint is paused, resumed or shown, and the key with its server", async () => {
    answer("POST /v1/endpoints/ep_1/pause", { id: "ep_1", state: "paused" });
    answer("POST /v1/endpoints/ep_1/resume", { endpoint: {}, canceled: 0 });
    answer("GET /v1/endpoints/ep_1", { id: "ep_1" });
    const json = async (...args: string[]) => JSON.parse((await waybell(...args, "--json")).out);
    expect(await json("endpoints", "pause", "ep_1")).toEqual({ id: "ep_1", state: "paused" });
    expect(await json("endpoints", "resume", "ep_1")).toEqual({ endpoint: {}, canceled: 0 });
    expect(await json("endpoints", "show", "ep_1")).toEqual({ id: "ep_1" });
    expect(await json("keys", "show")).toEqual({ url: fake.api.url, key: KEY });
  });
});

describe("render, check and test", () => {
  it("shows what would be sent", async () => {
    answer("POST /v1/endpoints/ep_1/preview", {
      contentType: "application/json",
      fileName: "A_take.json",
      body: "{}\n",
    });
    const file = join(fake.folder, "event.json");
    writeFileSync(file, '{"order":"A"}');
    const { out } = await waybell("render", "ep_1", "--event", file);
    expect(out).toBe("fileName:     A_take.json\ncontentType:  application/json\n\n{}\n\n");
    expect(fake.asked[0]?.[1]).toEqual({ event: { order: "A" } });
  });

  it("ticks each step of a check, and exits with 1 where one fails", async () => {
    const steps = [
      { step: "resolve", ok: true, detail: "10.0.0.1", durationMs: 2 },
      { step: "host-key", ok: false, detail: "another key", durationMs: 30, fingerprint: "SHA256:abc" },
    ];
    answer("POST /v1/endpoints/ep_1/check", { ok: false, steps });
    const { code, out } = await waybell("check", "ep_1");
    expect(code).toBe(1);
    expect(out).toMatch(/✓ resolve +2 ms {2}10\.0\.0\.1\n✗ host-key +30 ms {2}another key\n +SHA256:abc\n/);
  });

  it("tells what a test sent and brought back, and how long each step took", async () => {
    const attempt = {
      code: "200",
      detail: "OK",
      address: "https://acme.example",
      durationMs: 15,
      response: "thanks",
      sent: { body: '{"order":"A"}' },
      timings: { connect: 4.2, wait: 10 },
    };
    answer("POST /v1/endpoints/ep_1/test", { ok: true, message: "Data sent successfully", attempt });
    const { code, out } = await waybell("test", "ep_1");
    expect(code).toBe(0);
    expect(out).toBe(
      "✓ delivered to https://acme.example in 15 ms\n  Data sent successfully\n  200: OK\n  connect 4 ms, wait 10 ms\n" +
        '  sent:     {"order":"A"}\n  received: thanks\n',
    );
    expect(fake.asked[0]?.[1]).toEqual({});
  });

  it("tests with what is given, over what a file says", async () => {
    const file = join(fake.folder, "event.json");
    writeFileSync(file, JSON.stringify({ order: "A", comment: "c" }));
    answer("POST /v1/endpoints/ep_1/test", { ok: false, message: "Error: no", attempt: {} });
    const given = [
      "--order",
      "B",
      "--reference",
      "R",
      "--status",
      "AY-0006",
      "--reason",
      "AY-0048",
      "--reason-text",
      "Later",
    ];
    expect((await waybell("test", "ep_1", "--event", file, ...given)).code).toBe(1);
    const reason = { code: "AY-0048", text: "Later" };
    expect(fake.asked[0]?.[1]).toEqual({
      event: { order: "B", comment: "c", reference: "R", statusCode: "AY-0006", reason },
    });
  });

  it("renders and tests with an event that is kept, as it is", async () => {
    answer("POST /v1/endpoints/ep_1/preview", { contentType: "application/json", body: "{}" });
    answer("POST /v1/endpoints/ep_1/test", { ok: true, message: "Data sent successfully", attempt: {} });
    answer("POST /v1/test", { ok: true, message: "Data sent successfully", attempt: {} });
    const file = join(fake.folder, "setting.json");
    writeFileSync(file, JSON.stringify({ name: "New" }));
    expect((await waybell("render", "ep_1", "--event-id", "evt_1")).code).toBe(0);
    expect((await waybell("test", "ep_1", "--event-id", "evt_1")).code).toBe(0);
    await waybell("test", "--setting", file, "--customer", "acme", "--event-id", "evt_1");
    expect(fake.asked.map(([, body]) => body)).toEqual([
      { eventId: "evt_1" },
      { eventId: "evt_1" },
      { customer: "acme", endpoint: { name: "New" }, eventId: "evt_1" },
    ]);
    for (const more of [
      ["--order", "A"],
      ["--event", file],
      ["--reason-text", "Later"],
    ]) {
      const { code, err } = await waybell("test", "ep_1", "--event-id", "evt_1", ...more);
      expect([code, err]).toEqual([2, expect.stringContaining("--event-id alone")]);
    }
  });

  it("tests a setting that is not saved", async () => {
    const file = join(fake.folder, "setting.json");
    writeFileSync(file, JSON.stringify({ name: "New" }));
    answer("POST /v1/test", { ok: true, message: "Data sent successfully", attempt: {} });
    expect((await waybell("test", "--setting", file, "--customer", "acme", "--order", "B")).code).toBe(0);
    expect(fake.asked[0]?.[1]).toEqual({ customer: "acme", endpoint: { name: "New" }, event: { order: "B" } });
    expect((await waybell("test", "--setting", file)).code).toBe(2);
    expect((await waybell("test")).code).toBe(2);
    expect((await waybell("test", "ep_1", "--setting", file, "--customer", "acme")).code).toBe(2);
  });

  it("shows what the status map does not know", async () => {
    const preview = { contentType: "application/json", fileName: null, url: null, headers: {}, body: "{}" };
    answer("POST /v1/endpoints/ep_1/preview", { ...preview, unmapped: ["take", "retour"] });
    expect((await waybell("render", "ep_1")).out).toContain("2 status codes are not in the status map: take, retour");
  });
});
