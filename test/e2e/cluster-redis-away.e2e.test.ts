import { afterEach, beforeEach, expect, it } from "vitest";
import { allArrive, type Cluster, idsByOrder, openCluster } from "../support/cluster.js";
import { partsOf, startLoad } from "../support/outages.js";
import { until } from "../support/service.js";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await openCluster({ durable: true });
});
afterEach(() => cluster.close());

const REDIS_AWAY_MS = 60_000;
/** What the processes find by themselves while Redis is away: they look every 5 s. */
const FOUND_MS = 8_000;
const pause = (ms: number) => new Promise((turn) => setTimeout(turn, ms));

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
  // Every process looks for its lanes itself meanwhile.
  await allArrive(cluster, ["before", ...load.answers.keys()], paths, FOUND_MS);
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
