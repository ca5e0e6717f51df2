import { Redis } from "ioredis";
import { type Cluster, idsByOrder, openCluster } from "./cluster.js";
import type { Served } from "./serve.js";
import { until } from "./service.js";

export interface ChaosOptions {
  readonly seconds: number;
  /** The same seed kills the same in the same order. */
  readonly seed: number;
  readonly say?: (line: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly kills: Readonly<Record<Victim, number>>;
  /** Events that were answered 202. */
  readonly events: number;
  /** Events that an endpoint never got. */
  readonly losses: number;
  /** Requests that came again, and events that came under more than one id. */
  readonly repeats: number;
  readonly otherIds: number;
  /** Requests of events that nobody could say were accepted, and those of them that reached some endpoints only. */
  readonly unanswered: number;
  readonly halves: number;
  /** From the last kill until all had arrived. */
  readonly settledMs: number;
}

const VICTIMS = ["worker", "worker", "api", "redis", "postgres"] as const;
type Victim = (typeof VICTIMS)[number];

const PATHS = ["/a", "/b", "/c"];
const SET = 5;
const APIS = 2;
const WORKERS = 3;
const SETTLE_MS = 180_000;
const RETRY = { schedule: ["0s", "1s", "2s", "5s", "5s", "5s", "5s", "5s", "5s", "5s", "5s", "5s"] };

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise((turn) => setTimeout(turn, ms));

/** The processes, each started again after it was killed. */
async function startProcesses(cluster: Cluster) {
  const starting = (role: "api" | "worker", count: number) =>
    Promise.all(Array.from({ length: count }, () => cluster.start(role)));
  const [apis, workers] = await Promise.all([starting("api", APIS), starting("worker", WORKERS)]);
  async function replace(list: Served[], at: number, role: "api" | "worker"): Promise<void> {
    await list[at]?.kill();
    // It may not start while the database is away.
    for (;;) {
      const started = await cluster.start(role).catch(() => null);
      if (started) {
        list[at] = started;
        return;
      }
      await pause(500);
    }
  }
  return { apis, workers, replace };
}

type Processes = Awaited<ReturnType<typeof startProcesses>>;

function killing(cluster: Cluster, { apis, workers, replace }: Processes, random: () => number) {
  const any = (list: readonly unknown[]) => Math.floor(random() * list.length);
  return {
    worker: () => replace(workers, any(workers), "worker"),
    api: () => replace(apis, any(apis), "api"),
    async redis() {
      await cluster.redis.kill();
      await pause(random() * 2_000);
      await cluster.redis.restart();
      const client = new Redis(cluster.redis.url);
      await client.flushall();
      client.disconnect();
    },
    async postgres() {
      await cluster.postgres.kill();
      await pause(random() * 1_000);
      await cluster.postgres.restart();
    },
  } satisfies Record<Victim, () => Promise<void>>;
}

/** Publishes through all APIs by turns until it is stopped. */
function startLoad(cluster: Cluster, { apis }: Processes) {
  const accepted: string[] = [];
  const unanswered: string[] = [];
  let stopped = false;
  let last = 0;
  async function run(): Promise<void> {
    for (let turn = 0; !stopped; turn++) {
      const orders = Array.from({ length: SET }, () => `K${++last}`);
      const api = apis[turn % apis.length];
      const answer = api ? await cluster.publish(api, orders) : null;
      (answer?.status === 202 ? accepted : unanswered).push(...orders);
      await pause(answer?.status === 202 ? 20 : 100);
    }
  }
  const runs = [run(), run()];
  return {
    accepted,
    unanswered,
    async stop() {
      stopped = true;
      await Promise.all(runs);
    },
  };
}

function reportOf(cluster: Cluster, accepted: readonly string[], unanswered: readonly string[]) {
  const ids = idsByOrder(cluster.arrivals);
  const reached = (order: string) => PATHS.filter((path) => ids.has(order + path)).length;
  return {
    events: accepted.length,
    losses: accepted.filter((order) => reached(order) < PATHS.length).length,
    repeats: [...ids.values()].reduce((sum, list) => sum + list.length - 1, 0),
    otherIds: [...ids.values()].filter((list) => new Set(list).size > 1).length,
    unanswered: unanswered.length,
    halves: unanswered.filter((order) => reached(order) > 0 && reached(order) < PATHS.length).length,
  };
}

/**
 * Kills workers, APIs, Redis (which is emptied as well) and PostgreSQL, at random moments under load, and counts what
 * became of the events.
 */
export async function chaos({ seconds, seed, say = () => {} }: ChaosOptions): Promise<ChaosReport> {
  const random = numbersOf(seed);
  const cluster = await openCluster({ durable: true });
  try {
    const processes = await startProcesses(cluster);
    const [api] = processes.apis;
    for (const path of PATHS) if (api) await cluster.endpoint(api, path, { timeoutSeconds: 3, retry: RETRY });
    cluster.answerAfter = 10;
    const load = startLoad(cluster, processes);
    const kill = killing(cluster, processes, random);
    const kills = { worker: 0, api: 0, redis: 0, postgres: 0 };
    // Each kind dies at least once, however short it is; of three workers those that have lanes as well.
    const first: Victim[] = ["worker", "redis", "worker", "postgres", "api", "worker"];
    for (const end = performance.now() + seconds * 1_000; performance.now() < end || first.length > 0; ) {
      await pause(300 + random() * 1_500);
      const victim = first.shift() ?? VICTIMS[Math.floor(random() * VICTIMS.length)] ?? "worker";
      say(`${victim} dies after ${load.accepted.length} events`);
      kills[victim]++;
      await kill[victim]();
    }
    await load.stop();
    const settling = performance.now();
    const isSettled = () => reportOf(cluster, load.accepted, load.unanswered).losses === 0;
    await until(isSettled, SETTLE_MS, "the arrival of all events").catch(() => undefined);
    const settledMs = Math.round(performance.now() - settling);
    return { seed, kills, ...reportOf(cluster, load.accepted, load.unanswered), settledMs };
  } finally {
    await cluster.close();
  }
}

/** The report as a person reads it. */
export function describeReport({ seed, kills, ...counts }: ChaosReport): string {
  const killed = Object.entries(kills).map(([victim, times]) => `${victim} ${times}`);
  const { events, losses, repeats, otherIds, unanswered, halves, settledMs } = counts;
  return [
    `seed ${seed}; killed: ${killed.join(", ")}`,
    `${events} events accepted, ${losses} lost, ${repeats} requests repeated, ${otherIds} events under another id`,
    `${unanswered} events whose request had no answer or 503, ${halves} of them at some endpoints only`,
    `all had arrived ${(settledMs / 1_000).toFixed(1)} s after the last kill`,
  ].join("\n");
}
