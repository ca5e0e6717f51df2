import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claiming } from "../../src/store/claims.js";
import { Commits } from "../../src/store/commits.js";
import { laneState } from "../../src/store/lanes.js";
import { type DeliveryRecord, type LaneChange, recording } from "../../src/store/records.js";
import type { Endpoint } from "../../src/types.js";
import { attemptsOf as attemptsIn } from "../support/attempts.js";
import { addMany, openStore, post, row, type Store } from "./kit.js";

let store: Store;
let commits: Commits;
let erp: Endpoint;

beforeEach(async () => {
  store = await openStore();
  commits = new Commits(store.database);
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
});
afterEach(() => store.close());

const NOW = 1_000_000;

function record(id: string, more: Partial<DeliveryRecord> = {}, body = "payload"): DeliveryRecord {
  const failed = (more.fault ?? null) !== null;
  return {
    id,
    token: "clm_a",
    attempts: 0,
    endpointId: erp.id,
    laneId: erp.laneId,
    state: failed ? "pending" : "delivered",
    reason: "",
    fault: null,
    lastError: "",
    step: failed ? 1 : 0,
    mayHaveArrived: false,
    dueAt: NOW,
    finishedAt: failed ? null : NOW,
    lane: null,
    ...more,
    attempt: {
      startedAt: NOW,
      durationMs: 12,
      outcome: failed ? "retry" : "delivered",
      fault: more.fault ?? null,
      code: failed ? "http_500" : "200",
      detail: "",
      transport: "http-post",
      address: "https://erp.example.com/hook",
      sent: { contentType: "application/json", body, sha256: `sha-${body}`, bytes: body.length, fileName: null },
      response: "ok",
      timings: { send: 3 },
      ...more.attempt,
    },
  };
}

const write = (...records: DeliveryRecord[]) => Promise.all(records.map((one) => commits.add(recording, one)));
const claim = (token = "clm_a", limit = 256) =>
  commits.add(claiming, { laneId: erp.laneId, limit, now: store.clock.now(), token, until: 1, startMs: 1, sendMs: 0 });
const attemptsOf = (id: string) => attemptsIn(store.database, id);

