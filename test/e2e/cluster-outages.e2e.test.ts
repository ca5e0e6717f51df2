import { afterEach, beforeEach, expect, it } from "vitest";
import { allArrive, type Cluster, idsByOrder, openCluster } from "../support/cluster.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { ADMIN_KEY, callApi, until } from "../support/service.js";

let cluster: Cluster;
const proxies: FaultProxy[] = [];
beforeEach(async () => {
  cluster = await openCluster({ durable: true });
});
afterEach(async () => {
  await cluster.close();
  for (const proxy of proxies.splice(0)) await proxy.stop();
});

const REDIS_AWAY_MS = 60_000;
/** What the processes find by themselves while Redis is away: they look every 5 s. */
const FOUND_MS = 8_000;
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const pause = (ms: number) => new Promise((turn) => setTimeout(turn, ms));
const partsOf = async (url: string) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { parts: Record<string, { ok: boolean; detail: string }> }).parts;

/** Publishes orders one by one, from now on until it is told to stop; what was answered to each. */
function startLoad(url: string, prefix: string) {
  const answers = new Map<string, { status: number; retryAfter: string | null }>();
  let stopped = false;
  const run = async () => {
    for (let at = 0; !stopped; at++) {
      const order = `${prefix}${at}`;
      const event = { customer: "acme", order, statusCode: "take", statusTime: "2026-01-02T03:04:05Z" };
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(event) };
      const response = await fetch(`${url}/v1/events`, request).catch(() => null);
      if (response) answers.set(order, { status: response.status, retryAfter: response.headers.get("retry-after") });
      await response?.arrayBuffer();
      await pause(20);
    }
  };
  const done = run();
  const withStatus = (status: number) =>
    [...answers].filter(([, answer]) => answer.status === status).map(([order]) => order);
  return {
    answers,
    withStatus,
    async stop() {
      stopped = true;
      await done;
    },
  };
}

it("accepts events while Redis is away, and delivers all of them at the latest within 10 s of its return", async () => {
  const api = await cluster.start("api");
  await Promise.all([cluster.start("worker"), cluster.start("worker")]);
  const paths = ["/a", "/b", "/c"];
  for (const path of paths) await cluster.endpoint(api, path);
  await cluster.publish(api, ["before"]);
  await allArrive(cluster, ["before"], paths, 10_000);

  await cluster.redis.kill();
  const load = startLoad(api.url, "R");
  await until(async () => !(await partsOf(api.url)).queue?.ok, 5_000, "that the queue is missed");
  expect((await partsOf(api.url)).queue?.detail).toMatch(
    /^Redis at 127.0.0.1:\d+ cannot be reached.*sweep of the database/,
  );
  await pause(REDIS_AWAY_MS);
  await load.stop();
  await pause(FOUND_MS);
  // Every process looks for its lanes itself meanwhile.
  expect(idsByOrder(cluster.arrivals).size).toBe((load.answers.size + 1) * paths.length);
  const last = startLoad(api.url, "L");
  await until(() => last.answers.size > 20, 10_000);
  await last.stop();
  await cluster.redis.restart();
  const back = performance.now();
  for (const { withStatus, answers } of [load, last]) expect(withStatus(202)).toHaveLength(answers.size);
  expect(load.answers.size).toBeGreaterThan(100);
  await allArrive(cluster, [...load.answers.keys(), ...last.answers.keys()], paths, 10_000);
  expect(performance.now() - back).toBeLessThan(10_000);
  await until(async () => (await partsOf(api.url)).queue?.ok === true, 10_000, "the queue");
  for (const ids of idsByOrder(cluster.arrivals).values()) expect(ids).toHaveLength(1);
  // And at once again, not at the next sweep.
  const start = performance.now();
  await cluster.publish(api, ["after"]);
  await allArrive(cluster, ["after"], paths, 10_000);
  expect(performance.now() - start).toBeLessThan(3_000);
});

