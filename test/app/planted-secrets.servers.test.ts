import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { startPostgres, startRedis } from "../servers/index.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { plant } from "../support/planted.js";
import { randomKey } from "../support/planted-scene.js";
import { startTestService, temporaryFolder, until } from "../support/service.js";

it("passwords of PostgreSQL and Redis, and of endpoints, are in no log, answer, metric or row, also while both are down", async () => {
  const planted = plant();
  const redisPassword = planted.add("redis password", `r-${randomKey()}`);
  const databasePassword = planted.token("database password");
  const [postgres, redis, receiver] = await Promise.all([
    startPostgres(),
    startRedis({ password: redisPassword }),
    startHttpReceiver(),
  ]);
  const { folder, remove } = temporaryFolder();
  onTestFinished(async () => {
    await Promise.allSettled([postgres.stop(), redis.stop(), receiver.stop()]);
    remove();
  });
  // The server trusts everybody here: the password is sent nowhere, and still must not be told.
  const database = new URL(postgres.url("postgres"));
  database.password = encodeURIComponent(databasePassword);
  const lines: string[] = [];
  const env = {
    DATABASE_URL: database.href,
    REDIS_URL: redis.url,
    SECRETS_KEYS: `k1:${planted.add("key", randomKey())}`,
  };
  const service = await startTestService(folder, { env, lines });
  const outputs: string[] = [];
  const look = async () => {
    for (const path of ["/readyz", "/metrics", "/v1/secrets", "/v1/customers", "/v1/deliveries"]) {
      const { body } = await service
        .call("GET", path)
        .catch((error: Error) => ({ body: { error: error.message } as Record<string, unknown> }));
      outputs.push(`${path} ${JSON.stringify(body)}`);
    }
  };
  try {
    const transport = { type: "http-post", url: receiver.url, apiKey: planted.token("api key") };
    await service.endpoint(receiver.url, { transport });
    await service.publish({ order: "A1" });
    await until(() => receiver.received.length === 1, 20_000);
    await look();
    await redis.stop();
    await until(() => lines.some((line) => line.includes("Redis is lost")), 20_000);
    await service.publish({ order: "A2" });
    await look();
    const client = new pg.Client({ connectionString: postgres.url("postgres") });
    await client.connect();
    const { rows } = await client.query(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    expect(rows.length).toBeGreaterThan(15);
    for (const { name } of rows) {
      const { rows: texts } = await client.query(`SELECT t::text AS text FROM "${name}" t`);
      outputs.push(`table ${name}: ${texts.map(({ text }) => text).join("\n")}`);
    }
    await client.end();
    await postgres.stop();
    await look();
    await service.publish({ order: "A3" });
  } finally {
    await service.close().catch(() => undefined);
  }
  outputs.push(`logs ${lines.join("\n")}`);
  expect(lines.length).toBeGreaterThan(5);
  expect(outputs.some((text) => text.startsWith("table endpoints") && text.includes("enc:v1:k1:"))).toBe(true);
  const leaks = outputs.flatMap((text) => planted.found(text).map((what) => `${what} in ${text.slice(0, 30)}`));
  expect(leaks).toEqual([]);
}, 120_000);
