import { once } from "node:events";
import { connect } from "node:net";
import { Queue } from "bullmq";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type PostgresServer, type RedisServer, startPostgres, startRedis } from "../servers/index.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

let postgres: PostgresServer;
let redis: RedisServer;
let folder: string;
let removeFolder: () => void;
let databaseUrl: string;
let client: pg.Client;
let service: TestService | undefined;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  databaseUrl = await postgres.createDatabase("waybell");
  client = new pg.Client({ connectionString: databaseUrl });
  client.on("error", () => {});
  await client.connect();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  await client.end();
  await Promise.all([postgres.stop(), redis.stop()]);
  removeFolder();
});

/** One of several processes, in this one. */
async function start(role: "api" | "worker"): Promise<TestService> {
  const SECRETS_KEYS = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, SECRETS_KEYS };
  service = await startTestService(folder, { role, env });
  return service;
}

async function stop(): Promise<void> {
  const stopping = service?.close();
  service = undefined;
  await stopping;
}

/** Whether the next process that looks would take the sweep over. */
async function sweepLead(): Promise<{ free: boolean } | undefined> {
  const free = "until < extract(epoch FROM clock_timestamp()) * 1000 AS free";
  return (await client.query(`SELECT ${free} FROM leases WHERE name = 'lead:sweep'`)).rows[0];
}

it("leaves the sweep to another process, also when its lanes could not be given back", async () => {
  await start("worker");
  await until(async () => (await sweepLead())?.free === false);
  await client.query(`CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'not now'; END $$ LANGUAGE plpgsql`);
  await client.query(
    "CREATE TRIGGER refuse BEFORE UPDATE ON leases FOR EACH ROW WHEN (NEW.until = -1) EXECUTE FUNCTION refuse()",
  );
  await stop();
  expect(await sweepLead()).toMatchObject({ free: true });
});

/** Lanes that wait in Redis for a process that works them. */
async function wokenLanes(): Promise<string[]> {
  const queue = new Queue<{ laneId: string }>("waybell-wake", { prefix: "waybell", connection: { url: redis.url } });
  const jobs = await queue.getJobs().finally(() => queue.close());
  return jobs.map(({ data }) => data.laneId);
}

it("wakes the lanes of what it accepts last, while it stops already", async () => {
  const { url, endpoint } = await start("api");
  const lane = await endpoint("http://127.0.0.1:8/");
  const body = JSON.stringify({
    customer: "acme",
    order: "A1",
    statusCode: "take",
    statusTime: "2026-01-02T03:04:05Z",
  });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = ["POST /v1/events HTTP/1.1", "Host: x", `Authorization: Bearer ${ADMIN_KEY}`, "Expect: 100-continue"];
  const kind = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  socket.write(`${[...head, ...kind].join("\r\n")}\r\n\r\n`);
  expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1.1 100 /);
  expect(await wokenLanes()).toEqual([]);
  const stopping = stop();
  await new Promise((turn) => setImmediate(turn));
  socket.write(body);
  expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1.1 202 /);
  await stopping;
  expect(await wokenLanes()).toEqual([lane]);
});
