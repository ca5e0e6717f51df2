import { publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import { count, median, percentile, type Result, round, tell } from "./report.js";
import { countOf, delivered, type HttpScene, openHttpScene, publish } from "./scene.js";

/** Each event goes to all of them. */
const ENDPOINTS = 10;
const CUSTOMER = "customer";
const ARRAY = 1000;
const SAMPLE_MS = 250;
const TELL_MS = 5000;
const MAX_MIB = 400;
/** Growth that is noise: the heap breathes by more than this between two collections. */
const GROWTH_MIB = 20;

interface Sample {
  /** Seconds since the phase began. */
  readonly at: number;
  readonly mib: number;
}

/** Watches the resident set while `work` runs. */
async function watched(name: string, scene: HttpScene, work: () => Promise<unknown>): Promise<Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  let told = start;
  const look = () => {
    const now = performance.now();
    const mib = scene.service.memory();
    samples.push({ at: (now - start) / 1000, mib });
    if (now - told < TELL_MS) return;
    told = now;
    tell(`${name}: ${Math.round((now - start) / 1000)} s, ${Math.round(mib)} MiB`);
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  look();
  return samples;
}

/** MiB a minute of the straight line that fits best. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ at }) => at)), mean(samples.map(({ mib }) => mib))];
  const above = samples.reduce((sum, { at, mib }) => sum + (at - x) * (mib - y), 0);
  const below = samples.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
  return below === 0 ? 0 : (above / below) * 60;
}

/** How much the last quarter lies above the second: in the first one programs still warm up. */
function growthOf(samples: readonly Sample[]): number {
  const quarter = Math.floor(samples.length / 4);
  const level = (from: number) => median(samples.slice(from, from + quarter).map(({ mib }) => mib));
  return level(samples.length - quarter) - level(quarter);
}

const middleAndMax = (samples: readonly Sample[]): [number, number] => {
  const all = samples.map(({ mib }) => mib);
  return [round(median(all)), round(percentile(all, 1))];
};

async function fill({ service }: HttpScene, deliveries: number): Promise<void> {
  const events = Math.ceil(deliveries / ENDPOINTS);
  const portion = 10 * ARRAY;
  for (let from = 0; from < events; from += portion) {
    await publish(service, publishBodies([CUSTOMER], from, Math.min(portion, events - from), ARRAY), 2);
  }
}

async function measure(scene: HttpScene, deliveries: number) {
  const { service, sink } = scene;
  const ids: string[] = [];
  for (let at = 0; at < ENDPOINTS; at++) ids.push(await scene.endpoint(CUSTOMER));
  for (const id of ids) await service.call("POST", `/v1/endpoints/${id}/pause`, {});
  const since = new Date();
  const filling = await watched("filling", scene, () => fill(scene, deliveries));
  const waiting = await watched("waiting", scene, async () => {
    const pending = await countOf(service, since, "pending");
    if (pending !== deliveries) throw new Error(`${pending} of ${deliveries} deliveries wait`);
  });
  await sink.call("reset");
  let seconds = 0;
  const draining = await watched("draining", scene, async () => {
    const spent = service.stopwatch();
    const resumed = ids.map((id) => service.call("POST", `/v1/endpoints/${id}/resume`, {}));
    const [all] = await Promise.all([delivered(scene, { count: deliveries, since }, spent), ...resumed]);
    seconds = all.ms / 1000;
  });
  return { filling, waiting, draining: draining.filter(({ at }) => at <= seconds), seconds };
}

/** The resident set of the service with very many waiting deliveries, and while they drain at full speed. */
export async function memory(options: Options): Promise<Result> {
  const deliveries = Math.ceil((options.count ?? (options.quick ? 50_000 : 1_000_000)) / ENDPOINTS) * ENDPOINTS;
  const scene = await openHttpScene(options);
  try {
    const { filling, waiting, draining, seconds } = await measure(scene, deliveries);
    const phases = { filling, waiting, draining };
    const max = Math.max(...[filling, waiting, draining].map((samples) => middleAndMax(samples)[1]));
    const growth = round(growthOf(draining));
    return {
      bench: "memory",
      comparedWith: "nothing: the bounds are absolute",
      rounds: 1,
      conditions: [
        `${count(deliveries)} deliveries wait: ${count(deliveries / ENDPOINTS)} events for ${ENDPOINTS} paused endpoints each, published by arrays of ${count(ARRAY)}`,
        `Drained in ${Math.round(seconds)} s (${count(deliveries / seconds)}/s); the resident set is VmRSS, every ${SAMPLE_MS} ms`,
        `Growth: how much the last quarter of the draining lies above its second (the line through it: ${slopeOf(draining).toFixed(1)} MiB a minute)`,
      ],
      titles: ["MiB", "middle", "max"],
      rows: Object.entries(phases).map(([name, samples]) => [name, ...middleAndMax(samples).map(String)]),
      targets: [
        { name: "resident set, at most", measured: max, unit: " MiB", atMost: MAX_MIB },
        { name: "growth while draining", measured: growth, unit: " MiB", atMost: GROWTH_MIB },
      ],
      figures: {
        deliveries,
        maxMiB: max,
        growthMiB: growth,
        slopeMiBPerMinute: round(slopeOf(draining), 1),
        phases: Object.fromEntries(Object.entries(phases).map(([name, samples]) => [name, middleAndMax(samples)[1]])),
        drainedPerSecond: Math.round(deliveries / seconds),
      },
    };
  } finally {
    await scene.stop();
  }
}
