import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testEnvironment, until } from "./service.js";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The built service as a process of its own. */
export interface Served {
  readonly url: string;
  /** Ends it without a word, as a power cut does. */
  kill(): Promise<void>;
  /** Asks it to stop; what it exited with, and after how long. */
  stop(): Promise<{ code: number | null; ms: number }>;
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

/** Starts `waybell serve` on the files in `folder`, and waits until it is ready. */
export async function serve(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Served> {
  if (!existsSync(CLI)) throw new Error("dist/cli.js is missing: run npm run build first");
  const serverFile = join(folder, "server.json");
  rmSync(serverFile, { force: true });
  const child = spawn(process.execPath, [CLI, "serve"], {
    env: { ...testEnvironment(folder), LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-50_000);
    });
  }
  await until(() => existsSync(serverFile) || child.exitCode !== null, 30_000, "the start of the service");
  if (child.exitCode !== null) throw new Error(`the service did not start:\n${text}`);
  const { url } = JSON.parse(readFileSync(serverFile, "utf8")) as { url: string };
  return {
    url,
    output: () => text,
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
