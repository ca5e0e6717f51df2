import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../clock.js";
import { type Client, createClient } from "../client.js";
import { CliError, EXIT } from "../fail.js";

const START_MS = 30_000;
const STOP_MS = 12_000;
const POLL_MS = 50;
const LOG_LINES = 20;

/** Looks again and again, for what can only be seen by looking. Throws what `onTimeout` makes of it. */
export async function until(
  seen: () => boolean | Promise<boolean>,
  ms: number,
  signal: AbortSignal,
  onTimeout: () => Error,
): Promise<void> {
  const deadline = systemClock.monotonic() + ms;
  while (!(await seen())) {
    signal.throwIfAborted();
    if (systemClock.monotonic() > deadline) throw onTimeout();
    await new Promise<void>((resolve) => systemClock.after(POLL_MS, resolve));
  }
}

/** The service, as a process of its own. */
export interface Service {
  readonly client: Client;
  readonly url: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function logTail(file: string): string {
  if (!existsSync(file)) return "";
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-LOG_LINES).join("\n");
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  await new Promise<void>((resolve) => {
    const cancel = systemClock.after(STOP_MS, () => child.kill("SIGKILL"));
    child.once("exit", () => {
      cancel();
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** Starts `waybell serve` on a database in `folder` and a free port, and waits until it is ready. */
export async function startService(
  folder: string,
  key: string,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Service> {
  const logFile = join(folder, "service.log");
  const log = createWriteStream(logFile);
  // Its own environment alone: what the user has set for another Waybell must not reach this one.
  const env = { PORT: "0", ADMIN_KEY: key, DATABASE_URL: `file:${join(folder, "data", "waybell.db")}`, ...settings };
  const cli = fileURLToPath(new URL("../../cli.js", import.meta.url));
  const child = spawn(process.execPath, [cli, "serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const stop = async () => {
    await stopChild(child);
    process.off("exit", killAtExit);
    log.end();
  };
  const serverFile = join(folder, "data", "server.json");
  const failed = () => new CliError(EXIT.refused, `The service did not start. Its last lines:\n${logTail(logFile)}`);
  let client: Client | null = null;
  try {
    await until(() => ended(child) || existsSync(serverFile), START_MS, signal, failed);
    if (ended(child)) throw failed();
    const { url } = JSON.parse(readFileSync(serverFile, "utf8")) as { url: string };
    const ready = createClient({ url, key });
    client = ready;
    const answers = () =>
      ready.request("GET", "/readyz").then(
        () => true,
        () => ended(child),
      );
    await until(answers, START_MS, signal, failed);
    if (ended(child)) throw failed();
    return { client: ready, url, logFile, stop: () => ready.close().then(stop) };
  } catch (error) {
    await client?.close();
    await stop();
    throw error;
  }
}
