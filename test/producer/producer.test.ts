import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProducer, type EventInput, type Producer, ProducerError } from "../../src/producer/index.js";
import type { ProducerOptions } from "../../src/producer/options.js";
import { backOff } from "../../src/producer/sender.js";
import { manualClock } from "../support/clock.js";
import { until } from "../support/service.js";
import { accept, answer, type Behaviour, type RudeServer, refusing, startRudeServer, status } from "./rude-server.js";

const KEY = "key-of-this-producer-0123456789";
const TIME = "2026-01-02T03:04:05Z";
const event = (order: string, more: Partial<EventInput> = {}): EventInput => ({
  customer: "acme",
  order,
  statusCode: "take",
  statusTime: TIME,
  ...more,
});
const events = (count: number) => Array.from({ length: count }, (_, at) => event(`o${at}`, { id: `e${at}` }));

let server: RudeServer;
const producers: Producer[] = [];

beforeEach(async () => {
  server = await startRudeServer();
});
afterEach(async () => {
  for (const producer of producers.splice(0)) await producer.close({ timeoutMs: 0 }).catch(() => {});
  await server.close();
});

function start(options: Partial<ProducerOptions> = {}): Producer {
  const { retry, ...more } = options;
  const producer = createProducer({
    url: server.url,
    key: KEY,
    retry: { firstMs: 5, longestMs: 20, ...retry },
    ...more,
  });
  producers.push(producer);
  return producer;
}

const takeAndReset: Behaviour = (items, response, rude) => {
  rude.take(items);
  response.destroy();
};

const breakOff: Behaviour = (_items, response) => {
  response.write('[{"id"');
  response.destroy();
};

const turn = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The error that a promise ends with. */
const failure = (promise: Promise<unknown>): Promise<ProducerError> =>
  promise.then(
    () => Promise.reject(new Error("it was published")),
    (error: unknown) => {
      if (error instanceof ProducerError) return error;
      throw error;
    },
  );

