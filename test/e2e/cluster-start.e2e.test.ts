import { readdirSync } from "node:fs";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { descendants } from "../servers/launch.js";
import { allArrive, type Cluster, openCluster } from "../support/cluster.js";
import type { Served } from "../support/serve.js";
import { callApi, until } from "../support/service.js";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

/** How long a change may take to reach every process. */
const HEARD_MS = 2_000;
const pause = (ms: number) => new Promise((turn) => setTimeout(turn, ms));

it("starts ten processes at once on an empty database, which is migrated once", async () => {
  const roles = ["api", "worker", "all", "api", "worker", "all", "api", "worker", "worker", "all"] as const;
  const processes = await Promise.all(roles.map((role) => cluster.start(role)));
  for (const { url } of processes) {
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ready: true, parts: { database: { ok: true }, queue: { ok: true } } });
  }
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  const { rows } = await client.query("SELECT migration_name, count(*) AS times FROM _prisma_migrations GROUP BY 1");
  await client.end();
  const names = readdirSync("prisma/migrations/postgresql").filter((name) => /^\d/.test(name));
  expect(rows.map(({ migration_name, times }) => [migration_name, times]).sort()).toEqual(
    names.map((name) => [name, "1"]),
  );
  const [api] = processes as [Served];
  await cluster.endpoint(api, "/x");
  await cluster.publish(api, ["A1"]);
  await allArrive(cluster, ["A1"], ["/x"], 10_000);
  // A worker takes no events in, and says so.
  expect((await callApi(processes[1]?.url ?? "", "GET", "/v1/customers")).status).toBe(404);
});

it("works with fewer lanes at a time than there are: each comes to its turn", async () => {
  const served = await cluster.start("all", {}, "--concurrency", "1");
  const paths = ["/a", "/b", "/c"];
  for (const path of paths) await cluster.endpoint(served, path, { limits: { concurrency: 1 } });
  cluster.answerAfter = 20;
  const orders = Array.from({ length: 150 }, (_, at) => `T${at}`);
  await cluster.publish(served, orders);
  await allArrive(cluster, orders, paths, 60_000);
  // One lane had the only place at a time, and none kept it: a slice is 2 s, of some 90 sends.
  const turns = cluster.arrivals.filter(({ path }, at) => at > 0 && path !== cluster.arrivals[at - 1]?.path).length;
  expect(turns).toBeGreaterThan(2);
  expect(turns).toBeLessThan(40);
});

