import type { Config } from "../config.js";
import type { Database } from "./database.js";

/** Opens the database that the configuration names, at the newest schema. Throws StoreUnavailableError. */
export async function openDatabase(target: Config["database"]): Promise<Database> {
  // Each loads a client of Prisma: 60 MiB that only one of them is worth.
  if (target.kind === "sqlite") return (await import("./sqlite.js")).openSqlite(target.file);
  return (await import("./postgres.js")).openPostgres(target.url);
}
