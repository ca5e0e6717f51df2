import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import type { PublishResult } from "../../src/delivery/publish.js";
import { InputError, StoreUnavailableError } from "../../src/errors.js";
import { createEventIntake, type EventIntake } from "../../src/intake/bullmq-events.js";
import { keptLog, until } from "../queue/redis-kit.js";
import { type RedisServer, startRedis } from "../servers/index.js";

type Item = { readonly id: string; readonly [field: string]: unknown };

/** A publisher that keeps what it commits, and knows an event again by its id. */
function fakePublisher() {
  const kept = new Map<string, Item>();
  const calls: (readonly Item[])[] = [];
  let hold: (() => Promise<void>) | undefined;
  return {
    kept,
    calls,
    /** What is waited for, or thrown, before a commit. */
    set before(action: (() => Promise<void>) | undefined) {
      hold = action;
    },
    async publish(items: readonly unknown[]): Promise<PublishResult[]> {
      const events = items as readonly Item[];
      calls.push(events);
      await hold?.();
      return events.map((event) => {
        const duplicate = kept.has(event.id);
        kept.set(event.id, event);
        return { id: `evt_${event.id}`, duplicate, deliveries: 1 };
      });
    },
  };
}

let redis: RedisServer;
let publisher: ReturnType<typeof fakePublisher>;
let intake: EventIntake;
let log: ReturnType<typeof keptLog>;
let shop: Queue;
let events: QueueEvents;
const connections: Redis[] = [];

function connection(): Redis {
  const client = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
  client.on("error", () => {});
  connections.push(client);
  return client;
}

function open(maxBytes?: number): EventIntake {
  return createEventIntake({ url: redis.url, publisher, clock: systemClock, log: log.log, maxBytes });
}

beforeEach(async () => {
  redis = await startRedis();
  publisher = fakePublisher();
  log = keptLog();
  shop = new Queue("waybell-events", { connection: connection() });
  events = new QueueEvents("waybell-events", { connection: connection() });
  shop.on("error", () => {});
  events.on("error", () => {});
  await events.waitUntilReady();
  intake = open();
});
afterEach(async () => {
  await intake.close();
  for (const client of connections.splice(0)) client.disconnect();
  await redis.stop();
});

/** What the shop gets for a job: its return value, or why it failed. */
const answer = async (data: unknown, name = "event") => (await shop.add(name, data)).waitUntilFinished(events, 20_000);
const jobCount = async () =>
  (await shop.getJobCounts("waiting", "active", "delayed", "completed", "failed")) as Record<string, number>;

describe("events from a BullMQ queue", () => {
  it("are published, and answered after they are committed", async () => {
    let release = () => {};
    publisher.before = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const job = await shop.add("event", { id: "tms-1", order: "A" });
    await until(() => publisher.calls.length === 1, "published");
    expect(await job.getState()).toBe("active");
    release();
    expect(await job.waitUntilFinished(events)).toEqual({ id: "evt_tms-1", duplicate: false, deliveries: 1 });
    expect([...publisher.kept.values()]).toEqual([{ id: "tms-1", order: "A" }]);
  });

  it("may come as a list, which is answered by a list", async () => {
    const list = Array.from({ length: 1_000 }, (_, at) => ({ id: `e${at}` }));
    const results = (await answer(list)) as PublishResult[];
    expect(results.map(({ id }) => id)).toEqual(list.map(({ id }) => `evt_${id}`));
    expect(publisher.calls).toHaveLength(1);
    expect(await answer([{ id: "single" }])).toHaveLength(1);
  });

  it("get an id from their job where they have none, the same whenever it runs", async () => {
    publisher.before = async () => {
      if (publisher.calls.length === 1) throw new StoreUnavailableError("busy", "in use", undefined);
    };
    const job = await shop.add("event", [{ order: "A" }, { order: "B" }, { id: "own", order: "C" }]);
    await job.waitUntilFinished(events);
    const [first, second] = publisher.calls;
    expect(second).toEqual(first);
    const derived = `bullmq:waybell-events:${job.timestamp}:${job.id}`;
    expect(first?.map(({ id }) => id)).toEqual([`${derived}:0`, `${derived}:1`, "own"]);
  });

  it("have ids of their own after Redis was emptied and counts from 1 again", async () => {
    const { id: before } = await shop.add("event", { order: "A" });
    await until(() => publisher.kept.size === 1, "the first");
    await until(async () => (await jobCount()).completed === 1, "completed");
    const client = connection();
    await client.flushall();
    const { id: after } = await shop.add("event", { order: "B" });
    await until(() => publisher.kept.size === 2, "the second");
    expect(after).toBe(before);
  });

  it("get an id of bounded length from a job with a long one", async () => {
    await shop.add("event", { order: "A" }, { jobId: "j".repeat(500) });
    await until(() => publisher.kept.size === 1, "published");
    const [id] = publisher.kept.keys();
    expect(id).toMatch(/^bullmq:waybell-events:[0-9a-f]{64}$/);
  });

  it("fail for good, naming each faulty field, when they are not valid", async () => {
    publisher.before = async () => {
      throw InputError.invalid([
        { path: "/statusCode", message: "is missing" },
        { path: "/customer", message: 'is no customer: "x"' },
      ]);
    };
    const job = await shop.add("event", { id: "a" }, { attempts: 5, backoff: 10 });
    const said = 'The request has faulty fields. | /statusCode is missing | /customer is no customer: "x"';
    await expect(job.waitUntilFinished(events)).rejects.toThrow(said);
    expect((await shop.getFailed()).map(({ failedReason }) => failedReason)).toEqual([said]);
    await expect(answer([{ id: "a" }])).rejects.toThrow("/0/statusCode is missing");
    expect(publisher.calls).toHaveLength(2);
    expect(log.told("refused")).toHaveLength(2);
  });

  it("fail when the job is none of them, or holds none or too many", async () => {
    await expect(answer({ id: "a" }, "status")).rejects.toThrow(
      'Jobs on the queue "waybell-events" must be named "event": this one is named "status".',
    );
    await expect(answer([])).rejects.toThrow("is an empty list");
    await expect(answer(Array.from({ length: 1_001 }, () => ({})))).rejects.toThrow("has 1001 items: at most 1000");
    expect(publisher.calls).toEqual([]);
  });

  it("wait for a database that cannot be written, at no cost of an attempt, with a growing pause", async () => {
    const times: number[] = [];
    publisher.before = async () => {
      times.push(performance.now());
      if (times.length < 4) throw new StoreUnavailableError("full", "no room left", undefined);
    };
    const job = await shop.add("event", { id: "a" });
    expect(await job.waitUntilFinished(events)).toMatchObject({ id: "evt_a" });
    const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(pauses[0]).toBeGreaterThan(200);
    expect(pauses[2]).toBeGreaterThan(900);
    expect(log.told("cannot be published now")).toHaveLength(1);
    expect(await jobCount()).toMatchObject({ completed: 1, failed: 0 });
  });

  it("share what is done at the same time: 100 jobs are under way at once", async () => {
    let most = 0;
    let under = 0;
    publisher.before = async () => {
      most = Math.max(most, ++under);
      if (most < 100) await until(() => most >= 100, "100 at once");
      under--;
    };
    await shop.addBulk(Array.from({ length: 300 }, (_, at) => ({ name: "event", data: { id: `e${at}` } })));
    await until(() => publisher.kept.size === 300, "all");
    expect(most).toBe(100);
  });
});

