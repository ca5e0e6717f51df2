import { Queue, QueueEvents } from "bullmq";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { inboxInsert } from "../../src/producer/index.js";
import { allArrive, type Cluster, idsByOrder, openCluster } from "../support/cluster.js";
import { until } from "../support/service.js";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await openCluster({ durable: true });
});
afterEach(() => cluster.close());

const event = (order: string) => ({
  customer: "acme",
  order,
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** The TMS: a user of the same PostgreSQL who may do what docs/producer.md says, and nothing else. */
async function connectTms(): Promise<pg.Client> {
  const admin = await connect(cluster.databaseUrl);
  await admin.query(`CREATE USER tms PASSWORD 'tms';
    CREATE TABLE shipments (number text); GRANT INSERT ON shipments TO tms;
    GRANT USAGE ON SCHEMA public TO tms; GRANT INSERT ON waybell_inbox TO tms;
    GRANT USAGE ON SEQUENCE waybell_inbox_id_seq TO tms`);
  await admin.end();
  return connect(Object.assign(new URL(cluster.databaseUrl), { username: "tms", password: "tms" }).href);
}

it("takes what a TMS has written in its own transaction within a second of its commit, and sends it", async () => {
  const api = await cluster.start("api");
  await cluster.start("worker");
  await cluster.endpoint(api, "/a");
  const tms = await connectTms();
  const watch = await connect(cluster.databaseUrl);
  const isThere = async (order: string) =>
    (await watch.query("SELECT 1 FROM events WHERE order_number = $1", [order])).rowCount === 1;

  await tms.query("BEGIN");
  await tms.query("INSERT INTO shipments VALUES ('I0')");
  const { text, values } = inboxInsert([event("I0")]);
  await tms.query(text, [...values]);
  await new Promise((turn) => setTimeout(turn, 600));
  expect(await isThere("I0")).toBe(false);
  await tms.query("COMMIT");
  const committed = performance.now();
  await until(() => isThere("I0"), 5_000, "the event");
  expect(performance.now() - committed).toBeLessThan(1_000);
  await tms.query("BEGIN");
  const undone = inboxInsert([event("undone")]);
  await tms.query(undone.text, [...undone.values]);
  await tms.query("ROLLBACK");
  await allArrive(cluster, ["I0"], ["/a"], 5_000);
  expect((await watch.query("SELECT count(*)::int AS n FROM waybell_inbox")).rows).toEqual([{ n: 0 }]);
  await Promise.all([tms.end(), watch.end()]);
  expect(cluster.arrivals.map(({ order }) => order)).toEqual(["I0"]);
});

it("completes jobs of waybell-events after their events are in the database, and loses and doubles none by a kill", async () => {
  const api = await cluster.start("api");
  await cluster.start("worker");
  await cluster.endpoint(api, "/a");
  const connection = { url: cluster.redis.url };
  const shop = new Queue("waybell-events", { connection });
  const events = new QueueEvents("waybell-events", { connection });
  const watch = await connect(cluster.databaseUrl);
  const job = await shop.add("event", event("J0"));
  expect(await job.waitUntilFinished(events)).toMatchObject({ duplicate: false, deliveries: 1 });
  expect((await watch.query("SELECT 1 FROM events WHERE order_number = 'J0'")).rowCount).toBe(1);

  const orders = Array.from({ length: 400 }, (_, at) => `K${at}`);
  await shop.addBulk(orders.map((order) => ({ name: "event", data: event(order) })));
  await until(async () => (await shop.getCompletedCount()) > 20, 10_000, "the first of them");
  await api.kill();
  const other = await cluster.start("api");
  await allArrive(cluster, ["J0", ...orders], ["/a"], 60_000);
  await until(
    async () => {
      const { active, waiting, delayed } = await shop.getJobCounts("active", "waiting", "delayed");
      return active === 0 && waiting === 0 && delayed === 0;
    },
    60_000,
    "the end of all jobs",
  );
  expect(await shop.getFailedCount()).toBe(0);
  const { rows } = await watch.query(
    "SELECT count(*)::int AS all, count(DISTINCT order_number)::int AS orders FROM events",
  );
  expect(rows).toEqual([{ all: 401, orders: 401 }]);
  for (const ids of idsByOrder(cluster.arrivals).values()) expect(ids).toHaveLength(1);
  await Promise.all([shop.close(), events.close(), watch.end()]);
  expect((await other.stop()).code).toBe(0);
});
