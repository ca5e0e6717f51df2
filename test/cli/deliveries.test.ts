import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveryFilter } from "../../src/schemas/delivery.js";
import { type FakeApi, startFakeApi } from "./fake-api.js";
import { runAgainst } from "./run.js";

let api: FakeApi;
/** What the routes were given, in their order. */
let asked: [string, unknown][] = [];
beforeEach(async () => {
  api = await startFakeApi();
  asked = [];
});
afterEach(() => api.close());

function answer(route: string, value: unknown): void {
  api.routes.set(route, (body, url) => {
    asked.push([`${route}${url.search}`, body]);
    return value;
  });
}

const waybell = (...args: string[]) => runAgainst(api.url, ...args);

function withDelivery(id: string, state: string): void {
  const created = { createdAt: "2026-03-01T10:00:00Z" };
  answer(`GET /v1/deliveries/${id}`, { id, eventId: `evt_${id}`, endpointId: "ep_1", state, ...created });
}

describe("the filter of deliveries", () => {
  const given = {
    order: "A1",
    reference: "anc/20221588",
    barcode: "BC 1",
    state: "failed",
    status: "PROCESSING",
    "status-code": "notOk [1]",
    fault: "response",
    code: "http_503",
    error: "50% full",
  };
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  const { "status-code": statusCode, ...others } = given;

  it("has every member that the API's has, and hands it on as it is given", async () => {
    answer("GET /v1/deliveries", { items: [], next: null });
    expect((await waybell("deliveries", "list", ...options)).code).toBe(0);
    const { searchParams } = new URL(asked[0]?.[0].split(" ")[1] ?? "", "http://fake");
    searchParams.delete("limit");
    expect(Object.fromEntries(searchParams)).toEqual({ ...others, statusCode });
    const { out } = await waybell("deliveries", "list", "--help");
    for (const name of Object.keys(deliveryFilter)) {
      expect(out).toContain(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <`);
    }
  });

  it("chooses what is retried too: one member alone is a filter", async () => {
    answer("POST /v1/deliveries/retry", { count: 2 });
    expect((await waybell("deliveries", "retry", ...options, "--yes")).code).toBe(0);
    expect((await waybell("deliveries", "retry", "--code", "dns", "--dry-run")).code).toBe(0);
    const filters = asked.map(([, body]) => (body as { filter: unknown }).filter);
    expect(filters).toEqual([{ ...others, statusCode }, { ...others, statusCode }, { code: "dns" }]);
    expect((await waybell("deliveries", "retry", "dlv_1", "--error", "x")).code).toBe(2);
  });
});

describe("deliveries by id with --dry-run", () => {
  it("asks the server, and changes nothing", async () => {
    withDelivery("dlv_1", "failed");
    for (const change of ["retry", "replay"]) answer(`POST /v1/deliveries/${change}`, { count: 1 });
    answer("GET /v1/events/evt_1", { id: "evt_1" });
    const retry = await waybell("deliveries", "retry", "dlv_1", "--dry-run");
    expect(retry).toMatchObject({ code: 0, out: "dlv_1 would be retried.\n" });
    const replay = await waybell("deliveries", "replay", "dlv_1", "evt_1", "--dry-run");
    expect(replay.code).toBe(0);
    expect(replay.out).toContain("evt_1 would be replayed");
    const filter = { event: "evt_dlv_1", endpoint: "ep_1", from: "2026-03-01T10:00:00Z" };
    const posts = asked.filter(([route]) => route.startsWith("POST"));
    expect(posts).toMatchObject([
      ["POST /v1/deliveries/retry", { filter: { ...filter, state: "failed" }, dryRun: true }],
      ["POST /v1/deliveries/replay", { filter, dryRun: true }],
    ]);
  });

  it("exits with 1 for an unknown id, a state that does not allow it, and an endpoint that was deleted", async () => {
    withDelivery("dlv_1", "delivered");
    withDelivery("dlv_2", "pending");
    answer("POST /v1/deliveries/cancel", { count: 0 });
    for (const change of ["retry", "cancel", "replay"]) {
      const { code, out, err } = await waybell("deliveries", change, "dlv_typo", "--dry-run");
      expect({ code, out }, change).toEqual({ code: 1, out: "" });
      expect(err).toMatch(/^dlv_typo: The server said no \(404\)/);
    }
    const { code, err } = await waybell("deliveries", "cancel", "dlv_1", "dlv_2", "--dry-run");
    expect(code).toBe(1);
    expect(err).toContain("dlv_1: It is delivered: only pending can be canceled.");
    expect(err).toContain("dlv_2: The endpoint of this delivery was deleted.");
    expect((await waybell("deliveries", "retry", "dlv_1", "--dry-run")).err).toContain(
      "only failed, canceled, pending can be retried.",
    );
  });
});

describe("deliveries changed with --json", () => {
  it("tells of each id, refused ones included, and of a filter how many", async () => {
    answer("POST /v1/deliveries/dlv_1/retry", {});
    answer("POST /v1/deliveries/retry", { count: 12 });
    const { code, out } = await waybell("deliveries", "retry", "dlv_1", "dlv_2", "--json");
    expect(code).toBe(1);
    const lines = out.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { id: "dlv_1", change: "retry", ok: true, changed: true },
      { id: "dlv_2", change: "retry", ok: false, changed: false, error: expect.stringContaining("404") },
    ]);
    const dry = await waybell("deliveries", "retry", "--customer", "acme", "--dry-run", "--json");
    expect(JSON.parse(dry.out)).toEqual({ change: "retry", count: 12, changed: false });
    const sure = await waybell("deliveries", "retry", "--customer", "acme", "--yes", "--json");
    expect(JSON.parse(sure.out)).toEqual({ change: "retry", count: 12, changed: true });
  });
});
