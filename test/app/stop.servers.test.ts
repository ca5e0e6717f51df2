import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type PostgresServer, type RedisServer, startPostgres, startRedis } from "../servers/index.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

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
  return (await client.query(`SELECT ${free} FROM leases WHERE name = 'sweep'`)).rows[0];
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
