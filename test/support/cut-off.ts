import { afterEach, beforeEach, expect, it } from "vitest";
import { allArrive, type Cluster, openCluster } from "./cluster.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import { partsOf } from "./outages.js";
import { callApi, until } from "./service.js";

/** Where a worker is cut off from its servers, and how. */
interface Cut {
  readonly from: "postgres" | "redis" | "both";
  readonly kind: "black-hole" | "reset";
}

const orders = Array.from({ length: 20 }, (_, at) => `C${at}`);
const behind = (url: string, port: number) => Object.assign(new URL(url), { port: String(port) }).href;

/** The test of one cut. Each has a file of its own: they wait for leases to run out, and do that side by side. */
export function itHealsAfter(cut: Cut): void {
  let cluster: Cluster;
  const proxies: FaultProxy[] = [];
  beforeEach(async () => {
    cluster = await openCluster({ durable: true });
  });
  afterEach(async () => {
    await cluster.close();
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });

  it(`heals without a restart after a cut between a worker and its servers (${cut.from}, ${cut.kind})`, async () => {
    const toPostgres = await startFaultProxy({ port: cluster.postgres.port });
    const toRedis = await startFaultProxy({ port: cluster.redis.port });
    proxies.push(toPostgres, toRedis);
    const lost = { postgres: [toPostgres], redis: [toRedis], both: [toPostgres, toRedis] }[cut.from];
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
}
