import cluster from "node:cluster";
import { setFlagsFromString } from "node:v8";
import type { Role } from "../app-road.js";
import { systemClock } from "../clock.js";
import { type Config, readConfig } from "../config.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { sharedMetrics } from "./process-metrics.js";
import { runProcesses } from "./processes.js";

const STOP_MS = 10_000;
/** Time for the last lines of the log; what still holds the process after it is a connection that nobody waits for. */
const LINGER_MS = 500;
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;
/**
 * V8 lets the heap grow to several times of what lives in it before it looks for garbage, on machines with much memory.
 * So much at most keeps the resident set below 400 MiB, at next to no cost in speed (docs/decisions.md).
 */
const HEAP_GROWTH = "--heap-growing-percent=20";
/**
 * The room for young objects that `npm start` gives is the main thread's alone, which has its heap by now. Left as it is,
 * the flag overrules what the database's thread is given: 40 MiB more that hold nothing.
 */
const ROOM_OF_THREADS = "--max-semi-space-size=0";
type StopSignal = keyof typeof EXIT_BY_SIGNAL;

export interface ServeOptions {
  readonly role: Role;
  readonly concurrency?: number;
  /** 1 when left out. */
  readonly processes?: number;
}

/** Resolves at the first signal to stop; the second ends the process at once. */
function stopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        // A terminal interrupts all processes of the group; the one that runs the others then asks them to stop.
        if (name === "SIGINT" && cluster.isWorker) return;
        if (asked) process.exit(EXIT_BY_SIGNAL[name]);
        asked = true;
        resolve(name);
      });
    }
  });
}

/** A SQLite file belongs to one process. */
function checkTogether({ database }: Config, { role, processes = 1 }: ServeOptions): void {
  if (database.kind !== "sqlite") return;
  const needs = "needs DATABASE_URL=postgresql://… and REDIS_URL: a SQLite file serves one process only";
  if (role !== "all") throw new CliError(EXIT.usage, `--role ${role} ${needs}.`);
  if (processes > 1) throw new CliError(EXIT.usage, `--processes ${processes} ${needs}.`);
}

/**
 * Lets the process end with its exit code: the channel to the one that runs it, and connections that nobody waits for, would
 * keep it for ever.
 */
function leave(): void {
  setTimeout(() => process.exit(), LINGER_MS).unref();
  cluster.worker?.disconnect();
}

/** `waybell serve`: runs until a signal, then stops within 10 s. Throws what keeps it from starting. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  for (const flag of [HEAP_GROWTH, ROOM_OF_THREADS]) setFlagsFromString(flag);
  const config = readConfig();
  checkTogether(config, options);
  const { processes = 1 } = options;
  const stopped = stopSignal();
  if (processes > 1 && cluster.isPrimary) return runProcesses(processes, stopped, STOP_MS);
  const { startService } = await import("../app.js");
  const together = cluster.isWorker ? sharedMetrics : undefined;
  const { role, concurrency } = options;
  const service = await startService(config, { role, concurrency, together }).catch((error) => {
    leave();
    throw error;
  });
  // Beside the log, which may leave it out (LOG_LEVEL) or be read by programs alone.
  process.stderr.write(`Waybell listens on ${service.url} (API page: ${service.url}/docs)\n`);
  await stopped;
  const cancel = systemClock.after(STOP_MS, () => {
    process.stderr.write("Stopping took longer than 10 s: what was on its way is tried again at the next start.\n");
    process.exit(EXIT.refused);
  });
  await service.close();
  cancel();
  leave();
  return EXIT.fine;
}

/** `waybell migrate`: opens the database, which brings it to the newest schema, and closes it. */
export async function migrateDatabase(): Promise<ExitCode> {
  const { database: target } = readConfig();
  const { openDatabase } = await import("../store/open-database.js");
  const database = await openDatabase(target);
  await database.close();
  const name = target.kind === "sqlite" ? target.file : "The PostgreSQL";
  process.stdout.write(`${name} is at the newest schema.\n`);
  return EXIT.fine;
}
