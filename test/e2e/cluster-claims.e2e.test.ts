import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { allArrive, type Cluster, idsByOrder, openCluster } from "../support/cluster.js";
import { callApi, until } from "../support/service.js";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await openCluster();
});
afterEach(() => cluster.close());

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

async function ask<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  return (await client.query<T>(sql).finally(() => client.end())).rows;
}

it("starts no send after its claim has expired: workers that were frozen for longer send nothing of what they hold", async () => {
  const api = await cluster.start("api");
  const frozen = await Promise.all([cluster.start("worker"), cluster.start("worker")]);
  const paths = ["/a", "/b", "/c", "/d"];
  for (const path of paths) await cluster.endpoint(api, path, { limits: { concurrency: 2 }, timeoutSeconds: 3 });
  cluster.answerAfter = 100;
  const orders = numbered("A", 150);
  await cluster.publish(api, orders);
  await until(() => cluster.arrivals.length > 40, 20_000, "the first arrivals");
  for (const worker of frozen) worker.signal("SIGSTOP");
  const held = await ask<{ id: string; claim_token: string }>(
    "SELECT id, claim_token FROM deliveries WHERE state = 'sending'",
  );
  expect(held.length).toBeGreaterThan(8);
  const before = idsByOrder(cluster.arrivals);

  await cluster.start("worker");
  await allArrive(cluster, orders, paths, 90_000);
  // Nothing may be left that another worker is right to send again, such as one that took longer than its time-out.
  const isOver = async () => {
    const { pending, sending } = await cluster.states(api);
    return pending === 0 && sending === 0;
  };
  await until(isOver, 60_000, "the end of all sends");
  const whole = cluster.arrivals.length;

  for (const worker of frozen) worker.signal("SIGCONT");
  // They are awake when they answer; by then each has looked at all that it held.
  for (const { url } of frozen) await until(() => isReady(url), 20_000, "waking up");
  await until(
    async () => (await Promise.all(frozen.map(({ url }) => sendsOf(url)))).every((count) => count === 0),
    20_000,
    "rest",
  );
  expect(cluster.arrivals.length).toBe(whole);

  // What was on the wire when they froze, or had arrived and was not recorded yet, came again under the same id.
  const repeated = [...idsByOrder(cluster.arrivals)].filter(([, ids]) => ids.length > 1);
  expect(repeated.length).toBeGreaterThan(0);
  const heldIds = new Set(held.map(({ id }) => id));
  for (const [key, ids] of repeated) {
    expect(new Set(ids).size).toBe(1);
    expect(before.has(key)).toBe(true);
    expect(heldIds.has(ids[0] ?? "")).toBe(true);
  }
  // One that was cut short by its time-out on waking may never have reached the receiver.
  const arrived = "CAST(report AS json) ->> 'outcome' = 'delivered'";
  const late = await ask<{ count: string }>(`SELECT count(*) FROM attempts WHERE late = 1 AND ${arrived}`);
  expect(Number(late[0]?.count)).toBeLessThanOrEqual(repeated.length);
  const attempts = await ask<{ tries: string; deliveries: string }>(
    "SELECT count(*) AS tries, count(DISTINCT delivery_id) AS deliveries FROM attempts WHERE late = 0",
  );
  expect(attempts[0]).toEqual({ tries: "600", deliveries: "600" });
});

/** What was asked of a process that has just woken up may be cut off. */
const isReady = (url: string) =>
  fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Sends under way in a process, as its metrics say. */
async function sendsOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: "Bearer test-admin-key-0123456789" } });
  return Number(/^waybell_sends_in_progress (\d+)/m.exec(await answer.text())?.[1] ?? Number.NaN);
}

it("keeps the limits of an endpoint across four workers, also while one of them stops", async () => {
  const api = await cluster.start("api");
  const workers = await Promise.all(numbered("w", 4).map(() => cluster.start("worker")));
  await cluster.endpoint(api, "/limited", { limits: { concurrency: 1, rate: { count: 10, per: "second" } } });
  cluster.answerAfter = 20;
  const orders = numbered("L", 120);
  // In many requests, each of which wakes the lane, in whichever process.
  for (const order of orders) await cluster.publish(api, [order]);
  const busy = () => Promise.all(workers.map(async ({ url }) => ((await sendsOf(url)) > 0 ? url : null)));
  let holder: string | undefined;
  await until(async () => {
    holder = (await busy()).find((url) => url !== null) ?? undefined;
    return holder !== undefined && cluster.arrivals.length > 20;
  }, 20_000);
  const stopped = await workers.find(({ url }) => url === holder)?.stop();
  expect(stopped?.code).toBe(0);
  await allArrive(cluster, orders, ["/limited"], 40_000);
  expect(cluster.atOnce.most).toBe(1);
  const times = cluster.arrivals.map(({ at }) => at);
  for (const [at, time] of times.entries()) {
    // The next but nine; a request may be on its way for some milliseconds more than the one before it.
    const tenth = times[at + 10];
    if (tenth !== undefined) expect(tenth - time).toBeGreaterThan(940);
  }
  expect(cluster.arrivals).toHaveLength(120);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(20_000);
});

it("stops a worker under load within 10 s with nothing repeated, and its lanes go on in another", async () => {
  const api = await cluster.start("api");
  const [first, second] = [await cluster.start("worker"), await cluster.start("worker")];
  const paths = ["/a", "/b", "/c", "/d"];
  for (const path of paths) await cluster.endpoint(api, path);
  cluster.answerAfter = 20;
  const orders = numbered("S", 1_000);
  await cluster.publish(api, orders.slice(0, 500));
  await cluster.publish(api, orders.slice(500));
  await until(() => cluster.arrivals.length > 300, 20_000);
  const { code, ms } = await first.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  const [seen, stoppedAt] = [cluster.arrivals.length, performance.now()];
  for (const path of paths) {
    await until(() => cluster.arrivals.slice(seen).some((arrival) => arrival.path === path), 10_000, `more at ${path}`);
  }
  expect(performance.now() - stoppedAt).toBeLessThan(3_000);
  await allArrive(cluster, orders, paths, 60_000);
  expect(cluster.arrivals).toHaveLength(4_000);
  expect(second.output()).not.toContain('"level":50');
  const { body } = await callApi<{ items: unknown[] }>(api.url, "GET", "/v1/deliveries?state=pending&limit=5");
  expect(body.items).toEqual([]);
});
