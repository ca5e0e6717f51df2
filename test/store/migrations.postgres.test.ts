import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import LibsqlFile from "libsql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqlite } from "../../src/store/sqlite.js";
import { openTestDatabase, type TestDatabase } from "../support/databases.js";

let test: TestDatabase;
let client: pg.Client;
let sqlite: LibsqlFile.Database;

beforeAll(async () => {
  test = await openTestDatabase();
  client = new pg.Client({ connectionString: test.url });
  await client.connect();
  const path = join(test.folder, "other.db");
  await (await openSqlite(path)).close();
  sqlite = new LibsqlFile(path);
});
afterAll(async () => {
  sqlite.close();
  await client.end();
  await test.close();
});

/** The only column of the answer. */
const lines = async (sql: string, ...values: string[]): Promise<string[]> =>
  (await client.query({ text: sql, values, rowMode: "array" })).rows.map(([line]) => String(line));

const COLUMNS = `SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable,
    replace(column_default, $1 || '.', '')) FROM information_schema.columns
  WHERE table_schema = $1 AND table_name NOT LIKE '\\_prisma%' ORDER BY 1`;
/** All indexes, with those of primary keys; partial ones stand in the migrations only. */
const INDEXES = `SELECT replace(indexdef, $1 || '.', '') FROM pg_indexes
  WHERE schemaname = $1 AND tablename NOT LIKE '\\_prisma%' AND indexdef NOT LIKE '% WHERE %' ORDER BY 1`;

describe("the migrations", () => {
  it("have the same names for both databases", () => {
    const names = (kind: string) =>
      readdirSync(`prisma/migrations/${kind}`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    expect(names("postgresql").length).toBeGreaterThan(0);
    expect(names("postgresql")).toEqual(names("sqlite"));
  });

  it("give PostgreSQL the tables, columns, types and indexes of the Prisma schema", async () => {
    const script = spawnSync(process.execPath, ["scripts/schema-sql.mjs", test.url], { encoding: "utf8" });
    expect(script.stderr).toBe("");
    await client.query("CREATE SCHEMA wanted");
    await client.query("SET search_path TO wanted");
    await client.query(script.stdout.replaceAll('"public".', ""));
    await client.query("SET search_path TO public");
    for (const sql of [COLUMNS, INDEXES]) {
      const want = await lines(sql, "wanted");
      expect(want.length).toBeGreaterThan(20);
      expect(await lines(sql, "public")).toEqual(want);
    }
  });

  it("give both databases the same partial indexes", async () => {
    const plain = (sql: string) =>
      sql
        .toLowerCase()
        .replaceAll(/["()\s]|::text/g, "")
        .replaceAll(/public\.|usingbtree/g, "")
        // A member of a JSON text, as each of them names it.
        .replaceAll(/::json->>'(\w+)'/g, "->>'$.$1'");
    const inSqlite = sqlite
      .prepare("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
      .all()
      .map((row) => plain((row as { sql: string }).sql));
    const inPostgres = await lines(
      "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '% WHERE %'",
    );
    expect(inSqlite.length).toBeGreaterThan(5);
    expect(inPostgres.map(plain).sort()).toEqual(inSqlite.sort());
  });

  it("sort every text of PostgreSQL by its bytes, as SQLite does", async () => {
    const others = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
      AND table_name NOT LIKE '\\_prisma%' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`;
    expect(await lines(others)).toEqual([]);
    const ids = ["a", "B", "é", "Z", "_", "ab", "日", "🚚", "\uffee", "aB"];
    await client.query("INSERT INTO meta (key, value) SELECT value, '' FROM unnest($1::text[]) AS ids(value)", [ids]);
    const insert = sqlite.prepare("INSERT INTO meta VALUES (?, '')");
    for (const id of ids) insert.run(id);
    const sorted = sqlite.prepare("SELECT key FROM meta ORDER BY key").all();
    expect(await lines("SELECT key FROM meta ORDER BY key")).toEqual(sorted.map((row) => (row as { key: string }).key));
  });

  it("let PostgreSQL note each change of what processes keep in memory", async () => {
    const triggers = await lines(
      `SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN
        (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public') ORDER BY 1`,
    );
    const one = (table: string, kind: string) =>
      `CREATE TRIGGER ${table}_changed AFTER INSERT OR DELETE OR UPDATE ON public.${table} FOR EACH ROW EXECUTE FUNCTION note_change('${kind}')`;
    // Not of the last use, which is written each minute.
    const keys = one("api_keys", "key").replace("OR UPDATE", "OR UPDATE OF expires_at, revoked_at");
    const others = [one("customers", "customer"), one("endpoints", "endpoint"), one("statuses", "status")];
    expect(triggers).toEqual([keys, ...others]);
  });
});
