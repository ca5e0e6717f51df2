import { randomUUID } from "node:crypto";
import type { Client } from "@libsql/client";
import { missingMigrations } from "./migrations.js";

// The table as `prisma migrate deploy` makes it, so that either may follow the other.
const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`;

/** Applies the migrations that the file does not have yet, each in a transaction of its own. Throws as `missingMigrations`. */
export async function migrateSqlite(client: Client): Promise<void> {
  await client.execute(TABLE);
  const { rows } = await client.execute(
    "SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL",
  );
  const applied = new Map(rows.map((row) => [String(row[0]), String(row[1])]));
  for (const { name, sql, checksum } of missingMigrations("sqlite", applied)) {
    const row = `'${randomUUID()}', '${checksum}', ${Date.now()}, '${name}', ${Date.now()}, 1`;
    await client.executeMultiple(
      `BEGIN IMMEDIATE;\n${sql}\nINSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count") VALUES (${row});\nCOMMIT;`,
    );
  }
}
