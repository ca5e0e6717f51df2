import type { Redis } from "ioredis";
import { afterEach, expect, it } from "vitest";
import {
  connectRedis,
  type RedisConnection,
  type RedisUse,
  redisTarget,
  warnOfSettings,
} from "../../src/queue/redis.js";
import { keptLog } from "./redis-kit.js";

const opened: RedisConnection[] = [];
afterEach(() => {
  for (const connection of opened.splice(0)) connection.end();
});

function open(use: RedisUse) {
  // Nobody listens there.
  const connection = connectRedis(redisTarget("redis://127.0.0.1:1"), use);
  opened.push(connection);
  return connection.client;
}

it.each(["ask", "work", "listen"] as const)("tries again within a second, however long Redis is away (%s)", (use) => {
  for (const client of [open(use), open(use).duplicate()]) {
    const { retryStrategy } = client.options;
    for (let times = 1; times <= 40; times++) {
      const ms = retryStrategy?.(times);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(1_000);
    }
    client.disconnect();
  }
});

it("gives a command up only where somebody has something better to do than to wait", () => {
  expect(open("ask").options).toMatchObject({
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 2_000,
  });
  // BullMQ refuses to work with any other number.
  for (const use of ["work", "listen"] as const) expect(open(use).options.maxRetriesPerRequest).toBeNull();
});

/** What is said of a server whose INFO has these lines. */
async function warnings(...info: string[]): Promise<string[]> {
  const { log, lines } = keptLog();
  const whole = ["maxmemory_policy:noeviction", "aof_enabled:1", ...info].join("\r\n");
  warnOfSettings({ status: "ready", info: async () => whole } as unknown as Redis, "redis:6379", log);
  await new Promise((turn) => setImmediate(turn));
  return lines.map(({ msg }) => msg);
}

it("says when Redis is older than 6.2; Valkey goes by its own numbers", async () => {
  expect(await warnings("redis_version:6.0.16")).toEqual([
    "Redis 6.0.16 is too old: Waybell needs 6.2 or newer, or Valkey",
  ]);
  expect(await warnings("redis_version:5.0.3")).toHaveLength(1);
  for (const version of ["6.2.0", "7.0.15", "8.2.1"]) expect(await warnings(`redis_version:${version}`)).toEqual([]);
  expect(await warnings("redis_version:6.0.0", "valkey_version:8.1.0")).toEqual([]);
});
