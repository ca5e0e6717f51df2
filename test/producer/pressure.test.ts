import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProducer, type EventInput, ProducerError } from "../../src/producer/index.js";
import { type RudeServer, startRudeServer, status } from "./rude-server.js";

const KEY = "key-of-this-producer-0123456789";
const event = (at: number): EventInput => ({
  id: `e${at}`,
  customer: "acme",
  order: `o${at % 1000}`,
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
});

/** Takes `perRequestMs` for each request and remembers only how many events came. */
async function startSlowServer(perRequestMs: number) {
  const seen = { events: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const items = JSON.parse(Buffer.concat(chunks).toString()) as { id: string }[];
      seen.events += items.length;
      const results = items.map(({ id }) => ({ id, duplicate: false, deliveries: 0 }));
      setTimeout(() => response.writeHead(202).end(JSON.stringify(results)), perRequestMs);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, close: () => server.closeAllConnections() ?? server.close() };
}

describe("back-pressure", () => {
  it("holds no more than maxWaiting of 300,000 events against a slower server", { timeout: 120_000 }, async () => {
    const slow = await startSlowServer(10);
    const producer = createProducer({ url: slow.url, key: KEY, maxWaiting: 5000 });
    let most = 0;
    let mostBytes = 0;
    let open = 0;
    let mostOpen = 0;
    const settle = () => open--;
    for (let at = 0; at < 300_000; at++) {
      await producer.ready();
      mostOpen = Math.max(mostOpen, ++open);
      void producer.publish(event(at)).finally(settle);
      const { held, heldBytes, inLine } = producer.stats;
      most = Math.max(most, held + inLine);
      mostBytes = Math.max(mostBytes, heldBytes);
    }
    await producer.close();
    slow.close();
    expect(slow.seen.events).toBe(300_000);
    expect(producer.stats).toMatchObject({ published: 300_000, held: 0, heldBytes: 0, inLine: 0 });
    expect(most).toBe(5000);
    expect(mostOpen).toBe(5000);
    expect(mostBytes).toBeLessThan(5000 * 200);
  });
});

describe("room", () => {
  let server: RudeServer;
  beforeEach(async () => {
    server = await startRudeServer();
  });
  afterEach(() => server.close());

  const start = (options: object) => createProducer({ url: server.url, key: KEY, retry: { firstMs: 5 }, ...options });

  it("keeps who publishes beyond it in line, unwritten and in order", async () => {
    const producer = start({ maxWaiting: 10, maxRequests: 1 });
    const results = Array.from({ length: 100 }, (_, at) => producer.publish(event(at)));
    expect(producer.stats).toMatchObject({ held: 10, inLine: 90 });
    await Promise.all(results);
    expect([...server.taken.keys()]).toEqual(Array.from({ length: 100 }, (_, at) => `e${at}`));
    await producer.close();
  });

  it("wakes as many as there is room for, however many are ready", async () => {
    const producer = start({ maxWaiting: 100 });
    let mostInLine = 0;
    const caller = async (from: number) => {
      for (let at = from; at < from + 100; at++) {
        await producer.ready();
        void producer.publish(event(at));
        mostInLine = Math.max(mostInLine, producer.stats.inLine);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, at) => caller(at * 100)));
    await producer.close();
    expect(server.taken.size).toBe(2000);
    expect(mostInLine).toBeLessThanOrEqual(20);
  });

  it("counts bytes too, and lets one in that alone is larger", async () => {
    const producer = start({ maxWaitingBytes: 500 });
    const large = { ...event(0), comment: "x".repeat(1000) };
    const results = [large, { ...event(1), ...large, id: "e1" }].map((one) => producer.publish(one));
    expect(producer.stats).toMatchObject({ held: 1, inLine: 1 });
    await Promise.all(results);
    await producer.close();
  });

  it("rejects at once when told so", async () => {
    const producer = start({ maxWaiting: 1, whenFull: "reject" });
    const first = producer.publish(event(0));
    await expect(producer.publish(event(1))).rejects.toMatchObject({ code: "full" });
    await first;
    await producer.close();
  });

  it("closes after all is published, and takes no more", async () => {
    server.next.push(status(500));
    const producer = start({ lingerMs: 60_000 });
    const results = Promise.all([1, 2, 3].map((at) => producer.publish(event(at))));
    await producer.close();
    expect(await results).toHaveLength(3);
    await expect(producer.publish(event(4))).rejects.toMatchObject({ code: "closed" });
    await expect(producer.close()).resolves.toBeUndefined();
  });

  it("says what was not published when closing takes too long", async () => {
    server.always = () => {};
    const producer = start({ maxWaiting: 3, lingerMs: 0, maxRequests: 1, maxBatch: 2 });
    const results = Promise.allSettled([0, 1, 2, 3].map((at) => producer.publish(event(at))));
    const error = await producer.close({ timeoutMs: 100 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProducerError);
    expect(error).toMatchObject({
      code: "unpublished",
      unpublished: [{ externalId: "e0", customer: "acme" }, {}, {}, {}],
    });
    const maybe = (error as ProducerError).unpublished.map(({ mayBePublished }) => mayBePublished);
    expect(maybe).toEqual([true, true, false, false]);
    for (const result of await results) expect(result).toMatchObject({ reason: { code: "closed" } });
  });

  it("refuses options that cannot work, without showing the key", () => {
    for (const options of [{ url: "ftp://x" }, { url: "http://a:b@x" }, { maxBatch: 1001 }, { lingerMs: Number.NaN }]) {
      expect(() => start(options)).toThrow(TypeError);
    }
    expect(() => start({ key: "a secret\n" })).toThrow(expect.not.stringContaining("secret"));
  });
});
