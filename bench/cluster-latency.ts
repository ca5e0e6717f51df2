import { addCustomers, type ClusterScene, DOCUMENT_BYTES, type Part } from "./cluster-scene.js";
import { eventOf } from "./documents.js";
import type { Options } from "./options.js";
import { count, tell } from "./report.js";
import { figuresOf, timesOf } from "./times.js";

const ENDPOINTS = 1000;
const WORKERS = 2;
const TARGET_MS = 250;
const WARM_UP_SECONDS = 10;

/** From the start of a request with one event to its arrival: each of 1,000 endpoints gets one each second. */
export async function latencyOfMany(scene: ClusterScene, options: Options): Promise<Part> {
  const seconds = options.quick ? 5 : 30;
  const cluster = await scene.cluster("latency");
  const api = await cluster.start("api");
  const workers = [];
  for (let at = 0; at < WORKERS; at++) workers.push(await cluster.start("worker"));
  try {
    const customers = await addCustomers(api, await scene.addresses(ENDPOINTS));
    const times = (from: number, forSeconds: number) =>
      timesOf(scene.sink, { from, requests: forSeconds * ENDPOINTS, perSecond: ENDPOINTS }, (order, at) =>
        api.call("POST", "/v1/events", eventOf(customers[at % ENDPOINTS] ?? "", order, DOCUMENT_BYTES)),
      );
    await times(0, WARM_UP_SECONDS);
    tell(`${count(ENDPOINTS)} requests a second for ${seconds} s`);
    const processes = [api, ...workers];
    const before = processes.map((one) => one.cpuMs());
    const figures = figuresOf(await times(WARM_UP_SECONDS * ENDPOINTS, seconds));
    const cpu = processes.map((one, at) => Math.round((one.cpuMs() - (before[at] ?? 0)) / seconds / 10));
    const memory = processes.map((one) => Math.round(one.memory()));
    return {
      rows: (["p50", "p95", "p99"] as const).map((name) => [
        `from request to arrival, ${count(ENDPOINTS)} endpoints, ${name}`,
        `${figures[name].toFixed(1)} ms`,
        ...["", "", "", ""],
      ]),
      conditions: [
        `${count(ENDPOINTS)} endpoints, one event each a second in a request of its own for ${seconds} s, one API and ${WORKERS} workers: they use ${cpu.join(", ")} % of a core`,
      ],
      targets: [{ name: "from request to arrival, p95", measured: figures.p95, unit: " ms", atMost: TARGET_MS }],
      figures: { ...figures, seconds, endpoints: ENDPOINTS, cpuPercent: cpu, memoryMiB: memory },
    };
  } finally {
    await Promise.all([api, ...workers].map((one) => one.stop()));
  }
}
