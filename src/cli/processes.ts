import cluster, { type Worker } from "node:cluster";
import { systemClock } from "../clock.js";
import { EXIT, type ExitCode } from "./fail.js";
import { shareMetrics } from "./process-metrics.js";

/** A process that ends sooner after its start than this has a reason that lasts. */
const SOON_MS = 5_000;
const AGAIN_MS = 1_000;

/**
 * Runs `count` processes of this program on one port until `stopped`, and starts one anew that ends by itself. One that
 * ends right after its start ends all: the exit code is its.
 */
export async function runProcesses(count: number, stopped: Promise<unknown>, stopMs: number): Promise<ExitCode> {
  let stopping = false;
  const started = new Map<Worker, number>();
  const ended = new Promise<ExitCode>((resolve) => {
    cluster.on("exit", (worker, code, signal) => {
      const lived = systemClock.monotonic() - (started.get(worker) ?? 0);
      started.delete(worker);
      if (stopping) {
        if (started.size === 0) resolve(EXIT.fine);
        return;
      }
      process.stderr.write(`Process ${worker.process.pid} ended (${signal ?? code}).\n`);
      if (code !== 0 && signal === null && lived < SOON_MS) resolve((code as ExitCode) ?? EXIT.refused);
      else systemClock.after(AGAIN_MS, () => !stopping && start());
    });
  });

  function start(): void {
    started.set(cluster.fork(), systemClock.monotonic());
  }

  shareMetrics();
  for (let at = 0; at < count; at++) start();
  const code = await Promise.race([ended, stopped.then(() => null)]);
  stopping = true;
  for (const { process: child } of started.keys()) child.kill("SIGTERM");
  if (started.size > 0) {
    const cancel = systemClock.after(stopMs + AGAIN_MS, () => {
      for (const { process: child } of started.keys()) child.kill("SIGKILL");
    });
    await ended;
    cancel();
  }
  return code ?? EXIT.fine;
}
