import { existsSync } from "node:fs";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, type RedisServer, startPostgres, startRedis } from "./index.js";

async function rows(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    let found: unknown[] = [];
    for (const statement of statements) found = (await client.query(statement)).rows;
    return found;
  } finally {
    await client.end();
  }
}

describe("PostgreSQL for tests", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it("makes databases, also as copies, and drops them while somebody is connected", async () => {
    const first = await server.createDatabase("first");
    await rows(first, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (7)");
    const copy = await server.createDatabase("copy", "first");
    expect(await rows(copy, "SELECT n FROM t")).toEqual([{ n: 7 }]);
    const client = new pg.Client({ connectionString: copy });
    const ended = new Promise((resolve) => client.on("error", resolve));
    await client.connect();
    await server.dropDatabase("copy");
    await ended;
    await expect(rows(copy, "SELECT 1")).rejects.toThrow(/does not exist/);
  });

  it("has after a crash what was committed before it", async () => {
    const url = await server.createDatabase("kept");
    await rows(url, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)");
    await server.kill();
    await expect(rows(url, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(await rows(url, "SELECT n FROM t")).toEqual([{ n: 1 }]);
  });

  it("syncs to disk where a test asks for it", async () => {
    const durable = await startPostgres({ durable: true });
    expect(await rows(durable.url("postgres"), "SHOW fsync")).toEqual([{ fsync: "on" }]);
    expect(await rows(server.url("postgres"), "SHOW fsync")).toEqual([{ fsync: "off" }]);
    const [{ data_directory: folder } = { data_directory: "" }] = (await rows(
      durable.url("postgres"),
      "SHOW data_directory",
    )) as { data_directory: string }[];
    expect(existsSync(folder)).toBe(true);
    await durable.stop();
    expect(existsSync(folder)).toBe(false);
  });
});

describe("Redis for tests", () => {
  async function ask<T>({ url }: RedisServer, question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => {});
    try {
      await client.connect();
      return await question(client);
    } finally {
      client.disconnect();
    }
  }

  it("has after a crash what was written before it", async () => {
    const server = await startRedis();
    await ask(server, (client) => client.set("key", "kept"));
    await server.kill();
    await expect(ask(server, (client) => client.get("key"))).rejects.toThrow();
    await server.restart();
    expect(await ask(server, (client) => client.get("key"))).toBe("kept");
    await server.stop();
  });

  it("forgets all where it appends to no file", async () => {
    const server = await startRedis({ appendOnly: false, maxmemoryPolicy: "allkeys-lru", password: "s:p@ce" });
    expect(await ask(server, (client) => client.config("GET", "maxmemory-policy"))).toContain("allkeys-lru");
    await ask(server, (client) => client.set("key", "gone"));
    await server.kill();
    await server.restart();
    expect(await ask(server, (client) => client.get("key"))).toBeNull();
    await server.stop();
  });
});
