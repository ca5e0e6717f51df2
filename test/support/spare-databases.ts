import { randomBytes } from "node:crypto";
import pg from "pg";

/** Databases that a test is through with, emptied: making one takes PostgreSQL a quarter of a second, emptying one a tenth of that. */
const spare: string[] = [];

/** All that a test may have made beside rows. */
const SCHEMA = `SELECT md5(string_agg(name, ',' ORDER BY name)) AS made FROM (
  SELECT concat(relname, relkind, relnatts) AS name FROM pg_class
    WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
  UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
  UNION ALL SELECT concat(tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT conname::text FROM pg_constraint
  UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS objects`;

/** Rows of migrations are the schema's own; a database that has nothing else is as new. */
const EMPTY = `DO $$ DECLARE one text; has boolean; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one) INTO has;
    IF has THEN EXECUTE format('TRUNCATE %I RESTART IDENTITY', one); END IF;
  END LOOP; END $$`;
/** Whoever is still connected could hold a lock, or write. */
const ALONE = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

let schema: string | undefined;

async function ask<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return work(client).finally(() => client.end());
}

const schemaOf = async (client: pg.Client): Promise<string> => (await client.query(SCHEMA)).rows[0].made;

/** A database of the server that has the schema and no rows; returns its URL. */
export async function takeDatabase(server: string): Promise<string> {
  const known = spare.pop();
  if (known !== undefined) return known;
  const name = `t_${randomBytes(8).toString("hex")}`;
  await ask(server, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  schema ??= await ask(url.href, schemaOf);
  return url.href;
}

/** Takes a database back: emptied for another test, or away where more than its rows was changed. */
export async function giveBack(server: string, url: string): Promise<void> {
  const isAsNew = await ask(url, async (client) => {
    await client.query(ALONE);
    if ((await schemaOf(client)) !== schema) return false;
    await client.query(EMPTY);
    return true;
  });
  if (isAsNew) spare.push(url);
  else await ask(server, (client) => client.query(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`));
}
