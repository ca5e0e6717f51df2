import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** One step of the schema, as its file says it. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * The migrations that a database does not have yet, in their order. `applied`: the checksums of those it has, by name.
 * Throws when it has one that this version does not know, or knows otherwise.
 */
export function missingMigrations(kind: "sqlite" | "postgresql", applied: ReadonlyMap<string, string>): Migration[] {
  const folder = new URL(`../../prisma/migrations/${kind}/`, import.meta.url);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const unknown = [...applied.keys()].find((name) => !names.includes(name));
  if (unknown) throw new Error(`The database has the migration ${unknown} of a newer version: run that version.`);
  return names.flatMap((name) => {
    const sql = readFileSync(new URL(`${name}/migration.sql`, folder), "utf8");
    const checksum = createHash("sha256").update(sql).digest("hex");
    const known = applied.get(name);
    if (known === checksum) return [];
    if (known) throw new Error(`The migration ${name} was changed after the database got it: restore the file.`);
    return [{ name, sql, checksum }];
  });
}
