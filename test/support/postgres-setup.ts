import type { TestProject } from "vitest/node";
import { openPostgres } from "../../src/store/postgres.js";
import { startPostgres } from "../servers/postgres.js";

/** Starts one PostgreSQL for a run; every new database in it has the schema already. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const made = await openPostgres(server.url("template1"));
  await made.close();
  project.provide("postgresUrl", server.url("postgres"));
  return () => server.stop();
}
