import { rmSync } from "node:fs";
import { Agent, request } from "undici";
import { makeFolder } from "./cleanup.js";
import { filledFolder, samplesOf } from "./console-data.js";
import { type Asked, addressesOf } from "./console-pages.js";
import { signIn, signInAsCustomer } from "./console-session.js";
import { openViewers, type Seen } from "./console-viewers.js";
import { flowOnce } from "./flow.js";
import type { Options } from "./options.js";
import { count, median, percentile, type Result, round, type Target, tell } from "./report.js";
import { openHttpScene } from "./scene.js";
import { type Service, startService } from "./service.js";

const TIMES = 20;
const MOST_MS = 300;
const VIEWERS = 20;
const MOST_LOST = 0.05;
const MOST_SILENT_MS = 5_000;
const PUBLISHER = "customer-of-the-road";

interface Timed extends Asked {
  readonly status: number;
  readonly ms: readonly number[];
  /** On average. */
  readonly cpuMs: number;
}

/** How long one page takes: to its last byte, of a download to its first. */
async function timeOnce(service: Service, agent: Agent, cookie: string, address: string): Promise<[number, number]> {
  const start = performance.now();
  const headers = { cookie, accept: "text/html" };
  const { statusCode, headers: said, body } = await request(service.url + address, { headers, dispatcher: agent });
  if (said["content-disposition"] === undefined) for await (const _chunk of body);
  else {
    for await (const _chunk of body) break;
    body.destroy();
  }
  return [performance.now() - start, statusCode];
}

/** Asks for each page, and adds up what the service spent on it: on a machine that others use too, that says more. */
async function timePages(
  service: Service,
  cookies: Readonly<Record<Asked["as"], string>>,
  asked: readonly Asked[],
  times: number,
): Promise<Timed[]> {
  const agent = new Agent({ connections: 1, bodyTimeout: 0 });
  const found = asked.map((one) => ({ ...one, status: 0, ms: [] as number[], cpuMs: 0 }));
  // Round after round, so that no page is asked while its rows are still at hand from a moment ago.
  for (let at = 0; at < times; at++) {
    for (const one of found) {
      const cpu = service.cpuMs();
      const [ms, status] = await timeOnce(service, agent, cookies[one.as], one.address);
      one.cpuMs += (service.cpuMs() - cpu) / times;
      one.ms.push(ms);
      one.status = status;
    }
  }
  await agent.destroy();
  return found;
}

async function measurePages(folder: string, options: Options) {
  const samples = samplesOf(folder);
  const service = await startService({ folder, cli: options.cli, profile: options.profile });
  try {
    const { user, cookie } = await signIn(service, folder);
    const { asked, unknown } = addressesOf({ ...samples, user });
    if (unknown.length > 0) throw new Error(`nobody said what to ask these with: ${unknown.join(", ")}`);
    const cookies = { nobody: "", admin: cookie, customer: await signInAsCustomer(service, samples.customer) };
    const timed = await timePages(service, cookies, asked, TIMES);
    const others = timed.filter(({ status }) => status !== 200).map(({ address, status }) => `${address} (${status})`);
    if (others.length > 0) throw new Error(`these are no pages: ${others.join(", ")}`);
    return timed;
  } finally {
    await service.stop();
  }
}