describe("a record", () => {
  it("delivers, with what was sent and what came back", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim();
    await write(record(id));
    expect(await row(store, id)).toMatchObject({
      state: "delivered",
      attempts: 1,
      claim_token: null,
      finished_at: BigInt(NOW),
    });
    expect(await attemptsOf(id)).toEqual([{ ...record(id).attempt, deliveryId: id, number: 1, late: false }]);
  });

  it("puts off, with what is to be known at the next attempt", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim();
    const wanted = {
      fault: "ambiguous",
      lastError: "no answer",
      step: 3,
      mayHaveArrived: true,
      dueAt: NOW + 9,
    } as const;
    await write(record(id, wanted));
    const { state, fault, last_error, step, ambiguous, due_at, finished_at, attempts } = await row(store, id);
    expect({ state, fault, last_error, step, ambiguous, due_at, finished_at, attempts }).toEqual({
      state: "pending",
      fault: "ambiguous",
      last_error: "no answer",
      step: 3,
      ambiguous: 1,
      due_at: NOW + 9,
      finished_at: null,
      attempts: 1,
    });
  });

  it("forgets the fault of earlier attempts once it is delivered", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim();
    await write(record(id, { fault: "ambiguous", lastError: "no answer", mayHaveArrived: true, dueAt: 1 }));
    await claim("clm_b");
    await write(record(id, { token: "clm_b", attempts: 1 }));
    expect(await row(store, id)).toMatchObject({
      state: "delivered",
      fault: null,
      last_error: "",
      ambiguous: 0,
      attempts: 2,
    });
  });

  it("whose claim was lost is kept as a late attempt, and decides nothing", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim("clm_other");
    await write(record(id));
    expect(await row(store, id)).toMatchObject({ state: "sending", claim_token: "clm_other", attempts: 0 });
    expect(await attemptsOf(id)).toMatchObject([{ number: 1, late: true, outcome: "delivered" }]);
    await write(record(id, { token: "clm_other", fault: "response" }));
    expect(await row(store, id)).toMatchObject({ state: "pending", attempts: 1 });
    expect(await attemptsOf(id)).toMatchObject([
      { number: 1, late: true },
      { number: 2, late: false },
    ]);
  });

  it("of a delivery that was canceled meanwhile leaves it canceled", async () => {
    const [id = ""] = await addMany(store, erp, 1, "canceled");
    await write(record(id));
    expect(await row(store, id)).toMatchObject({ state: "canceled" });
    expect(await attemptsOf(id)).toMatchObject([{ late: true }]);
  });

  it("without an attempt changes the delivery alone", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim();
    await write({ ...record(id), attempt: null, state: "canceled", reason: "endpoint deleted" });
    expect(await row(store, id)).toMatchObject({ state: "canceled", reason: "endpoint deleted", attempts: 0 });
    expect(await attemptsOf(id)).toEqual([]);
  });

  it("comes with hundreds of others in one commit", async () => {
    const ids = await addMany(store, erp, 300);
    await claim();
    await claim("clm_b");
    await write(
      ...ids.map((id, at) => record(id, { token: at < 256 ? "clm_a" : "clm_b", fault: at % 2 ? "response" : null })),
    );
    const states = await store.database.json(
      "SELECT json_group_object(state, n) FROM (SELECT state, count(*) n FROM deliveries GROUP BY 1) AS counts",
    );
    expect(states).toEqual({ delivered: 150, pending: 150 });
  });

  it("keeps any text that came back, half a character too", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim();
    const detail = 'quote " \\ud800 \u0001 😀 \ud83d';
    await write(
      record(id, {
        fault: "response",
        lastError: detail,
        attempt: { ...record(id).attempt, detail } as DeliveryRecord["attempt"],
      }),
    );
    expect((await row(store, id)).last_error).toBe('quote " \\ud800 \u0001 😀 \uFFFD');
    expect((await attemptsOf(id))[0]?.detail).toContain("😀");
  });
});

describe("what was sent", () => {
  it("is kept once as long as it stays the same, and shown with each attempt", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    for (const [at, body] of ["first", "first", "second", "first"].entries()) {
      await claim(`clm_${at}`);
      await write(record(id, { token: `clm_${at}`, attempts: at, fault: "response", dueAt: 1 }, body));
    }
    const bodies = await store.database.json(
      "SELECT json_group_array(body) FROM (SELECT body FROM attempts ORDER BY number) AS kept",
    );
    expect(bodies).toEqual(["first", null, "second", null]);
    expect((await attemptsOf(id)).map(({ sent }) => sent?.body)).toEqual(["first", "first", "second", "first"]);
  });
});

