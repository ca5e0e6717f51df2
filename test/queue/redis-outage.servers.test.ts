import { connect, createServer } from "node:net";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { createBullQueue } from "../../src/queue/bullmq.js";
import type { Queue } from "../../src/queue/queue.js";
import { redisTarget } from "../../src/queue/redis.js";
import type { Clock } from "../../src/types.js";
import { type RedisServer, startRedis } from "../servers/index.js";
import { freePort } from "../servers/launch.js";
import { manualClock } from "../support/clock.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { keptLog, until } from "./redis-kit.js";

const PASSWORD = "sp%c:i@l/word";
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function server(options: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> {
  const redis = await startRedis(options);
  cleanUps.push(() => redis.stop());
  return redis;
}

function open(url: string, processId = "this", clock: Clock = systemClock) {
  const kept = keptLog();
  const woken: string[] = [];
  let reconnects = 0;
  const queue = createBullQueue({
    url,
    processId,
    clock,
    log: kept.log,
    onReconnect: () => {
      reconnects++;
    },
  });
  cleanUps.push(() => queue.close());
  queue.work((lane) => void woken.push(lane));
  return { queue, woken, ...kept, reconnects: () => reconnects };
}

const wake = (queue: Queue, laneId: string) => queue.wake([{ laneId, at: 0 }]);
const connected = (queue: Queue) => until(() => queue.state().ok, "connected");

describe("when Redis is lost", () => {
  it("wakes again within seconds of its return, with what it had and what is new", async () => {
    const redis = await server({ password: PASSWORD });
    const { queue, woken, reconnects, told, lines } = open(redis.url);
    await connected(queue);
    wake(queue, "before");
    await until(() => woken.length === 1, "before");
    expect(reconnects()).toBe(0);

    await redis.kill();
    await until(() => !queue.state().ok, "lost");
    expect(queue.state().detail).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot be reached/);
    for (let at = 0; at < 100; at++) wake(queue, `during${at}`);
    queue.pass("other", "lane");
    await until(() => queue.waiting() === 0, "dropped");

    await redis.restart();
    const back = performance.now();
    await until(() => reconnects() === 1, "told that it is back");
    wake(queue, "after");
    await until(() => woken.includes("after"), "after");
    expect(performance.now() - back).toBeLessThan(3_000);
    queue.pass("this", "passed");
    await until(() => woken.includes("passed"), "passed");
    expect(told("Redis is lost")).toHaveLength(1);
    expect(told("Redis is back")).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain("sp%c");
  });

  it("wakes again after it was emptied", async () => {
    const redis = await server();
    const { queue, woken } = open(redis.url);
    await connected(queue);
    wake(queue, "a");
    await until(() => woken.length === 1, "before");
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    const start = performance.now();
    wake(queue, "a");
    await until(() => woken.length === 2, "after");
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  it("starts without it, says so, and is there when it comes", async () => {
    const redis = await server();
    await redis.kill();
    const { queue, woken, reconnects, told } = open(redis.url);
    wake(queue, "lost");
    await until(() => told("Redis is lost").length === 1, "told");
    expect(queue.state()).toMatchObject({ ok: false, detail: expect.stringContaining("ECONNREFUSED") });
    await redis.restart();
    await until(() => reconnects() === 1, "sweep");
    wake(queue, "a");
    await until(() => woken.includes("a"), "woken");
  });

  it("closes in a bounded time while Redis is away, and leaves nothing that keeps the process", async () => {
    const redis = await server();
    const { queue } = open(redis.url);
    await connected(queue);
    await redis.kill();
    await until(() => !queue.state().ok, "lost");
    const never = open(`redis://127.0.0.1:${await freePort()}`).queue;
    const start = performance.now();
    await Promise.all([queue.close(), never.close()]);
    expect(performance.now() - start).toBeLessThan(4_000);
    const sockets = () => process.getActiveResourcesInfo().filter((name) => /^TCP(Connect|Socket)/.test(name));
    await until(() => sockets().length === 0, "no connection is tried any more");
  });

  it("drops wake-ups, and says so, when Redis does not answer", async () => {
    const redis = await server();
    let stuck = false;
    const proxy = createServer((client) => {
      const upstream = connect(redis.port, "127.0.0.1");
      client.on("data", (data) => stuck || upstream.write(data)).on("error", () => {});
      upstream.on("data", (data) => client.write(data)).on("error", () => {});
      client.on("close", () => upstream.destroy());
    });
    const port = await freePort();
    await new Promise<void>((resolve) => proxy.listen(port, "127.0.0.1", resolve));
    cleanUps.push(() => proxy.close());
    const { queue, told, woken } = open(`redis://127.0.0.1:${port}`);
    await connected(queue);
    stuck = true;
    wake(queue, "a");
    await until(() => told("wake-ups were not added").length === 1, "given up");
    expect(queue.waiting()).toBe(0);
    expect(queue.state()).toMatchObject({ ok: false, detail: expect.stringMatching(/takes no wake-ups|cannot be/) });
    stuck = false;
    await connected(queue);
    wake(queue, "b");
    await until(() => woken.includes("b"), "woken", 25_000);
  });
});

it("has lanes passed to it again after the network was cut without a word", async () => {
  const redis = await server();
  const proxy = await startFaultProxy(redis);
  cleanUps.push(() => proxy.stop());
  const clock = manualClock();
  const { queue, woken } = open(`redis://127.0.0.1:${proxy.port}`, "this", clock);
  const { queue: other } = open(redis.url, "other");
  await Promise.all([queue, other].map(connected));
  let passed = 0;
  const arrives = async (ms: number) => {
    const before = woken.length;
    await until(
      () => {
        other.pass("this", `lane${++passed}`);
        return woken.length > before;
      },
      "a lane is passed",
      ms,
    );
  };
  await arrives(5_000);
  proxy.lose();
  await clock.advance(5_000);
  // 12 s of silence, and the way back.
  await arrives(20_000);
});

it("says that it takes no wake-ups while the memory of Redis is full, however often it is asked", async () => {
  const redis = await server();
  const { queue, told, woken } = open(redis.url);
  await connected(queue);
  const admin = new Redis(redis.url);
  cleanUps.push(() => admin.disconnect());
  await admin.config("SET", "maxmemory", "1");
  wake(queue, "lost");
  await until(() => told("wake-ups were not added").length === 1, "refused");
  for (let asked = 0; asked < 50; asked++) {
    expect(queue.state()).toMatchObject({ ok: false, detail: expect.stringContaining("takes no wake-ups (OOM") });
    // What was asked because of that is answered before this: Redis answers one after the other.
    await admin.ping();
  }
  await admin.config("SET", "maxmemory", "0");
  await connected(queue);
  wake(queue, "after");
  await until(() => woken.includes("after"), "woken");
});

describe("how Redis is set up", () => {
  it("is warned of where wake-ups and events could be lost", async () => {
    const redis = await server({ appendOnly: false, maxmemoryPolicy: "allkeys-lru" });
    const { told } = open(redis.url);
    await until(() => told("appendonly").length === 1, "append only");
    expect(told("maxmemory-policy to noeviction (it is allkeys-lru)")).toHaveLength(1);
  });

  it("is no reason to warn where it is right", async () => {
    const redis = await server();
    const { queue, woken, lines } = open(redis.url);
    await connected(queue);
    wake(queue, "a");
    await until(() => woken.length === 1, "woken");
    expect(lines).toEqual([]);
  });

  it("is asked in vain where that is forbidden, which is only noted", async () => {
    const redis = await server();
    const admin = new Redis(redis.url);
    await admin.call("ACL", "SETUSER", "shop", "on", `>${PASSWORD}`, "~*", "&*", "+@all", "-info");
    admin.disconnect();
    const { queue, woken, told, lines } = open(
      `redis://shop:${encodeURIComponent(PASSWORD)}@127.0.0.1:${redis.port}/3`,
    );
    await connected(queue);
    wake(queue, "a");
    await until(() => woken.length === 1, "woken");
    await until(() => told("does not tell").length === 1, "noted");
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it("is told when the password is wrong, without showing it", async () => {
    const redis = await server({ password: PASSWORD });
    const { queue, lines } = open(`redis://:${encodeURIComponent("wr0ng-word")}@127.0.0.1:${redis.port}`);
    await until(() => /WRONGPASS/.test(queue.state().detail), "told");
    expect(queue.state().ok).toBe(false);
    expect(JSON.stringify(lines)).not.toContain("wr0ng-word");
  });
});

describe("the URL of a Redis", () => {
  it("is read with its parts", () => {
    expect(redisTarget("redis://127.0.0.1").options).toEqual({ host: "127.0.0.1", port: 6379, db: 0 });
    expect(redisTarget("rediss://me:p%40ss@[::1]:7000/4")).toEqual({
      options: { host: "::1", port: 7000, db: 4, username: "me", password: "p@ss", tls: {} },
      where: "[::1]:7000",
    });
  });

  it("is refused where it is none, without being shown", () => {
    for (const url of [
      "http://:secret@x",
      "secret",
      "redis://:%zzsecret@x",
      "redis://:secret@x/one",
      "redis:///secret",
    ]) {
      expect(() => redisTarget(url)).toThrow(/must be like redis:/);
      expect(() => redisTarget(url)).not.toThrow(/secret/);
    }
  });
});