it("answers 503 with Retry-After while PostgreSQL is away, accepts nothing by halves, and goes on by itself", async () => {
  const api = await cluster.start("api");
  await Promise.all([cluster.start("worker"), cluster.start("worker")]);
  const paths = ["/a", "/b"];
  for (const path of paths) await cluster.endpoint(api, path);
  const load = startLoad(api.url, "D");
  await until(() => load.withStatus(202).length > 20, 10_000);
  await cluster.postgres.kill();
  await until(() => load.withStatus(503).length > 10, 30_000, "a refusal");
  const missing = await fetch(`${api.url}/readyz`);
  expect(missing.status).toBe(503);
  expect((await missing.json()) as object).toMatchObject({ ready: false, parts: { database: { ok: false } } });
  await cluster.postgres.restart();
  const accepted = load.withStatus(202).length;
  await until(() => load.withStatus(202).length > accepted + 20, 30_000, "that events are accepted again");
  await load.stop();
  const statuses = new Set([...load.answers.values()].map(({ status }) => status));
  expect([...statuses].sort()).toEqual([202, 503]);
  for (const { status, retryAfter } of load.answers.values())
    if (status === 503) expect(Number(retryAfter)).toBeGreaterThan(0);
  await allArrive(cluster, load.withStatus(202), paths, 60_000);
  // What was refused is not there, or (its commit was done, and nobody heard of it) is there with all of its deliveries.
  const { rows } = await countsOfOrders();
  expect(rows.filter(({ deliveries }) => deliveries !== 2)).toEqual([]);
  const there = new Set(rows.map(({ order_number }) => order_number));
  const unheard = load.withStatus(503).filter((order) => there.has(order));
  expect(unheard.length).toBeLessThanOrEqual(1);
  for (const ids of idsByOrder(cluster.arrivals).values()) expect(new Set(ids).size).toBe(1);
});

async function countsOfOrders() {
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  const sql = `SELECT e.order_number, count(d.id)::int AS deliveries FROM events e
    LEFT JOIN deliveries d ON d.event_id = e.id GROUP BY e.id, e.order_number`;
  return client.query<{ order_number: string; deliveries: number }>(sql).finally(() => client.end());
}

const CUTS = [
  { from: "postgres", kind: "black-hole" },
  { from: "redis", kind: "black-hole" },
  { from: "both", kind: "reset" },
] as const;

it.each(CUTS)("heals without a restart after a cut between a worker and its servers ($from, $kind)", async (cut) => {
  const toPostgres = await startFaultProxy({ port: cluster.postgres.port });
  const toRedis = await startFaultProxy({ port: cluster.redis.port });
  proxies.push(toPostgres, toRedis);
  const lost = { postgres: [toPostgres], redis: [toRedis], both: [toPostgres, toRedis] }[cut.from];
  const behind = (url: string, port: number) => Object.assign(new URL(url), { port: String(port) }).href;
  const api = await cluster.start("api");
  const worker = await cluster.start("worker", {
    DATABASE_URL: behind(cluster.databaseUrl, toPostgres.port),
    REDIS_URL: behind(cluster.redis.url, toRedis.port),
  });
  const isWhole = async () => Object.values(await partsOf(worker.url)).every(({ ok }) => ok);
  await cluster.endpoint(api, "/a", { timeoutSeconds: 2 });
  await cluster.publish(api, ["before"]);
  await allArrive(cluster, ["before"], ["/a"], 10_000);

  for (const proxy of lost)
    proxy.setFault(cut.kind === "reset" ? { kind: cut.kind, afterBytes: 1 } : { kind: cut.kind });
  await until(async () => !(await isWhole()), 40_000, "that something is missed");
  const orders = numbered("C", 20);
  await cluster.publish(api, orders);
  const other = await cluster.start("worker");
  // The cut worker holds the lane until its lease runs out.
  await allArrive(cluster, orders, ["/a"], 60_000);
  for (const proxy of lost) proxy.setFault({ kind: "none" });
  await until(isWhole, 40_000, "that all is there again");
  expect((await other.stop()).code).toBe(0);
  const start = performance.now();
  await cluster.publish(api, ["after"]);
  await allArrive(cluster, ["after"], ["/a"], 20_000);
  // By a wake-up, not by the sweep; but a connection to PostgreSQL that was cut without a word is noticed when it is used.
  if (cut.from === "redis" || cut.kind === "reset") expect(performance.now() - start).toBeLessThan(3_000);
  const failed = await callApi<{ items: unknown[] }>(api.url, "GET", "/v1/deliveries?state=failed");
  expect(failed.body.items).toEqual([]);
});
