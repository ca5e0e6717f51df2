import { PrismaPg } from "@prisma/adapter-pg";
import { Client, Pool, type PoolClient, type PoolConfig } from "pg";
import { StoreUnavailableError, UniqueError } from "../errors.js";
import type { Database, Statement } from "./database.js";
import { PrismaClient } from "./generated/postgresql/client.js";
import type { PrismaClient as SqlitePrismaClient } from "./generated/sqlite/client.js";
import { migratePostgres } from "./migrate-postgres.js";
import { oneAtATime } from "./one-at-a-time.js";
import { toQuery } from "./postgres-values.js";

/** Connections of one process: for sets of rows, for Prisma's model methods, and for locks that last while others work. */
const CONNECTIONS = { road: 6, prisma: 3, locks: 4 } as const;
const CONNECT_MS = 5_000;
/** A connection that says nothing for so long is dead: the network was cut. */
const ANSWER_MS = 20_000;
/** Statements that a connection keeps prepared. */
const MAX_NAMED = 300;
const OLDEST = 150_000;
/** Two transactions that wait for each other are undone, one of them: it is run again. */
const MAX_DEADLOCKS = 5;

export interface PostgresTarget {
  readonly url: string;
  readonly schema: string;
}

/** Takes `?schema=` out of the address, which PostgreSQL itself does not know. */
export function postgresTarget(url: string): PostgresTarget {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") || "public";
  parsed.searchParams.delete("schema");
  return { url: parsed.href, schema };
}

interface PostgresError extends Error {
  readonly code?: string;
}

// Network errors of Node, and what PostgreSQL says when it stops, starts, follows another or takes no more connections.
const GONE = /^(E[A-Z_]+|08...|57P0.|53300|25006|55P03|57014)$/;
const CUT = /Connection terminated|timeout|not queryable|connection error|Client was closed|Query read timeout/i;

function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "", message } = error as PostgresError;
  if (code === "23505") return new UniqueError(error);
  if (code === "53100") {
    return new StoreUnavailableError("full", "The database has no room left: free disk space, then try again.", error);
  }
  if (code === "40P01" || code === "40001") {
    return new StoreUnavailableError("busy", "The database is busy with the same rows: try again.", error);
  }
  if (GONE.test(code) || (code === "" && CUT.test(message))) {
    return new StoreUnavailableError("other", `The database cannot be reached (${code || message}).`, error);
  }
  return error;
}

/** The database's clock, which all processes share. */
const NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";

const isDeadlock = (error: unknown) => ["40P01", "40001"].includes((error as PostgresError)?.code ?? "");

/** Names statements, so that each connection parses one once. */
function createNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= MAX_NAMED) return undefined;
    const name = `w${names.size}`;
    names.set(text, name);
    return name;
  };
}

const asText = () => (value: string | Buffer) => value;
const PLAIN = { getTypeParser: asText } as PoolConfig["types"];

interface Result {
  readonly rows: readonly (readonly unknown[])[];
  readonly rowCount: number | null;
  readonly fields: readonly unknown[];
}

function cellOf({ rows, rowCount, fields }: Result): unknown {
  if (fields.length === 0) return rowCount ?? 0;
  const cell = rows[0]?.[0];
  return typeof cell === "string" ? JSON.parse(cell) : (cell ?? undefined);
}

/** Runs statements on one connection: all are sent at once, and answered in their order. */
function createRunner(pool: Pool) {
  const nameOf = createNames();
  const send = (client: PoolClient, statement: Statement): Promise<Result> => {
    const { text, values } = toQuery(statement);
    const name = nameOf(text);
    const query = { text, values: values as unknown[], rowMode: "array" as const, ...(name ? { name } : {}) };
    return client.query(query) as unknown as Promise<Result>;
  };

  async function transaction(client: PoolClient, statements: readonly Statement[]): Promise<Result[]> {
    const begun = client.query("BEGIN");
    const sent = statements.map((statement) => send(client, statement));
    // After a failed statement it undoes everything.
    const ended = client.query("COMMIT");
    const answers = await Promise.allSettled([begun, ...sent, ended]);
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed) throw failed.reason;
    return Promise.all(sent);
  }

  async function once(statements: readonly Statement[]): Promise<Result[]> {
    const client = await pool.connect();
    let failure: unknown;
    try {
      const [only] = statements;
      return statements.length === 1 && only ? [await send(client, only)] : await transaction(client, statements);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      client.release(failure !== undefined && translated(failure) instanceof StoreUnavailableError);
    }
  }

  return async function run(statements: readonly Statement[]): Promise<Result[]> {
    if (statements.length === 0) return [];
    for (let deadlocks = 0; ; deadlocks++) {
      try {
        return await once(statements);
      } catch (error) {
        if (!isDeadlock(error) || deadlocks >= MAX_DEADLOCKS) throw translated(error);
      }
    }
  };
}

