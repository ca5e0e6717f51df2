import { readdirSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Exposition } from "./exposition.js";
import type { Seen } from "./state.js";

/** Open files, by Linux's list; null elsewhere. */
function openFiles(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/** Figures of this process, under the names that Prometheus's own libraries give them. */
export function processMetrics(shown: Exposition<Seen>, version: string): void {
  const build = { labels: { version, node: process.version }, value: 1 };
  shown.asked("waybell_build_info", "Always 1; the labels tell the versions.", "gauge", () => [build]);
  shown.asked(
    "process_start_time_seconds",
    "When the process was started, in seconds since the epoch.",
    "gauge",
    () => Math.round(performance.timeOrigin) / 1000,
  );
  shown.asked("process_cpu_seconds_total", "Processor time used, by all threads.", "counter", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  shown.asked("process_resident_memory_bytes", "Memory that the process occupies.", "gauge", () =>
    process.memoryUsage.rss(),
  );
  shown.asked("process_open_fds", "Open files and connections (on Linux).", "gauge", openFiles);
  shown.asked(
    "nodejs_eventloop_active_seconds_total",
    "Time in which the main thread was busy: a rate near 1 means that it is the bottleneck.",
    "counter",
    () => performance.eventLoopUtilization().active / 1000,
  );
}
