import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createByteBudget } from "../../src/delivery/byte-budget.js";
import { Deadlines } from "../../src/delivery/deadlines.js";
import { type DeliverOptions, deliver } from "../../src/delivery/deliver.js";
import { ClaimExpiredError, TransportError } from "../../src/errors.js";
import type { Claimed } from "../../src/store/claims.js";
import { Connections } from "../../src/transports/connections.js";
import type { SendContext, Transport } from "../../src/transports/transport.js";
import type { Endpoint } from "../../src/types.js";
import { post, registry } from "../store/kit.js";
import { manualClock } from "../support/clock.js";
import { batched } from "./batch-kit.js";
import { claimed, endpoint, eventRow, single } from "./kit.js";

const RECEIPT = { code: 200, detail: "fine", bytes: 5, timings: { send: 2 }, response: "thanks" };

function setUp(send: Transport["send"], budgetBytes = 64 * 1024 * 1024) {
  const clock = manualClock();
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const deadlines = new Deadlines(clock);
  const options: DeliverOptions = {
    registry: {
      ...registry,
      transportOf(type) {
        const transport = registry.transportOf(type);
        return transport && { ...transport, send };
      },
    },
    sources: { history: async () => [], details: async () => ({}) },
    contents: { content: (ref) => ({ ...ref, open: async function* () {} }), missing: async () => [] },
    resolve: async () => [],
    connections: new Connections({ clock }),
    budget: createByteBudget(budgetBytes),
    deadlines,
    clock,
    log: pino({ level: "info" }, sink),
  };
  const outcome = (claim: Partial<Claimed> = {}, setting: Endpoint = endpoint()) =>
    deliver(options, single(claimed({ expiresAt: clock.now() + 86_400_000, ...claim })), setting);
  const run = async (...given: Parameters<typeof outcome>) => {
    const delivered = await outcome(...given);
    if (typeof delivered === "string") throw new Error(delivered);
    return delivered;
  };
  return { clock, lines, deadlines, options, run, outcome };
}

