import { randomBytes } from "node:crypto";
import pg from "pg";
import { it, onTestFinished } from "vitest";
import { startPostgres, startRedis } from "../servers/index.js";
import { expectNoDoubles } from "../support/restore.js";
import { temporaryFolder } from "../support/service.js";

it("a restored PostgreSQL says of when its newest event is, and what is posted again by id makes no doubles", async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const { folder, remove } = temporaryFolder();
  onTestFinished(async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    remove();
  });
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: postgres.url("postgres") });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await ask("CREATE DATABASE waybell");
  const shared = { SECRETS_KEYS: `k1:${randomBytes(32).toString("base64")}` };
  await expectNoDoubles({
    env: { ...shared, REDIS_URL: `${redis.url}/0`, DATABASE_URL: postgres.url("waybell") },
    restoredEnv: { ...shared, REDIS_URL: `${redis.url}/1`, DATABASE_URL: postgres.url("restored") },
    folder,
    restoredFolder: folder,
    // What pg_dump and pg_restore do, in one step.
    backUp: () => ask("CREATE DATABASE backup TEMPLATE waybell"),
    restore: () => ask("CREATE DATABASE restored TEMPLATE backup"),
  });
});