/** The road at full load on the filled database, with and without people who look on. */
async function measureRoad(folder: string, options: Options) {
  const rounds = options.rounds ?? (options.quick ? 3 : 7);
  const deliveries = options.count ?? (options.quick ? 5_000 : 50_000);
  const scene = await openHttpScene(options, folder);
  const alone: number[] = [];
  const watched: number[] = [];
  const ratios: number[] = [];
  const cpu: { readonly alone: number[]; readonly watched: number[] } = { alone: [], watched: [] };
  const seen: Seen[] = [];
  let from = 0;
  const flowing = async () => {
    const rate = await flowOnce(scene, from, deliveries, PUBLISHER);
    from += deliveries;
    return rate;
  };
  try {
    const { cookie } = await signIn(scene.service, folder);
    await scene.endpoint(PUBLISHER);
    await flowing();
    for (let at = 0; at < rounds; at++) {
      const rate = { alone: 0, watched: 0 };
      // In turns first and second: what comes later finds more rows.
      for (const side of at % 2 === 0 ? (["alone", "watched"] as const) : (["watched", "alone"] as const)) {
        const close = side === "watched" ? await openViewers(scene.service, cookie, VIEWERS) : null;
        const { perSecond, cpuMicros } = await flowing();
        rate[side] = perSecond;
        cpu[side].push(cpuMicros);
        if (close) seen.push(await close());
      }
      alone.push(rate.alone);
      watched.push(rate.watched);
      ratios.push(rate.watched / rate.alone);
      tell(`round ${at + 1}: ${count(rate.alone)}/s alone, ${count(rate.watched)}/s watched by ${VIEWERS}`);
    }
  } finally {
    await scene.stop();
  }
  return {
    rounds,
    deliveries,
    alone: round(median(alone)),
    watched: round(median(watched)),
    lost: round(1 - median(ratios), 3),
    cpuMicros: [round(median(cpu.alone)), round(median(cpu.watched))],
    longestMs: round(Math.max(...seen.map(({ longestMs }) => longestMs))),
    updates: seen.reduce((sum, { updates }) => sum + updates, 0),
    bytes: seen.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

type Road = Awaited<ReturnType<typeof measureRoad>>;

const shown = (address: string, as: Asked["as"]): string =>
  `${as === "customer" ? "portal " : ""}${address}`.slice(0, 90);

const figuresOf = (ms: readonly number[]) =>
  [0.5, 0.95, 1].map((share) => round(percentile(ms, share), 1)) as [number, number, number];

function roadTargets({ lost, longestMs }: Road): Target[] {
  return [
    { name: `share of the road that ${VIEWERS} viewers cost`, measured: lost, unit: "", atMost: MOST_LOST },
    { name: "longest time without news", measured: longestMs, unit: " ms", atMost: MOST_SILENT_MS },
  ];
}

/** Every page on a large database, and what the live overview costs the road. */
export async function consolePages(options: Options): Promise<Result> {
  const events = options.quick ? 20_000 : 1_000_000;
  const measured = async <T>(other: string, measure: (folder: string, options: Options) => Promise<T>) => {
    if (options.part === other) return null;
    const folder = makeFolder();
    await filledFolder(folder, events, options);
    return measure(folder, options).finally(() => rmSync(folder, { recursive: true, force: true }));
  };
  const pages = await measured("road", measurePages);
  const road = await measured("pages", measureRoad);
  const timed = (pages ?? []).map((one) => ({ ...one, figures: figuresOf(one.ms) }));
  const slowest = Math.max(0, ...timed.map(({ figures: [, p95] }) => p95));
  const pageTarget = { name: "slowest page, p95", measured: slowest, unit: " ms", atMost: MOST_MS };
  return {
    bench: "console",
    comparedWith: "the same road without viewers, in turns; the times of pages are absolute",
    rounds: road?.rounds ?? 1,
    conditions: [
      `SQLite with ${count(events)} events, ${count(2 * events)} deliveries, 50 customers, 200 endpoints; each page ${TIMES} times, to its last byte, of downloads to the first`,
      ...(road
        ? [
            `${count(road.deliveries)} events a round, published and delivered at once: ${count(road.alone)}/s alone (${road.cpuMicros[0]} µs), ${count(road.watched)}/s with ${VIEWERS} viewers (${road.cpuMicros[1]} µs), who got ${count(road.updates)} updates and ${count(road.bytes / 1024)} KiB`,
          ]
        : []),
    ],
    titles: ["page", "p50 ms", "p95 ms", "max ms", "CPU ms"],
    rows: [...timed]
      .sort((a, b) => b.figures[1] - a.figures[1])
      .map(({ address, as, figures, cpuMs }) => [shown(address, as), ...figures.map(String), cpuMs.toFixed(1)]),
    targets: [...(pages ? [pageTarget] : []), ...(road ? roadTargets(road) : [])],
    figures: {
      events,
      road,
      pages: Object.fromEntries(
        timed.map(({ address, as, figures, cpuMs }) => [shown(address, as), [...figures, round(cpuMs, 1)]]),
      ),
    },
  };
}