describe("a lane's health", () => {
  let at = NOW;
  let ids: string[] = [];

  beforeEach(async () => {
    at = NOW;
    ids = await addMany(store, erp, 200);
    await claim();
  });

  type Kind = LaneChange["kind"];
  const change = (kind: Kind, more: Partial<LaneChange> = {}): LaneChange => {
    const fault = { success: null, connection: "connection", response: "response", none: "config" } as const;
    return { at, kind, fault: fault[kind], code: kind, text: `text ${kind}`, ...more };
  };
  /** Records attempts of these kinds in one commit, a second after those before; returns the lane. */
  async function step(...changes: (Kind | LaneChange)[]) {
    at += 1_000;
    await write(
      ...changes.map((given) => {
        const lane = typeof given === "string" ? change(given) : { ...given, at };
        return record(ids.shift() ?? "", { lane, fault: lane.fault });
      }),
    );
    return lane();
  }
  async function lane() {
    const found = await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } });
    return Object.fromEntries(
      Object.entries(found).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
    );
  }
  const looked = () => store.database.batch([{ sql: "UPDATE lanes SET alert_at = NULL", args: [] }]);

  it("asks for an alert when an outage begins, once", async () => {
    expect(await step("connection")).toMatchObject({
      failures: 1,
      alert_at: at,
      failing_since: at,
      last_failure_at: at,
      failure_fault: "connection",
      failure_code: "connection",
      failure_text: "text connection",
    });
    const began = at;
    await looked();
    expect(await step("connection", "connection")).toMatchObject({ failures: 3, alert_at: null, failing_since: began });
  });

  it("asks for an alert at the third answer of no in a row", async () => {
    expect(await step("response", "response")).toMatchObject({ response_failures: 2, alert_at: null, failures: 0 });
    expect(await step("response")).toMatchObject({ response_failures: 3, alert_at: at });
    await looked();
    expect(await step("response")).toMatchObject({ response_failures: 4, alert_at: null });
  });

  it("begins to count answers of no anew after a success", async () => {
    await step("response", "response", "success");
    expect(await step("response", "response")).toMatchObject({ response_failures: 2 });
  });

  it("asks for a look at the first and the third success after a failure", async () => {
    await step("connection");
    await looked();
    expect(await step("success")).toMatchObject({ successes: 1, alert_at: at, failures: 0, last_success_at: at });
    await looked();
    expect(await step("success")).toMatchObject({ successes: 2, alert_at: null });
    expect(await step("success")).toMatchObject({ successes: 3, alert_at: at });
    await looked();
    expect(await step("success")).toMatchObject({ successes: 4, alert_at: null });
  });

  it("asks for a look when three successes come in one commit", async () => {
    await step("response");
    expect(await step("success", "success", "success")).toMatchObject({
      successes: 3,
      alert_at: at,
      response_failures: 0,
    });
  });

  it("takes the order within a commit into account", async () => {
    expect(await step("success", "connection")).toMatchObject({ failures: 1, successes: 0, failing_since: at });
    expect(await step("connection", "success")).toMatchObject({ failures: 0, successes: 1 });
    expect(await step("success", "connection")).toMatchObject({ failures: 1, successes: 0 });
  });

  it("does not count successes while nothing fails", async () => {
    expect(await step("success")).toMatchObject({
      successes: 0,
      alert_at: null,
      failing_since: null,
      last_success_at: at,
    });
  });

  it("asks for an alert when something is given up, and when the endpoint is disabled", async () => {
    expect(await step(change("response", { gaveUp: true }))).toMatchObject({ given_up_at: at, alert_at: at });
    await looked();
    expect(await step(change("response", { gaveUp: true, disabled: true }))).toMatchObject({
      disabled_at: at,
      alert_at: at,
    });
    await looked();
    expect(await step(change("none", { gaveUp: true }))).toMatchObject({ given_up_at: at, alert_at: at, failures: 0 });
  });

  it("is held for its setting, with one alert", async () => {
    const held = change("none", { heldReason: "wrong folder" });
    expect(await step(held, held)).toMatchObject({
      held_reason: "wrong folder",
      held_at: at,
      alert_at: at,
      failing_since: null,
    });
    await looked();
    expect(await step(held)).toMatchObject({ held_reason: "wrong folder", alert_at: null });
    expect(await laneState(store.database, erp.laneId)).toMatchObject({ heldReason: "wrong folder" });
  });

  it("waits as long as the receiver asked at most, and keeps the breaker's time", async () => {
    await step(change("response", { heldUntil: NOW + 50 }), change("response", { heldUntil: NOW + 20 }));
    await step(change("connection", { openUntil: NOW + 70 }), change("connection"));
    expect(await laneState(store.database, erp.laneId)).toMatchObject({
      heldUntil: NOW + 50,
      openUntil: NOW + 70,
      failures: 2,
      failing: true,
    });
    await step(change("success", { openUntil: null }));
    expect(await laneState(store.database, erp.laneId)).toMatchObject({ openUntil: 0, failures: 0 });
  });
});
