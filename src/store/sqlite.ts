import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Config as LibSqlConfig, LibsqlError } from "@libsql/client";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { StoreUnavailableError, UniqueError } from "../errors.js";
import type { ColumnType, Database, PlainStatement, SqlValue, Statement } from "./database.js";
import { PrismaClient } from "./generated/sqlite/client.js";
import { migrateSqlite } from "./migrate-sqlite.js";
import { oneAtATime } from "./one-at-a-time.js";
import { toSqlite } from "./sql.js";
import { createSqliteClient, type SqliteClient, type SqliteStatement } from "./sqlite-client.js";

/**
 * All work goes through one connection in a thread of its own: libsql would give its connection away to each interactive
 * transaction and open another for everybody else, which then waits for the first one's lock. `client.write` makes what
 * belongs together atomic, and transactions of Prisma are refused.
 */
class SingleConnectionAdapter extends PrismaLibSql {
  client: SqliteClient | undefined;

  override createClient({ url }: LibSqlConfig): SqliteClient {
    this.client = createSqliteClient(url.slice("file:".length));
    return this.client;
  }

  override async connect(): ReturnType<PrismaLibSql["connect"]> {
    const adapter = await super.connect();
    adapter.startTransaction = () => Promise.reject(new Error("Prisma transactions are off: use Database.batch"));
    return adapter;
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof LibsqlError)) return error;
  if (error.code === "SQLITE_FULL") {
    return new StoreUnavailableError("full", "The database has no room left: free disk space, then try again.", error);
  }
  if (error.code === "SQLITE_BUSY" || error.code === "SQLITE_LOCKED") {
    return new StoreUnavailableError("busy", "The database is in use by another process.", error);
  }
  if (["SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN"].includes(error.code)) {
    return new StoreUnavailableError("other", `The database cannot be written (${error.code}).`, error);
  }
  const isTwice = /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(error.extendedCode ?? "");
  return isTwice ? new UniqueError(error) : error;
}

function claimFile(file: string): void {
  const descriptor = openSync(`${file}.lock`, "w", 0o600);
  writeSync(descriptor, `${process.pid}\n`);
  closeSync(descriptor);
}

/** Makes the file if there is none, for its owner alone: it holds addresses, comments and signatures. */
function makePrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
}

function holderOf(file: string): string {
  try {
    return readFileSync(`${file}.lock`, "utf8").trim();
  } catch {
    return "unknown";
  }
}

/**
 * Opens the SQLite file, makes it when there is none, and brings it to the newest schema. The file is locked for this
 * process alone until `close`; the lock goes with the process, however it ends. `<file>.lock` says who holds it.
 */
export async function openSqlite(file: string): Promise<Database> {
  mkdirSync(dirname(file), { recursive: true });
  makePrivate(file);
  const adapter = new SingleConnectionAdapter({ url: `file:${file}` });
  const prisma = new PrismaClient({ adapter });
  await prisma.$connect();
  const client = adapter.client;
  if (!client) throw new Error("the libsql adapter made no client");
  try {
    // In this mode no other process can open the file, and no shared memory is needed for the log.
    await client.execute("PRAGMA locking_mode = EXCLUSIVE");
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("PRAGMA synchronous = FULL");
    // What is deleted is overwritten, and pages that come free: a purge must leave no personal data in them.
    await client.execute("PRAGMA secure_delete = ON");
    await client.execute("PRAGMA cache_size = -8000");
    await client.execute("PRAGMA wal_autocheckpoint = 4000");
    await client.execute("BEGIN IMMEDIATE");
    await client.execute("COMMIT");
  } catch (error) {
    await prisma.$disconnect();
    await client.ended;
    const reason = translated(error);
    if (reason instanceof StoreUnavailableError && reason.reason === "busy") {
      const message = `${file} is in use by process ${holderOf(file)}: only one service can open it.`;
      throw new StoreUnavailableError("busy", message, error);
    }
    const message = `${file} cannot be opened as a database (${(error as Error).message}). DATABASE_URL names it.`;
    throw new StoreUnavailableError("other", message, error);
  }
  claimFile(file);
  await migrateSqlite(client);
  return createDatabase(client, prisma);
}

/** The columns of a `:table`, read out of JSON. */
function tableSql(columns: readonly ColumnType[], parameter: number): string {
  return `SELECT ${columns.map((_type, at) => `value ->> ${at}`).join(", ")} FROM json_each(?${parameter})`;
}

const bound = (args: PlainStatement["args"]): SqlValue[] =>
  args.map((value) => (Array.isArray(value) ? JSON.stringify(value) : (value as SqlValue)));

function toStatement(statement: Statement): SqliteStatement {
  if ("table" in statement) {
    const { columns, table, args = [] } = statement;
    const sql = toSqlite(statement.sql).replace(":table", tableSql(columns, args.length + 1));
    return { sql, args: [...bound(args), JSON.stringify(table)] };
  }
  const sql = toSqlite(statement.sql);
  if ("values" in statement) return { sql, width: statement.columns.length, values: statement.values };
  return { sql, args: bound(statement.args) };
}

const parsed = (cell: unknown): unknown => (typeof cell === "string" ? JSON.parse(cell) : cell);

function createDatabase(client: SqliteClient, prisma: PrismaClient): Database {
  async function write(statements: readonly Statement[]) {
    try {
      return await client.write(statements.map(toStatement));
    } catch (error) {
      throw translated(error);
    }
  }
  async function ask<T>(statement: Statement): Promise<T> {
    const made = toStatement(statement);
    if ("width" in made) throw new Error("A query takes its rows as :table.");
    try {
      return JSON.parse(String((await client.query(made)) ?? "null")) as T;
    } catch (error) {
      throw translated(error);
    }
  }
  return {
    kind: "sqlite",
    nowSql: null,
    prisma,
    async batch(statements) {
      await write(statements);
    },
    batchJson: async (statements) => (await write(statements)).map(parsed),
    json: (sql, ...args) => ask({ sql, args }),
    jsonOf: ask,
    // Every write goes into the log first, and finds out by itself.
    findRoom: async () => {},
    async overwriteDeleted() {
      // The file's pages are overwritten with the commit; what they held before stands in the log until it is emptied.
      const isBusy = await ask<number>({ sql: "PRAGMA wal_checkpoint(TRUNCATE)", args: [] });
      if (isBusy !== 0)
        throw new StoreUnavailableError(
          "busy",
          "The database's log cannot be emptied now: the purge goes on by itself later.",
          null,
        );
    },
    exclusive: oneAtATime(),
    async close() {
      if (client.closed) return;
      // libsql keeps the file open until its statements are collected; an exclusive lock can be given back only
      // outside of WAL, at the next read.
      await client.execute("PRAGMA journal_mode = DELETE");
      await client.execute("PRAGMA locking_mode = NORMAL");
      await client.execute("SELECT count(*) FROM meta");
      await prisma.$disconnect();
      await client.ended;
    },
  };
}
