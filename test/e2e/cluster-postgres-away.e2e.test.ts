import { afterEach, beforeEach, expect, it } from "vitest";
import { allArrive, type Cluster, idsByOrder, openCluster } from "../support/cluster.js";
import { startLoad } from "../support/outages.js";
import { until } from "../support/service.js";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await openCluster({ durable: true });
});
afterEach(() => cluster.close());

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
