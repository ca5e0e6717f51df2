import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Client, type InValue, type Config as LibSqlConfig, LibsqlError } from "@libsql/client";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { StoreUnavailableError } from "../errors.js";
import { PrismaClient } from "./generated/client.js";
import { migrate } from "./migrate.js";

export type SqlValue = InValue;

export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}

export interface Database {
  /** Model methods, for all but the hot road. Prisma transactions are refused: see `SingleConnectionAdapter`. */
  readonly prisma: PrismaClient;
  /** Runs the statements in one transaction with one fsync. Throws StoreUnavailableError; then none has happened. */
  batch(statements: readonly Statement[]): Promise<void>;
  /** Like `batch`, and returns of each statement the JSON text in its first cell, parsed; undefined where there is none. */
  batchJson(statements: readonly Statement[]): Promise<unknown[]>;
  /** Runs one query whose only cell is JSON text, and parses it: far cheaper than rows of many cells. */
  json<T>(sql: string, ...args: SqlValue[]): Promise<T>;
  close(): Promise<void>;
}

/**
 * libsql gives its connection away to each interactive transaction and opens another for everybody else; the first then
 * holds the write lock while the second, in the same thread, waits for it with the event loop stopped. So all work goes
 * through one connection, `client.batch` makes what belongs together atomic, and transactions of Prisma are refused.
 */
class SingleConnectionAdapter extends PrismaLibSql {
  client: Client | undefined;

  override createClient(config: LibSqlConfig): Client {
    this.client = super.createClient(config);
    return this.client;
  }

  override async connect(): ReturnType<PrismaLibSql["connect"]> {
    const adapter = await super.connect();
    adapter.startTransaction = () => Promise.reject(new Error("Prisma transactions are off: use Database.batch"));
    return adapter;
  }
}

function unavailable(error: unknown): unknown {
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
  return error;
}

// SQLite decodes such an escape to bytes that are no UTF-8, and libsql ends the whole process when it reads those back.
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON as SQLite may decode it: half a character, which is no text, becomes U+FFFD. */
function readable(value: SqlValue): SqlValue {
  if (typeof value !== "string" || !/^[[{]/.test(value) || !value.includes("\\ud")) return value;
  return value.replace(LONE_SURROGATE, "$1\\ufffd");
}

function claimFile(file: string): void {
  const descriptor = openSync(`${file}.lock`, "w");
  writeSync(descriptor, `${process.pid}\n`);
  closeSync(descriptor);
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
export async function openDatabase(file: string): Promise<Database> {
  mkdirSync(dirname(file), { recursive: true });
  const adapter = new SingleConnectionAdapter({ url: `file:${file}`, intMode: "number", timeout: 0 } as LibSqlConfig);
  const prisma = new PrismaClient({ adapter });
  await prisma.$connect();
  const client = adapter.client;
  if (!client) throw new Error("the libsql adapter made no client");
  try {
    // In this mode no other process can open the file, and no shared memory is needed for the log.
    await client.execute("PRAGMA locking_mode = EXCLUSIVE");
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("PRAGMA synchronous = FULL");
    await client.execute("PRAGMA cache_size = -32000");
    await client.execute("PRAGMA wal_autocheckpoint = 4000");
    await client.execute("BEGIN IMMEDIATE");
    await client.execute("COMMIT");
  } catch (error) {
    await prisma.$disconnect();
    const reason = unavailable(error);
    if (reason instanceof StoreUnavailableError && reason.reason === "busy") {
      const message = `${file} is in use by process ${holderOf(file)}: only one service can open it.`;
      throw new StoreUnavailableError("busy", message, error);
    }
    throw reason;
  }
  claimFile(file);
  await migrate(client);
  return createDatabase(client, prisma);
}

function createDatabase(client: Client, prisma: PrismaClient): Database {
  async function run(statements: readonly Statement[]) {
    try {
      return await client.batch(
        statements.map(({ sql, args }) => ({ sql, args: args.map(readable) })),
        "write",
      );
    } catch (error) {
      throw unavailable(error);
    }
  }
  return {
    prisma,
    async batch(statements) {
      await run(statements);
    },
    async batchJson(statements) {
      const results = await run(statements);
      return results.map(({ rows }) => {
        const cell = rows[0]?.[0];
        return typeof cell === "string" ? JSON.parse(cell) : undefined;
      });
    },
    async json<T>(sql: string, ...args: SqlValue[]): Promise<T> {
      try {
        const { rows } = await client.execute({ sql, args: args.map(readable) });
        return JSON.parse(String(rows[0]?.[0] ?? "null")) as T;
      } catch (error) {
        throw unavailable(error);
      }
    },
    async close() {
      if (client.closed) return;
      // libsql keeps the file open until its statements are collected; an exclusive lock can be given back only
      // outside of WAL, at the next read.
      await client.execute("PRAGMA journal_mode = DELETE");
      await client.execute("PRAGMA locking_mode = NORMAL");
      await client.execute("SELECT count(*) FROM meta");
      await prisma.$disconnect();
    },
  };
}
