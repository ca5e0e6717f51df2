import type { PrismaClient } from "./generated/sqlite/client.js";

export type SqlValue = string | number | boolean | null | Uint8Array;

/** SQL in the words of `sql.ts` with its values; a list of texts is one value, for `each(?)`. */
export interface PlainStatement {
  readonly sql: string;
  readonly args: readonly (SqlValue | readonly string[])[];
}

export type ColumnType = "text" | "integer";

/** SQL with `:rows`: any number of them, all their values in one list. */
export interface RowsStatement {
  readonly sql: string;
  readonly columns: readonly ColumnType[];
  readonly values: readonly SqlValue[];
}

/** SQL with `:table`: rows that are there together. */
export interface TableStatement {
  readonly sql: string;
  readonly columns: readonly ColumnType[];
  readonly table: readonly (readonly SqlValue[])[];
  readonly args?: PlainStatement["args"];
}

export type Statement = PlainStatement | RowsStatement | TableStatement;

/** One database, whichever it is: SQLite in a file of this process alone, or PostgreSQL that many share. */
export interface Database {
  readonly kind: "sqlite" | "postgresql";
  /** SQL of the time by which claims and leases go, in epoch ms; null: they go by the clock of the one process. */
  readonly nowSql: string | null;
  /** Model methods, for all but the hot road. Prisma's transactions are off: see `batch`. */
  readonly prisma: PrismaClient;
  /** Runs the statements in one transaction with one fsync. Throws StoreUnavailableError; then none has happened. */
  batch(statements: readonly Statement[]): Promise<void>;
  /**
   * Like `batch`, and returns of each statement the JSON text in its first cell, parsed; of one that returns nothing how
   * many rows it has changed; undefined where there is no row.
   */
  batchJson(statements: readonly Statement[]): Promise<unknown[]>;
  /** Runs one query whose only cell is JSON text, and parses it: far cheaper than rows of many cells. */
  json<T>(sql: string, ...args: PlainStatement["args"]): Promise<T>;
  /** As `json`, of a statement of any kind. */
  jsonOf<T>(statement: Statement): Promise<T>;
  /** Where the last write found no room: throws StoreUnavailableError until there is some again. */
  findRoom(): Promise<void>;
  /**
   * Empties the log, in which what was deleted still stands: in the file it is overwritten as it is deleted. In PostgreSQL
   * both are autovacuum's work, which does it in its own time. Throws StoreUnavailableError where that cannot be.
   */
  overwriteDeleted(): Promise<void>;
  /** Runs the work while nobody else does work of the same name, in any process that shares the database. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
