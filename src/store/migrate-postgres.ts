import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { missingMigrations } from "./migrations.js";

// The table as `prisma migrate deploy` makes it, so that either may follow the other.
const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

const RECORD = `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
  VALUES ($1, $2, now(), $3, 1)`;

/** Of the lock that one process at a time migrates under: the word WAYBELL in letters of five bits. */
const LOCK = 24_729_846_156n;

/**
 * Applies the migrations that the database does not have yet, one process after the other, each in a transaction of its
 * own; the schema is made where there is none. Throws as `missingMigrations`.
 */
export async function migratePostgres(client: Client, schema: string): Promise<void> {
  // Each schema has a lock of its own: two installations may share a database.
  const lock = [LOCK.toString(), schema];
  await client.query("SELECT pg_advisory_lock(hashtextextended($2, $1))", lock);
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
    if (rowCount === 0) await client.query(`CREATE SCHEMA ${client.escapeIdentifier(schema)}`);
    await client.query(TABLE);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      "SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL",
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    for (const { name, sql, checksum } of missingMigrations("postgresql", applied)) {
      await client.query("BEGIN");
      try {
        await client.query(sql);
        await client.query(RECORD, [randomUUID(), checksum, name]);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    }
  } finally {
    await client.query("SELECT pg_advisory_unlock(hashtextextended($2, $1))", lock);
  }
}