describe("deliver", () => {
  it("records what was sent and what came back", async () => {
    let seen: SendContext | undefined;
    const { run, clock } = setUp(async (_payload, _options, context) => {
      seen = context;
      await clock.advance(40);
      return RECEIPT;
    });
    const delivered = await run({ attempts: 2, mayHaveArrived: true });
    expect(delivered?.records[0]).toMatchObject({
      id: "dlv_1",
      token: "clm_1",
      state: "delivered",
      attempt: {
        outcome: "delivered",
        fault: null,
        code: "200",
        detail: "fine",
        durationMs: 40,
        response: "thanks",
        timings: { send: 2 },
        transport: "http-post",
        sent: { contentType: "application/json", body: expect.stringContaining('"order":"A1"'), fileName: null },
      },
    });
    expect(seen).toMatchObject({ ids: { webhookId: "dlv_1" }, leaseKey: "ep_1:1", mayHaveArrived: true });
    expect(seen?.ids.timestamp).toBe(Math.floor((clock.now() - 40) / 1000));
  });

  it("records why it failed, and what the receiver said", async () => {
    const error = new TransportError({
      fault: "response",
      code: "http_500",
      message: "The server failed.",
      status: 500,
      response: "stack trace",
      timings: { wait: 9 },
    });
    const { run } = setUp(() => Promise.reject(error));
    const delivered = await run();
    expect(delivered?.records[0]).toMatchObject({
      state: "pending",
      fault: "response",
      lastError: "The server failed.",
      attempt: {
        outcome: "retry",
        code: "http_500",
        detail: "The server failed.",
        response: "stack trace",
        timings: { wait: 9 },
      },
    });
  });

  it.each([
    ["what arrived", null, true],
    ["a refusal", "response", true],
    ["what cannot connect", "connection", false],
    ["what may have arrived", "ambiguous", false],
    ["what its setting keeps from being sent", "config", null],
  ] as const)("tells the room of large payloads whether the receiver answered: %s", async (_what, fault, answered) => {
    const failing = () => Promise.reject(new TransportError({ fault: fault ?? "response", code: "x", message: "x" }));
    const { options, run } = setUp(fault === null ? async () => RECEIPT : failing);
    const told: (boolean | null)[] = [];
    const holders: unknown[] = [];
    Object.assign(options, {
      budget: {
        take: (_body: unknown, holder: unknown) => {
          holders.push(holder);
          return (given: boolean | null) => told.push(given);
        },
      },
    });
    await run();
    expect(told).toEqual([answered]);
    expect(holders).toEqual([{ laneId: "ep_1", customer: endpoint().customer }]);
  });

  it("records a setting that cannot be rendered, without anything sent", async () => {
    const { run } = setUp(async () => RECEIPT);
    const odd = endpoint({ template: { name: "gone", options: {} } });
    const delivered = await run({}, odd);
    expect(delivered?.decision).toMatchObject({ outcome: "held", fault: "config" });
    expect(delivered?.records[0]?.attempt).toMatchObject({
      sent: null,
      fault: "config",
      detail: 'There is no template "gone".',
    });
  });

  it("ends an attempt at the endpoint's total deadline", async () => {
    const { run, clock } = setUp(
      (_payload, _options, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () =>
            reject(new TransportError({ fault: "ambiguous", code: "timeout", message: "No answer in time." })),
          );
        }),
    );
    const delivering = run({}, endpoint({ timeoutMs: 3_000 }));
    await new Promise((turn) => setImmediate(turn));
    await clock.advance(3_200);
    const delivered = await delivering;
    expect(delivered?.decision).toMatchObject({ fault: "ambiguous", mayHaveArrived: true });
    expect(delivered?.records[0]?.attempt?.durationMs).toBeGreaterThanOrEqual(3_000);
    expect(clock.waiting).toBe(0);
  });

  it("does not let the time count in which it waits for room, taken up by other large payloads", async () => {
    const ends: (() => void)[] = [];
    const { run, clock } = setUp(
      (_payload, _options, { signal }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () =>
            reject(new TransportError({ fault: "connection", code: "timeout", message: "No answer in time." })),
          );
          ends.push(() => resolve(RECEIPT));
        }),
      400 * 1024,
    );
    const large = { event: eventRow({ body: { comment: "x".repeat(64 * 1024) } }) };
    const setting = endpoint({ timeoutMs: 3_000 });
    const delivering = [run(large, setting), run({ ...large, id: "dlv_2" }, setting)];
    await new Promise((turn) => setImmediate(turn));
    expect(ends).toHaveLength(1);
    await clock.advance(2_000);
    ends[0]?.();
    await delivering[0];
    await new Promise((turn) => setImmediate(turn));
    await clock.advance(2_000);
    ends[1]?.();
    expect((await Promise.all(delivering)).map((one) => one?.records[0]?.state)).toEqual(["delivered", "delivered"]);
  });

  it("waits for room for all of a streamed body that is held in one piece to be signed", async () => {
    const ends: (() => void)[] = [];
    const send: Transport["send"] = () => new Promise((resolve) => ends.push(() => resolve(RECEIPT)));
    const MIB = 1024 * 1024;
    const { run } = setUp(send, 16 * MIB);
    const large = {
      event: eventRow({
        body: { pictures: [{ sha256: "a", length: 1.5 * MIB, mediaType: "image/png", base64At: 22 }] },
      }),
    };
    const begun = async (signingSecret: string) => {
      const transport = { ...post().transport, signingSecret };
      const setting = endpoint({}, { ...post(), transport });
      const delivering = [run(large, setting), run({ ...large, id: "dlv_2" }, setting)];
      await new Promise((turn) => setImmediate(turn));
      const together = ends.length;
      for (let at = 0; at < 2; at++) {
        ends[at]?.();
        await delivering[at];
        await new Promise((turn) => setImmediate(turn));
      }
      ends.length = 0;
      return together;
    };
    expect(await begun(`whsec_${Buffer.alloc(32, 1).toString("base64")}`)).toBe(2);
    expect(await begun(`whsk_${Buffer.alloc(32, 1).toString("base64")}`)).toBe(1);
  });

  it("records nothing of what is ended because the process stops, and begins nothing after that", async () => {
    let begun = 0;
    const { outcome, deadlines } = setUp((_payload, _options, { signal }) => {
      begun++;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    });
    const delivering = outcome();
    await new Promise((turn) => setImmediate(turn));
    deadlines.endAll();
    expect(await delivering).toBe("interrupted");
    expect(await outcome()).toBe("not begun");
    expect(begun).toBe(1);
  });

  it("begins nothing whose claim has expired", async () => {
    let begun = 0;
    const { outcome } = setUp(async () => {
      begun++;
      return RECEIPT;
    });
    expect(await outcome({ until: 0 })).toBe("not begun");
    expect(begun).toBe(0);
  });

  it("tells the transport by when the first claim of a batch expires, and takes its word that it was too late", async () => {
    const told: number[] = [];
    const { outcome, run, options, clock } = setUp(async (_payload, _options, { startBy }) => {
      told.push(startBy);
      if (told.length < 3) return RECEIPT;
      await clock.advance(70_000);
      throw new ClaimExpiredError();
    });
    await run({ until: 60_000 });
    const members = [claimed({ until: 60_000 }), claimed({ id: "dlv_2", until: 50_000 })] as const;
    await deliver(
      options,
      { id: "bat_1", members, isNew: false, isBatch: true },
      endpoint({}, { ...post(), ...batched(2) }),
    );
    expect(told).toEqual([60_000, 50_000]);
    expect(await outcome({ until: 60_000 })).toBe("not begun");
  });

  it("throws what is a fault of ours, so that no attempt is spent on it", async () => {
    const { run } = setUp(() => Promise.reject(new TypeError("a bug")));
    await expect(run()).rejects.toThrow("a bug");
  });

  it("logs one line for each attempt, without secrets", async () => {
    const { run, lines } = setUp(async () => RECEIPT);
    const setting = endpoint(
      {},
      {
        ...post("ERP", "https://erp.example.com/hook?token=geheim1"),
        transport: {
          type: "http-post",
          url: "https://erp.example.com/hook?token=geheim1",
          apiKey: "geheim2",
          headers: { "x-secret": "geheim3" },
        },
      },
    );
    const delivered = await run(
      { attempts: 1, event: eventRow({ order: "A7", body: { comment: "geheim4" } }) },
      setting,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: "attempt",
      delivery: "dlv_1",
      event: "evt_1",
      endpoint: "ep_1",
      customer: "acme",
      order: "A7",
      statusCode: "take",
      attempt: 2,
      outcome: "delivered",
      code: "200",
      transport: "http-post",
    });
    expect(JSON.stringify(lines)).not.toContain("geheim");
    expect(delivered?.records[0]?.attempt?.address).not.toContain("geheim");
  });
});

describe("deadlines", () => {
  it("leave each send its whole time, though those that begin together share one", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const ended: number[] = [];
    const begin = () => {
      const { signal, done } = deadlines.begin(1_000);
      const at = clock.monotonic();
      signal.addEventListener("abort", () => ended.push(clock.monotonic() - at));
      return { signal, done };
    };
    begin();
    await clock.advance(90);
    begin();
    await clock.advance(30);
    begin();
    await clock.advance(2_000);
    expect(ended).toHaveLength(3);
    for (const ms of ended) {
      expect(ms).toBeGreaterThanOrEqual(1_000);
      expect(ms).toBeLessThanOrEqual(1_100);
    }
  });

  it("never end what has come back, and keep no timer for it", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const first = deadlines.begin(1_000);
    const second = deadlines.begin(1_000);
    first.done();
    expect(clock.waiting).toBe(1);
    second.done();
    expect(clock.waiting).toBe(0);
    await clock.advance(5_000);
    expect(second.signal.aborted).toBe(false);
  });
});