it("serves one port from several processes, and shows the metrics of all of them", async () => {
  const served = await cluster.start("all", {}, "--processes", "2");
  await cluster.endpoint(served, "/x");
  const orders = Array.from({ length: 50 }, (_, at) => `P${at}`);
  for (const order of orders) await cluster.publish(served, [order]);
  await allArrive(cluster, orders, ["/x"], 20_000);
  const metrics = async () => {
    const headers = { authorization: "Bearer test-admin-key-0123456789" };
    return (await fetch(`${served.url}/metrics`, { headers })).text();
  };
  const total = async (name: string) =>
    [...(await metrics()).matchAll(new RegExp(`^${name}{process="\\d+".*} (\\d+)$`, "gm"))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  await until(
    async () => (await total("waybell_deliveries_created_total")) === 50,
    10_000,
    "all events in the metrics",
  );
  const names = async () =>
    [...(await metrics()).matchAll(/^process_start_time_seconds{process="(\d+)"}/gm)].map(([, name]) => name);
  expect(await names()).toEqual(["1", "2"]);
  // One that takes the place of another has its name: the label does not grow with each restart.
  process.kill(descendants(served.pid)[0] ?? 0, "SIGKILL");
  await until(() => served.output().match(/Waybell listens/g)?.length === 3, 20_000, "that it is started again");
  expect((await names()).sort()).toEqual(["1", "2"]);
  expect((await served.stop()).code).toBe(0);
});

it("starts a process again that ends while PostgreSQL is away, until it is back, and leaves the others alone", async () => {
  const served = await cluster.start("all", {}, "--processes", "2");
  await until(() => served.output().match(/Waybell listens/g)?.length === 2, 60_000, "that both have started");
  const [one = 0, two = 0] = descendants(served.pid);
  await cluster.postgres.kill();
  process.kill(one, "SIGKILL");
  await until(() => /ended \(1\): it is started again in 2 s/.test(served.output()), 60_000, "a start in vain");
  expect(served.output()).toMatch(`Process ${one} ended (SIGKILL): it is started again in 1 s.`);
  expect(descendants(served.pid)).toContain(two);
  await cluster.postgres.restart();
  const listens = () => served.output().match(/Waybell listens/g)?.length;
  await until(() => listens() === 3, 60_000, "that it is started");
  expect(descendants(served.pid)).toContain(two);
  await cluster.endpoint(served, "/x");
  await cluster.publish(served, ["A1"]);
  await allArrive(cluster, ["A1"], ["/x"], 20_000);
  expect((await served.stop()).code).toBe(0);
});

it("ends when none of several processes can start", async () => {
  await cluster.postgres.kill();
  await expect(cluster.start("all", {}, "--processes", "2")).rejects.toThrow(/ended \(1\): all are ended/);
});

it("lets every process hear of changes within two seconds", async () => {
  const [one, two] = [await cluster.start("api"), await cluster.start("api")];
  await Promise.all([cluster.start("worker"), cluster.start("worker")]);
  const id = await cluster.endpoint(one, "/old");
  await pause(HEARD_MS);
  await cluster.publish(two, ["A1"]);
  await allArrive(cluster, ["A1"], ["/old"], 10_000);
  // Both workers have the lane in memory, or had.
  const url = `${cluster.receiver.url}/new`;
  expect((await callApi(one.url, "PATCH", `/v1/endpoints/${id}`, { transport: { url } })).status).toBe(200);
  await pause(HEARD_MS);
  await cluster.publish(two, ["A2"]);
  await allArrive(cluster, ["A2"], ["/new"], 10_000);

  await callApi(two.url, "POST", `/v1/endpoints/${id}/pause`);
  await pause(HEARD_MS);
  const before = cluster.arrivals.length;
  await cluster.publish(one, ["A3"]);
  await pause(HEARD_MS);
  expect(cluster.arrivals).toHaveLength(before);
  expect((await callApi(one.url, "GET", `/v1/endpoints/${id}`)).body).toMatchObject({ state: "paused" });
  await callApi(one.url, "POST", `/v1/endpoints/${id}/resume`, {});
  await allArrive(cluster, ["A3"], ["/new"], 10_000);

  const status = { status: "WARNING", descriptions: { en: "Lost in the warehouse" } };
  expect((await callApi(one.url, "PUT", "/v1/statuses/lost_1", status)).status).toBe(201);
  expect((await callApi(one.url, "PUT", "/v1/customers/acme", { timeZone: "Asia/Tokyo" })).status).toBe(200);
  await pause(HEARD_MS);
  const event = { customer: "acme", order: "A4", statusCode: "lost_1", statusTime: "2026-01-02T03:04:05Z" };
  expect((await callApi(two.url, "POST", "/v1/events", event)).status).toBe(202);
  await allArrive(cluster, ["A4"], ["/new"], 10_000);
  // 03:04:05 UTC.
  expect(cluster.arrivals.at(-1)?.body).toMatchObject({ order: "A4", statustime: "20260102120405" });
  await callApi(two.url, "DELETE", `/v1/endpoints/${id}`);
  await pause(HEARD_MS);
  const answer = await callApi(one.url, "POST", "/v1/events", { ...event, order: "A5" });
  expect(answer).toMatchObject({ status: 202, body: { deliveries: 0 } });
});
