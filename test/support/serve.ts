import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { testEnvironment, until } from "./service.js";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The built service as a process of its own. */
export interface Served {
  readonly url: string;
  readonly pid: number;
  /** Ends it without a word, as a power cut does. */
  kill(): Promise<void>;
  /** Asks it to stop; what it exited with, and after how long. */
  stop(): Promise<{ code: number | null; ms: number }>;
  /** Freezes it (SIGSTOP) or lets it go on (SIGCONT). */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** All that it has written to its log and to the terminal. */
  output(): string;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

async function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

/** Ends every service that a test has left running. */
export async function killAll(): Promise<void> {
  for (const child of running) {
    child.kill("SIGKILL");
    await exited(child);
  }
}

/** Starts `waybell serve` on the files in `folder`, and waits until it is ready; `under`: a command that runs it. */
export function serve(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
): Promise<Served> {
  return serveWith([], { ...testEnvironment(folder), LOG_LEVEL: "warn", ...env }, under);
}

/** Starts `waybell serve` with these arguments and nothing but this environment, and waits until it is ready. */
export async function serveWith(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  under: readonly string[] = [],
): Promise<Served> {
  if (!existsSync(CLI)) throw new Error("dist/cli.js is missing: run npm run build first");
  const [program = process.execPath, ...before] = [...under, process.execPath, CLI, "serve", ...args];
  const child = spawn(program, before, { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let text = "";
  let url: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-50_000);
      url ??= /Waybell listens on (\S+)/.exec(text)?.[1];
    });
  }
  await until(() => url !== undefined || child.exitCode !== null, 60_000, "the start of the service");
  if (url === undefined) throw new Error(`the service did not start:\n${text}`);
  return {
    url,
    pid: child.pid ?? 0,
    output: () => text,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill("SIGKILL");
      await exited(child);
    },
    async stop() {
      const start = performance.now();
      child.kill("SIGTERM");
      const code = await exited(child);
      return { code, ms: performance.now() - start };
    },
  };
}
