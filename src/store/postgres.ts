import { PrismaPg } from "@prisma/adapter-pg";
import type { Pool, PoolClient } from "pg";
import { StoreUnavailableError } from "../errors.js";
import type { Database, Statement } from "./database.js";
import { PrismaClient } from "./generated/postgresql/client.js";
import type { PrismaClient as SqlitePrismaClient } from "./generated/sqlite/client.js";
import { migratePostgres } from "./migrate-postgres.js";
import { CUT, isDeadlock, lacksRoom, type PostgresError, translated, translatedPrisma } from "./postgres-errors.js";
import { createRoom } from "./postgres-room.js";
import {
  BOUNDS,
  createExclusive,
  migratingClient,
  type PostgresTarget,
  poolsOf,
  type SessionBounds,
} from "./postgres-sessions.js";
import { toQuery } from "./postgres-values.js";

/** Statements that a connection keeps prepared. */
const MAX_NAMED = 300;
const OLDEST = 150_000;
/** Two transactions that wait for each other are undone, one of them: it is run again. */
const MAX_DEADLOCKS = 5;

/** Takes `?schema=` out of the address, which PostgreSQL itself does not know. */
export function postgresTarget(url: string): PostgresTarget {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") || "public";
  parsed.searchParams.delete("schema");
  return { url: parsed.href, schema };
}

/** The database's clock, which all processes share. */
const NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";

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

/** Runs statements on one connection: all are sent at once, and answered in their order. `onNoRoom`: the disk is full. */
function createRunner(pool: Pool, onNoRoom: () => void) {
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
        if (lacksRoom(error)) onNoRoom();
        if (!isDeadlock(error) || deadlocks >= MAX_DEADLOCKS) throw translated(error);
      }
    }
  };
}

async function migrated(target: PostgresTarget, bounds: SessionBounds): Promise<void> {
  const client = migratingClient(target, bounds);
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
 * many processes start at once. `nowSql` and `bounds`: other ones, for tests. Throws StoreUnavailableError when it cannot
 * be reached.
 */
export async function openPostgres(
  url: string,
  { nowSql = NOW, bounds = BOUNDS }: { readonly nowSql?: string; readonly bounds?: SessionBounds } = {},
): Promise<Database> {
  const target = postgresTarget(url);
  try {
    await migrated(target, bounds);
  } catch (error) {
    // What PostgreSQL or the network says: no such user or database, nobody there. Others are sentences of our own.
    const { code } = error as PostgresError;
    if (!(error instanceof Error) || (code === undefined && !CUT.test(error.message))) throw error;
    const message = `${describePostgres(url)} cannot be used (${error.message}). DATABASE_URL names it.`;
    throw new StoreUnavailableError("other", message, error);
  }
  const pools = poolsOf(target, bounds);
  const adapter = new PrismaPg(pools.prisma, { schema: target.schema });
  const prisma = new PrismaClient({ adapter });
  const reads = prisma.$extends({
    query: {
      $allOperations: ({ args, query }) =>
        query(args).catch((error: unknown) => {
          throw translatedPrisma(error);
        }),
    },
  });
  const room = createRoom((statements) => run(statements));
  const run = createRunner(pools.road, room.miss);
  const cells = async (statements: readonly Statement[]) => (await run(statements)).map(cellOf);
  const ask = async <T>(statement: Statement) => ((await cells([statement]))[0] ?? null) as T;
  let closed: Promise<void> | undefined;
  async function end(): Promise<void> {
    await prisma.$disconnect().finally(() => Promise.all(Object.values(pools).map((pool) => pool.end())));
  }
  return {
    kind: "postgresql",
    nowSql,
    // Both clients are made from the same template: what differs is what neither is asked for.
    prisma: reads as unknown as SqlitePrismaClient,
    async batch(statements) {
      await run(statements);
    },
    batchJson: cells,
    json: (sql, ...args) => ask({ sql, args }),
    jsonOf: ask,
    findRoom: room.find,
    overwriteDeleted: async () => {},
    exclusive: createExclusive(pools.locks, bounds.lockMs),
    close() {
      closed ??= end();
      return closed;
    },
  };
}
