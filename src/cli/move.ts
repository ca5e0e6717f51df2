import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../clock.js";
import { type MoveConfig, readMoveConfig } from "../config.js";
import { StoreUnavailableError } from "../errors.js";
import type { Database } from "../store/database.js";
import { undoMove } from "../store/moves.js";
import { createSecrets, keyFileIn, openedKeys } from "../store/secrets.js";
import { type Counted, type Transferred, transfer } from "../store/transfer.js";
import { print, printJson, printTable } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { interruptSignal } from "./interrupt.js";
import { count, createProgress, shortDuration } from "./progress.js";

export interface MoveOptions {
  readonly from?: string;
  readonly to?: string;
  readonly undo: boolean;
  readonly json: boolean;
}

/** A database that does not open, told by the option that names it. */
function refused(error: unknown, option: string, more: string): unknown {
  if (!(error instanceof StoreUnavailableError)) return error;
  const message = error.message.replace("DATABASE_URL", option);
  return new StoreUnavailableError(error.reason, error.reason === "busy" ? message + more : message, error);
}

async function openFile(file: string): Promise<Database> {
  if (!existsSync(file)) throw new CliError(EXIT.usage, `There is no file ${file}.`);
  const { openSqlite } = await import("../store/sqlite.js");
  return openSqlite(file).catch((error) => {
    throw refused(error, "--from", " Stop that service first: what it changes meanwhile would not be moved.");
  });
}

async function openTarget(url: string) {
  const { openPostgres, describePostgres, postgresTarget } = await import("../store/postgres.js");
  const { schema } = postgresTarget(url);
  const database = await openPostgres(url).catch((error) => {
    throw refused(error, "--to", "");
  });
  return { database, name: `${describePostgres(url)}${schema === "public" ? "" : `, schema ${schema}`}` };
}

/** What the secrets of the file open with; throws CliError when the environment has no keys. */
function secretsOf({ file, secretsKeys }: MoveConfig) {
  if (secretsKeys) return createSecrets(secretsKeys);
  const keys = keyFileIn(dirname(file));
  const how = existsSync(keys)
    ? `The file's keys are in ${keys}; take them over with: export SECRETS_KEYS="$(paste -sd, '${keys}')"`
    : "Set it to the keys that the service on the file has.";
  throw new CliError(
    EXIT.usage,
    `SECRETS_KEYS is not set: passwords are moved as they are, and every process on the PostgreSQL needs the keys that open them. ${how}`,
  );
}

function printCounts(tables: readonly Counted[], from: string, to: string): void {
  const columns = [
    { title: "table" },
    ...[from, to].map((title) => ({ title, align: "right" as const, shrink: true })),
    { title: "" },
  ];
  const rows = tables.map(({ table, source, target }) => [
    table,
    count(source),
    count(target),
    source === target ? "same" : "DIFFERS",
  ]);
  printTable(columns, rows);
}

function sum(tables: readonly Counted[]): number {
  return tables.reduce((all, { target }) => all + target, 0);
}

/** Says what came of it; the exit code. */
function tell(moved: Transferred, file: string, name: string, ms: number, json: boolean): ExitCode {
  const { tables, already, resumed, equal } = moved;
  if (json) {
    const ended = { from: file, to: name, already, resumed, equal, seconds: Math.round(ms / 100) / 10 };
    printJson({ ...ended, tables });
    return equal ? EXIT.fine : EXIT.refused;
  }
  if (already) {
    print(`${file} was moved to ${name} before: there is nothing to do.`);
    return EXIT.fine;
  }
  printCounts(tables, "in the file", "in the PostgreSQL");
  if (!equal) {
    process.stderr.write(
      `The tables differ: ${name} is not served. Empty it (DROP SCHEMA … CASCADE), move again, and tell of it.\n`,
    );
    return EXIT.refused;
  }
  print(
    `\n${count(sum(tables))} rows are in ${name} (${shortDuration(ms)}). Serve it with DATABASE_URL, REDIS_URL, SECRETS_KEYS and ADMIN_KEY.\n${file} is not served any more; keep it until you have seen the PostgreSQL at work.`,
  );
  return EXIT.fine;
}

async function undo(file: string): Promise<ExitCode> {
  const source = await openFile(file);
  const note = await undoMove(source).finally(() => source.close());
  print(
    note
      ? `${file} can be served again. Let nothing be served from ${note.to}: what waits would be sent from both.`
      : `${file} was not moved: it can be served.`,
  );
  return EXIT.fine;
}

async function move(config: MoveConfig, url: string, json: boolean): Promise<ExitCode> {
  const secrets = secretsOf(config);
  const { file } = config;
  const began = systemClock.monotonic();
  const source = await openFile(file);
  try {
    await openedKeys(source, secrets);
    const { database: target, name } = await openTarget(url);
    const progress = createProgress({ stream: process.stderr, clock: systemClock, unit: "rows" });
    try {
      const moved = await transfer({
        source,
        target,
        from: file,
        to: name,
        clock: systemClock,
        onProgress: (rows, fraction, table) => progress.update(rows, fraction, table),
        signal: interruptSignal(),
      });
      progress.finish();
      return tell(moved, file, name, systemClock.monotonic() - began, json);
    } catch (error) {
      progress.finish();
      throw refused(error, "--to", " Run the same command again: it goes on where it was.");
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** `waybell migrate --from … --to …`: moves a SQLite file to a PostgreSQL, or takes that back. Throws CliError. */
export async function runMove({ from, to, undo: back, json }: MoveOptions): Promise<ExitCode> {
  if (from === undefined) throw new CliError(EXIT.usage, "--from is missing: the SQLite file, file:data/waybell.db.");
  const config = readMoveConfig({ from, to });
  if (back) {
    if (to !== undefined) throw new CliError(EXIT.usage, "--undo needs --from alone.");
    return undo(config.file);
  }
  if (config.url === null) {
    throw new CliError(EXIT.usage, "--to is missing: the PostgreSQL, postgresql://user:password@host/name.");
  }
  return move(config, config.url, json);
}
