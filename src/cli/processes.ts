import cluster, { type Worker } from "node:cluster";
import { systemClock } from "../clock.js";
import { EXIT, type ExitCode } from "./fail.js";
import { shareMetrics } from "./process-metrics.js";
import { Restarts } from "./restarts.js";

/** What is left of a process after the time in which it must have stopped is ended. */
const LEFT_MS = 1_000;

/**
 * Runs `count` processes of this program on one port until `stopped`, and starts one anew that ends by itself. One that
 * cannot start, before any has listened, ends all: the exit code is its.
 */
export async function runProcesses(count: number, stopped: Promise<unknown>, stopMs: number): Promise<ExitCode> {
  const restarts = new Restarts(systemClock);
  const running = new Map<Worker, number>();
  /** Of those that are started later. */
  const cancels = new Map<number, () => void>();
  let stopping = false;
  let onRefused = (_: ExitCode) => {};
  let onGone = () => {};
  const refused = new Promise<ExitCode>((resolve) => {
    onRefused = resolve;
  });
  const gone = new Promise<void>((resolve) => {
    onGone = resolve;
  });

  function start(place: number): void {
    const worker = cluster.fork();
    running.set(worker, place);
    worker.on("listening", () => restarts.listens(place));
  }

  cluster.on("exit", (worker, code, signal) => {
    const place = running.get(worker) ?? 0;
    running.delete(worker);
    if (stopping) {
      if (running.size === 0) onGone();
      return;
    }
    const pause = restarts.ended(place, code !== 0 && signal === null);
    const again = pause === null ? "all are ended" : `it is started again in ${pause / 1_000} s`;
    process.stderr.write(`Process ${worker.process.pid} ended (${signal ?? code}): ${again}.\n`);
    if (pause === null) onRefused((code as ExitCode) ?? EXIT.refused);
    else
      cancels.set(
        place,
        systemClock.after(pause, () => start(place)),
      );
  });

  shareMetrics((worker) => String((running.get(worker) ?? 0) + 1));
  for (let place = 0; place < count; place++) start(place);
  const code = await Promise.race([refused, stopped.then(() => EXIT.fine)]);
  stopping = true;
  for (const cancel of cancels.values()) cancel();
  for (const { process: child } of running.keys()) child.kill("SIGTERM");
  if (running.size > 0) {
    const cancel = systemClock.after(stopMs + LEFT_MS, () => {
      for (const { process: child } of running.keys()) child.kill("SIGKILL");
    });
    await gone;
    cancel();
  }
  return code;
}
