import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { FailedKeys } from "../../src/api/failed-keys.js";
import { KeyRate } from "../../src/api/key-rate.js";
import type { ApiKey } from "../../src/types.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { apiKey, type FakeApi, fakeApi, fakeServices, KEY, keepingLogger } from "./fakes.js";
import { chunked, listen, ndjsonHead, rawClient, until } from "./wire.js";

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.app.close();
  api = undefined;
});

const hashOf = (key: string) => createHash("sha256").update(key).digest("hex");

/** The API with keys by their text, at a clock that stands still. */
async function open(keys: Readonly<Record<string, Partial<ApiKey>>> = {}, options: Parameters<typeof fakeApi>[1] = {}) {
  const clock = manualClock();
  const found = new Map(Object.entries(keys).map(([key, more]) => [hashOf(key), { ...apiKey, id: key, ...more }]));
  const used: string[] = [];
  const parts = {
    ...fakeServices().services.keys,
    find: (hash: string) => found.get(hash) ?? null,
    used: (id: string) => void used.push(id),
  };
  api = await fakeApi({ clock, keys: parts }, options);
  const { app } = api;
  async function ask(key: string | null, from = "192.0.2.1", headers: Record<string, string> = {}) {
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
    const url = "/v1/customers";
    const answer = await app.inject({
      method: "GET",
      url,
      headers: { ...authorization, ...headers },
      remoteAddress: from,
    });
    return {
      status: answer.statusCode,
      wait: answer.headers["retry-after"],
      code: answer.json().code,
      items: answer.json().items,
    };
  }
  return { ask, clock, used };
}

const WRONG = "wbl_wrong";
const times = async <T>(count: number, work: () => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (let at = 0; at < count; at++) all.push(await work());
  return all;
};