describe("gathering", () => {
  it("publishes what comes within the linger as one array, with the key", async () => {
    const producer = start({ maxRequests: 1 });
    const results = await Promise.all(events(10).map((one) => producer.publish(one)));
    expect(server.requests).toEqual([10]);
    expect(results[3]).toEqual({ id: "evt_e3", externalId: "e3", duplicate: false, deliveries: 1 });
    expect(server.headers[0]).toMatchObject({ authorization: `Bearer ${KEY}`, "content-type": "application/json" });
  });

  it("sends no more than maxBatch events and maxBatchBytes bytes at once", async () => {
    const producer = start({ maxRequests: 1, maxBatch: 4, maxBatchBytes: 1000 });
    await Promise.all(events(10).map((one) => producer.publish(one)));
    await Promise.all([
      producer.publish(event("large", { comment: "x".repeat(2000) })),
      producer.publish(event("a", { comment: "x".repeat(600) })),
      producer.publish(event("b", { comment: "x".repeat(600) })),
    ]);
    expect(server.requests).toEqual([4, 4, 2, 1, 1, 1]);
  });

  it("waits for the linger by its clock, and not for it when it is flushed", async () => {
    const clock = manualClock();
    const producer = start({ clock, lingerMs: 50 });
    const first = producer.publish(event("a"));
    await turn(30);
    expect(server.requests).toEqual([]);
    await clock.advance(50);
    await first;
    const second = producer.publish(event("a"));
    await producer.flush();
    await second;
    expect(server.requests).toEqual([1, 1]);
  });

  it("gives an event without an id one, the same on every try", async () => {
    server.next.push(takeAndReset);
    const { externalId, duplicate } = await start().publish(event("a"));
    expect(externalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(duplicate).toBe(true);
    expect([...server.sent]).toEqual([[externalId, 2]]);
    expect(server.taken.size).toBe(1);
  });
});

describe("refusals", () => {
  it.each([422, 409, 413])("fails the events that a %d names, alone, and publishes the others", async (code) => {
    server.always = refusing(({ order }) => order === "o3" || order === "o7", code);
    const producer = start({ maxRequests: 1 });
    const results = await Promise.allSettled(events(10).map((one) => producer.publish(one)));
    expect(results.map((result) => result.status === "fulfilled")).toEqual(
      [...Array(10).keys()].map((at) => at !== 3 && at !== 7),
    );
    const error = await failure(producer.publish(event("o7", { id: "e7" })));
    expect(error).toMatchObject({
      code: "refused",
      status: code,
      fields: [{ path: "/statusTime", message: "is no time" }],
      event: { externalId: "e7", customer: "acme", order: "o7", mayBePublished: false },
    });
    expect(error.message).toContain("/statusTime is no time");
    expect(server.requests).toEqual([10, 8, 1]);
  });

  it("looks in halves for the event that is too large for a proxy in between", async () => {
    server.always = (items, response, rude) =>
      items.some(({ order }) => order === "o5") ? answer(response, 413, "<h1>413</h1>") : accept(items, response, rude);
    const producer = start({ maxRequests: 1 });
    const results = await Promise.allSettled(events(16).map((one) => producer.publish(one)));
    expect(results.filter((result) => result.status === "rejected")).toHaveLength(1);
    expect(results[5]).toMatchObject({ reason: { code: "refused", status: 413 } });
    expect([...server.taken.keys()]).toEqual(events(16).flatMap(({ id }) => (id === "e5" ? [] : [id])));
  });

  it.each([401, 403, 404, 301])("does not try again on %d, and never shows the key", async (code) => {
    server.always = (_items, response) => answer(response, code, { detail: `no: Bearer ${KEY}` });
    const error = await failure(start().publish(event("a")));
    expect(error).toMatchObject({ code: "refused", status: code, fields: [] });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(KEY);
    expect(server.requests).toEqual([1]);
  });

  it("fails alone what cannot be written as JSON", async () => {
    const producer = start();
    const bad = { ...event("a"), file: { id: 1n } } as unknown as EventInput;
    const [refused, taken] = await Promise.all([failure(producer.publish(bad)), producer.publish(event("b"))]);
    expect(refused.code).toBe("invalid");
    expect(taken.duplicate).toBe(false);
    expect(producer.stats.held).toBe(0);
  });

  it("tells onRefused, and lets a promise that nobody looks at end no process", async () => {
    server.always = status(404);
    const told: unknown[] = [];
    const producer = start({ onRefused: ({ order }, { code }) => told.push([order, code]) });
    void producer.publish(event("a"));
    await producer.flush();
    expect(told).toEqual([["a", "refused"]]);
  });
});

describe("trying again", () => {
  it.each<[string, Behaviour]>([
    ["a 500", status(500)],
    ["a 503", status(503)],
    ["a reset before anything was taken", (_items, response) => void response.destroy()],
    ["a reset after all was taken", takeAndReset],
    ["an answer that breaks off", breakOff],
    ["garbage", (_items, response) => answer(response, 202, "<html>")],
    ["too few results", (_items, response) => answer(response, 202, [])],
    ["a page of another server", (_items, response) => answer(response, 200, "welcome")],
  ])("publishes every event once after %s", async (_name, behaviour) => {
    server.next.push(behaviour, behaviour);
    const producer = start({ maxRequests: 1 });
    await Promise.all(events(20).map((one) => producer.publish(one)));
    expect(server.requests).toEqual([20, 20, 20]);
    expect(server.taken.size).toBe(20);
    expect(producer.stats).toMatchObject({ published: 20, refused: 0, retries: 2, held: 0, heldBytes: 0 });
  });

  it("waits twice as long after each failure, up to a bound, half of it by chance", () => {
    const retry = { firstMs: 200, longestMs: 15_000, maxAgeMs: 1, requestTimeoutMs: 1 };
    expect([0, 1, 2, 6, 7, 2000].map((tries) => backOff(tries, retry, 0))).toEqual([100, 200, 400, 6400, 7500, 7500]);
    expect([0, 1, 2000].map((tries) => backOff(tries, retry, 1))).toEqual([200, 400, 15_000]);
  });

  it("ends a request that hangs, by its clock", async () => {
    const clock = manualClock();
    server.next.push(() => {});
    const producer = start({ clock, lingerMs: 0, retry: { requestTimeoutMs: 1000 } });
    const published = producer.publish(event("a"));
    await clock.advance(1);
    await until(() => server.requests.length === 1);
    await clock.advance(1000);
    await until(() => producer.stats.retries === 1);
    await clock.advance(100);
    expect((await published).duplicate).toBe(false);
  });

  it("obeys Retry-After with all its requests", async () => {
    const clock = manualClock();
    server.next.push(status(429, { "retry-after": "7" }));
    const producer = start({ clock, lingerMs: 0 });
    const first = producer.publish(event("a"));
    await clock.advance(1);
    await until(() => producer.stats.retries === 1);
    const others = events(20).map((one) => producer.publish(one));
    await clock.advance(6900);
    await turn(30);
    expect(server.requests).toEqual([1]);
    await clock.advance(200);
    await Promise.all([first, ...others]);
    expect(server.taken.size).toBe(21);
  });

  it("gives up what is older than maxAgeMs and says why", async () => {
    server.always = status(500);
    const error = await failure(start({ retry: { maxAgeMs: 60 } }).publish(event("a", { id: "mine" })));
    expect(error).toMatchObject({ code: "gave_up", event: { externalId: "mine", mayBePublished: true } });
    expect(error.message).toContain("the server answered 500");
  });

  it("gives up in line too", async () => {
    server.always = status(500);
    const producer = start({ maxWaiting: 2, retry: { maxAgeMs: 60 } });
    const errors = await Promise.all(events(6).map((one) => failure(producer.publish(one))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["gave_up"]));
    expect(producer.stats).toMatchObject({ held: 0, inLine: 0, refused: 6 });
  });

  it("lets go of what its caller aborts, wherever it is, and publishes the rest", async () => {
    server.next.push(status(500));
    const clock = manualClock();
    const producer = start({ clock, maxRequests: 1, maxWaiting: 3, maxBatch: 2 });
    const aborts = Array.from({ length: 5 }, () => new AbortController());
    const results = events(5).map((one, at) => producer.publish(one, { signal: aborts[at]?.signal as AbortSignal }));
    const settled = Promise.allSettled(results);
    await clock.advance(10);
    await until(() => producer.stats.retries === 1);
    // One to be tried again, one that gathers, one in line.
    for (const at of [0, 2, 4]) aborts[at]?.abort();
    const rest = (async () => {
      for (; producer.stats.published < 2; await turn(2)) await clock.advance(20);
    })();
    expect((await settled).map((one) => (one.status === "fulfilled" ? "fine" : one.reason.code))).toEqual([
      "aborted",
      "fine",
      "aborted",
      "fine",
      "aborted",
    ]);
    await rest;
    expect([...server.taken.keys()]).toEqual(["e1", "e3"]);
    expect(producer.stats).toMatchObject({ held: 0, heldBytes: 0, inLine: 0 });
  });
});

describe("order", () => {
  it("publishes the events of an order as they were given, whatever fails in between", async () => {
    let requests = 0;
    server.always = async (items, response, rude) => {
      const kind = ++requests % 5;
      await turn((requests * 7) % 11);
      if (kind === 1) return status(500)(items, response, rude);
      if (kind === 2) return takeAndReset(items, response, rude);
      if (kind === 3) return void response.destroy();
      return refusing(({ reference }) => reference === "faulty")(items, response, rude);
    };
    const producer = start({ maxBatch: 7, lingerMs: 1 });
    const given = new Map<string, string[]>();
    const results = Array.from({ length: 600 }, (_, at) => {
      const order = `o${(at * 13) % 17}`;
      const isFaulty = at % 29 === 0;
      if (!isFaulty) given.set(order, [...(given.get(order) ?? []), `e${at}`]);
      return producer.publish(event(order, { id: `e${at}`, ...(isFaulty ? { reference: "faulty" } : {}) }));
    });
    await Promise.allSettled(results);
    const taken = new Map<string, string[]>();
    for (const { id, order, reference } of server.taken.values()) {
      if (reference !== "faulty") taken.set(order, [...(taken.get(order) ?? []), id]);
    }
    expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(given));
    expect(server.mostAtOnce).toBeGreaterThan(1);
    expect(server.mostAtOnce).toBeLessThanOrEqual(4);
  });
});
