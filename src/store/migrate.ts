import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Client } from "@libsql/client";

const FOLDER = new URL("../../prisma/migrations/sqlite/", import.meta.url);

// The table as `prisma migrate deploy` makes it, so that either may follow the other.
const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`;

/**
 * Applies the migrations that the database does not have yet, each in a transaction of its own, and returns their
 * names. Throws when the database has one that this version does not know, or knows otherwise.
 */
export async function migrate(client: Client): Promise<string[]> {
  await client.execute(TABLE);
  const { rows } = await client.execute(
    "SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL",
  );
  const applied = new Map(rows.map((row) => [String(row[0]), String(row[1])]));
  const names = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const unknown = [...applied.keys()].find((name) => !names.includes(name));
  if (unknown) throw new Error(`The database has the migration ${unknown} of a newer version: run that version.`);
  const done: string[] = [];
  for (const name of names) {
    const sql = readFileSync(new URL(`${name}/migration.sql`, FOLDER), "utf8");
    const checksum = createHash("sha256").update(sql).digest("hex");
    const known = applied.get(name);
    if (known === checksum) continue;
    if (known) throw new Error(`The migration ${name} was changed after the database got it: restore the file.`);
    const row = `'${randomUUID()}', '${checksum}', ${Date.now()}, '${name}', ${Date.now()}, 1`;
    await client.executeMultiple(
      `BEGIN IMMEDIATE;\n${sql}\nINSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count") VALUES (${row});\nCOMMIT;`,
    );
    done.push(name);
  }
  return done;
}