function poolOf({ url, schema }: PostgresTarget, max: number, more: PoolConfig = {}): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: "waybell",
    options: `-c search_path=${schema.replaceAll(/[\\ ]/g, "\\$&")}`,
    ...more,
  });
  // An idle connection that breaks is replaced at the next use.
  pool.on("error", () => {});
  // One that breaks while it is in use fails its queries; without a listener it would end the process as well.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** A lock of the database, held by a connection of its own while the work asks on others; first within this process. */
function createExclusive(pool: Pool): Database["exclusive"] {
  const alone = oneAtATime();
  return (name, work) =>
    alone(name, async () => {
      const client = await pool.connect().catch((error) => Promise.reject(translated(error)));
      let broken = true;
      try {
        await client.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [name]);
        const result = await work();
        await client.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [name]);
        broken = false;
        return result;
      } finally {
        // Closing the connection gives the lock back as well.
        client.release(broken);
      }
    });
}

async function migrated(target: PostgresTarget): Promise<void> {
  const client = new Client({ connectionString: target.url, connectionTimeoutMillis: CONNECT_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    if ((rows[0]?.version ?? 0) < OLDEST) throw new Error("Waybell needs PostgreSQL 15 or newer.");
    await client.query(`SET search_path TO ${client.escapeIdentifier(target.schema)}`);
    await migratePostgres(client, target.schema);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where the database is, without the password, for messages. */
export function describePostgres(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL ${hostname}:${port || 5432}${pathname}`;
}

/**
 * Opens the database (`postgresql://user:password@host/name?schema=waybell`) and brings it to the newest schema, safe when
 * many processes start at once. `nowSql`: another clock, for tests. Throws StoreUnavailableError when it cannot be reached.
 */
export async function openPostgres(
  url: string,
  { nowSql = NOW }: { readonly nowSql?: string } = {},
): Promise<Database> {
  const target = postgresTarget(url);
  try {
    await migrated(target);
  } catch (error) {
    // What PostgreSQL or the network says: no such user or database, nobody there. Others are sentences of our own.
    const { code } = error as PostgresError;
    if (!(error instanceof Error) || (code === undefined && !CUT.test(error.message))) throw error;
    const message = `${describePostgres(url)} cannot be used (${error.message}). DATABASE_URL names it.`;
    throw new StoreUnavailableError("other", message, error);
  }
  const pools = {
    road: poolOf(target, CONNECTIONS.road, { types: PLAIN, query_timeout: ANSWER_MS, pipeline: true } as PoolConfig),
    prisma: poolOf(target, CONNECTIONS.prisma, { query_timeout: ANSWER_MS }),
    locks: poolOf(target, CONNECTIONS.locks),
  };
  const adapter = new PrismaPg(pools.prisma, { schema: target.schema });
  const prisma = new PrismaClient({ adapter });
  const run = createRunner(pools.road);
  const cells = async (statements: readonly Statement[]) => (await run(statements)).map(cellOf);
  const ask = async <T>(statement: Statement) => ((await cells([statement]))[0] ?? null) as T;
  return {
    kind: "postgresql",
    nowSql,
    // Both clients are made from the same template: what differs is what neither is asked for.
    prisma: prisma as unknown as SqlitePrismaClient,
    async batch(statements) {
      await run(statements);
    },
    batchJson: cells,
    json: (sql, ...args) => ask({ sql, args }),
    jsonOf: ask,
    exclusive: createExclusive(pools.locks),
    async close() {
      await prisma.$disconnect();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}