describe("wrong keys", () => {
  it("are refused with 401 ten times, then their address waits twice as long each time, up to a quarter of an hour", async () => {
    const { ask, clock } = await open();
    expect((await times(10, () => ask(WRONG))).map(({ status }) => status)).toEqual(Array(10).fill(401));
    const waits: number[] = [];
    for (let round = 0; round < 12; round++) {
      const { status, wait, code } = await ask(WRONG);
      expect([status, code]).toEqual([429, "too_many_failures"]);
      waits.push(Number(wait));
      await clock.advance(Number(wait) * 1000);
      expect((await ask(WRONG)).status).toBe(401);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it("make a right guess wait as well: nothing tells it from a wrong one", async () => {
    const { ask, clock } = await open({ right: { role: "operator" } });
    await times(10, () => ask(WRONG));
    expect((await ask("right")).status).toBe(429);
    await clock.advance(1000);
    expect((await ask("right")).status).toBe(200);
  });

  it("do not lock out who came with a right key from the same address before", async () => {
    const { ask } = await open({ right: { role: "operator" } });
    expect((await ask("right")).status).toBe(200);
    await times(11, () => ask(WRONG));
    expect((await ask(WRONG)).status).toBe(429);
    expect((await ask("right")).status).toBe(200);
    expect((await ask(KEY)).status).toBe(429);
  });

  it("count by address, of IPv6 by the /64, and an IPv4 address in IPv6 is itself", async () => {
    const { ask } = await open();
    await times(10, () => ask(WRONG, "::ffff:192.0.2.1"));
    expect((await ask(WRONG, "192.0.2.1")).status).toBe(429);
    expect((await ask(WRONG, "192.0.2.2")).status).toBe(401);
    for (let at = 0; at < 10; at++) await ask(WRONG, `2001:db8:1:1::${at + 1}`);
    expect((await ask(WRONG, "2001:db8:1:1:ffff::1")).status).toBe(429);
    expect((await ask(WRONG, "2001:db8:1:2::1")).status).toBe(401);
  });

  it("are forgotten after a quarter of an hour", async () => {
    const { ask, clock } = await open();
    await times(9, () => ask(WRONG));
    await clock.advance(900_000);
    expect((await times(10, () => ask(WRONG))).map(({ status }) => status)).toEqual(Array(10).fill(401));
  });

  it("are not what has no key at all, or a key that has expired", async () => {
    const { ask } = await open({ old: { expiresAt: 1, role: "operator" } });
    const statuses = async (key: string | null) =>
      new Set((await times(30, () => ask(key))).map(({ status }) => status));
    expect(await statuses(null)).toEqual(new Set([401]));
    expect(await statuses("old")).toEqual(new Set([401]));
  });

  it("are remembered of a bounded number of addresses", () => {
    const failed = new FailedKeys(manualClock());
    for (let at = 0; at < 30_000; at++) failed.failed(`client ${at}`);
    expect(failed.size).toBe(10_000);
  });
});

describe("behind a proxy", () => {
  const forwarded = (addresses: string) => ({ "x-forwarded-for": addresses });

  it("what a client says of its address is believed of nobody, unless TRUST_PROXY names the proxy", async () => {
    const { ask } = await open();
    for (let at = 0; at < 10; at++) await ask(WRONG, "192.0.2.1", forwarded(`198.51.100.${at}`));
    expect((await ask(WRONG, "192.0.2.1", forwarded("198.51.100.99"))).status).toBe(429);
  });

  it("the client counts that the named proxy has seen, whatever the client puts before it", async () => {
    const { ask } = await open({}, { trustProxy: ["10.0.0.5", "10.1.0.0/16"] });
    const from = (proxy: string, seen: string) => (at: number) =>
      ask(WRONG, proxy, forwarded(`198.51.100.${at}, ${seen}`));
    for (let at = 0; at < 10; at++) await from("10.0.0.5", "203.0.113.7")(at);
    expect((await from("10.1.2.3", "203.0.113.7")(99)).status).toBe(429);
    expect((await from("10.0.0.5", "203.0.113.8")(1)).status).toBe(401);
    // Who is no proxy of ours speaks for itself alone.
    expect((await from("203.0.113.99", "203.0.113.7")(1)).status).toBe(401);
  });

  it("what is no address counts as the proxy's", async () => {
    const { ask } = await open({}, { trustProxy: ["10.0.0.5"] });
    for (let at = 0; at < 10; at++) await ask(WRONG, "10.0.0.5", forwarded(`<script>${at}`));
    expect((await ask(WRONG, "10.0.0.5", forwarded("another"))).status).toBe(429);
  });
});

describe("requests of one key", () => {
  it("are taken at a rate, with as many at once; others are not held up", async () => {
    const keys = { one: { role: "operator" }, two: { role: "operator" } } as const;
    const { ask, clock } = await open(keys, { requestsPerSecond: 5 });
    expect((await times(5, () => ask("one"))).map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(await ask("one")).toMatchObject({ status: 429, wait: "1", code: "rate_limited" });
    expect((await ask("two")).status).toBe(200);
    await clock.advance(400);
    expect((await times(3, () => ask("one"))).map(({ status }) => status)).toEqual([200, 200, 429]);
    await clock.advance(60_000);
    expect((await times(6, () => ask("one"))).map(({ status }) => status)).toEqual([...Array(5).fill(200), 429]);
  });

  it("of the admin key too, and 0 is no limit", async () => {
    const { ask } = await open({}, { requestsPerSecond: 1 });
    expect([(await ask(KEY)).status, (await ask(KEY)).status]).toEqual([200, 429]);
    const rate = new KeyRate(0, manualClock());
    expect(Array.from({ length: 1000 }, () => rate.take("one")).every((wait) => wait === 0)).toBe(true);
  });

  it("are counted for a bounded number of keys", () => {
    const clock: ManualClock = manualClock();
    const rate = new KeyRate(1, clock);
    for (let at = 0; at < 20_000; at++) rate.take(`key ${at}`);
    expect(rate.size).toBe(12_000);
  });
});

it("shows nothing to a customer's key that names no customer, as one that was written by hand may", async () => {
  const { ask } = await open({
    odd: { role: "customer", customer: null },
    own: { role: "customer", customer: "acme" },
  });
  expect(await ask("odd")).toMatchObject({ status: 200, items: [] });
  expect((await ask("own")).items).toMatchObject([{ id: "acme" }]);
});

it("notes the use of keys that were made, by their id", async () => {
  const { ask, used } = await open({ right: { id: "key_7", role: "auditor" } });
  await ask("right");
  await ask(KEY);
  await ask(WRONG);
  expect(used).toEqual(["key_7"]);
});

it("tells the log when an address has to wait, and no key", async () => {
  const { logger, lines } = keepingLogger();
  const { ask } = await open({}, { logger });
  await times(9, () => ask(WRONG));
  expect(lines).toEqual([]);
  await ask(WRONG, "192.0.2.1");
  expect(lines).toMatchObject([{ level: 40, client: "192.0.2.1", seconds: 1 }]);
  expect(JSON.stringify(lines)).not.toContain(WRONG);
});

it("publishes no more lines of a request whose key is revoked meanwhile", async () => {
  const valid = new Map([[hashOf("stream"), { ...apiKey, id: "key_9" }]]);
  const keys = { ...fakeServices().services.keys, find: (hash: string) => valid.get(hash) ?? null };
  const served = await listen({ keys });
  api = served;
  const client = rawClient(served.port);
  client.socket.write(ndjsonHead().replace(KEY, "stream"));
  client.socket.write(chunked('{"order":"A"}\n'));
  await until(() => client.text().includes('{"line":1,"status":202'), "the first line is published");
  valid.clear();
  client.socket.write(chunked('{"order":"B"}\n'));
  await until(() => client.text().includes('{"line":2,"status":401'), "the second line is refused");
  expect(served.asked.filter(([what]) => what === "publisher.publishEach")).toHaveLength(1);
  client.socket.destroy();
});