describe("events that are large", () => {
  it("are taken one by one beyond what the process may hold, and none is left", async () => {
    await intake.close();
    let under = 0;
    let most = 0;
    publisher.before = async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
    };
    const picture = "x".repeat(100_000);
    const data = (at: number) => ({ id: `e${at}`, ...(at < 60 ? { pictures: [picture] } : {}) });
    await shop.addBulk(Array.from({ length: 400 }, (_, at) => ({ name: "event", data: data(at) })));
    intake = open(500_000);
    await until(() => publisher.kept.size >= 50, "the large ones");
    expect(most).toBeLessThanOrEqual(6);
    await until(() => publisher.kept.size === 400, "all");
    expect(most).toBeGreaterThan(6);
    expect(log.lines).toEqual([]);
  });
});

describe("events, when something dies", () => {
  it("are all published, once each, when Redis is killed between a commit and its acknowledgement", async () => {
    const inside = { count: 0, release: () => {} };
    const held = new Promise<void>((resolve) => {
      inside.release = resolve;
    });
    publisher.before = () => {
      inside.count++;
      return held;
    };
    await shop.addBulk(Array.from({ length: 150 }, (_, at) => ({ name: "event", data: { order: `o${at}` } })));
    await until(() => inside.count === 100, "100 under way");
    await redis.kill();
    inside.release();
    await until(() => publisher.kept.size === 100, "committed while Redis is away");
    await redis.restart();
    await until(async () => (await jobCount()).completed === 150, "all are acknowledged", 50_000);
    expect(new Set([...publisher.kept.values()].map(({ order }) => order)).size).toBe(150);
    expect(publisher.kept.size).toBe(150);
    expect(log.told("Redis is lost")).toHaveLength(1);
    expect(log.told("Redis is back")).toHaveLength(1);
  });

  it("are taken over from a process that died with them, and make no doubles", async () => {
    publisher.before = () => new Promise(() => {});
    const job = await shop.add("event", { order: "A" });
    await until(() => publisher.calls.length === 1, "taken");
    // Its work hangs: it is closed without having ended, as by a kill.
    await intake.close();
    publisher.before = undefined;
    // BullMQ fails a job for good that has stalled more than once.
    const connection = new Redis(redis.url);
    await connection.hset(`bull:waybell-events:${job.id}`, "stc", 5);
    connection.disconnect();
    intake = open();
    await until(() => publisher.calls.length === 2, "taken again", 50_000);
    expect(await job.waitUntilFinished(events)).toMatchObject({ duplicate: false });
    expect(publisher.calls[1]).toEqual(publisher.calls[0]);
  });

  it("are forgotten once they are done, but for the last: kept for ever they would fill Redis", async () => {
    const jobs = Array.from({ length: 1_300 }, (_, at) => ({ name: "event", data: { order: `A${at}` } }));
    await shop.addBulk(jobs);
    await until(() => publisher.calls.length === 1_300, "all taken", 30_000);
    await until(async () => (await shop.getJobCounts("active", "waiting")).active === 0, "all ended");
    expect(await shop.getCompletedCount()).toBeLessThanOrEqual(1_000);
  });

  it("leave nothing behind when it is closed while Redis is away", async () => {
    await answer({ id: "a" });
    await redis.kill();
    await until(() => log.told("Redis is lost").length === 1, "lost");
    const start = performance.now();
    await intake.close();
    expect(performance.now() - start).toBeLessThan(7_000);
  });
});
