import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { startChild } from "./child.js";
import { addCustomers, type Cluster, type ClusterScene, DOCUMENT_BYTES, type Part, roundsOf } from "./cluster-scene.js";
import { documentOf, orderNumber, publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import type { PeerCalls, PeerJob } from "./peer.js";
import { count, median, round, tell } from "./report.js";
import { publish } from "./scene.js";
import type { Service } from "./service.js";

const CONCURRENCY = 100;
const SET = 1000;
const LONGEST_MS = 10 * 60_000;
const LEAST_BY_PEER = 3;
const LEAST_BY_CEILING = 0.5;
const SCHEMA = "peer";
/** Tables as one would make them by hand: no index beside the keys. */
const TABLES = [
  `CREATE SCHEMA ${SCHEMA}`,
  `CREATE TABLE ${SCHEMA}.deliveries (LIKE public.deliveries INCLUDING DEFAULTS, PRIMARY KEY (id))`,
  `CREATE TABLE ${SCHEMA}.attempts (LIKE public.attempts INCLUDING DEFAULTS, PRIMARY KEY (delivery_id, number))`,
];

interface Plan {
  readonly scene: ClusterScene;
  readonly cluster: Cluster;
  readonly api: Service;
  readonly customers: readonly string[];
  readonly urls: readonly string[];
  readonly deliveries: number;
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Waits for the last arrival, and until the database says that all is recorded. */
async function drained(
  { scene, cluster, deliveries }: Plan,
  table: string | null,
  cpuMs: () => Promise<number> | number,
) {
  const arrived = await scene.sink.call("reach", deliveries, LONGEST_MS);
  const ms = await scene.sink.call("span");
  if (arrived !== deliveries) throw new Error(`${arrived} of ${deliveries} deliveries arrived`);
  for (const deadline = performance.now() + LONGEST_MS; table !== null; await pause(50)) {
    if ((await cluster.ask(`SELECT count(*) FROM ${table} WHERE state <> 'delivered'`)) === "0") break;
    if (performance.now() > deadline) throw new Error("not all deliveries are recorded as delivered");
  }
  return { perSecond: (deliveries / ms) * 1000, cpuMicros: ((await cpuMs()) * 1000) / deliveries };
}

/** The jobs are there before the worker starts, as Waybell's deliveries are. */
async function peerOnce(plan: Plan, from: number, withDatabase: boolean): Promise<Measured> {
  const { scene, cluster, urls, deliveries } = plan;
  const db = Number(cluster.redisUrl.split("/").at(-1));
  const redis = { port: scene.redis.port, db };
  const name = withDatabase ? "peer" : "ceiling";
  const queue = new Queue<PeerJob>(name, { connection: { host: "127.0.0.1", ...redis } });
  for (let at = 0; at < deliveries; at += SET) {
    const jobs = Array.from({ length: Math.min(SET, deliveries - at) }, (_, index) => {
      const order = orderNumber(from + at + index);
      const url = urls[(at + index) % urls.length] ?? "";
      return { name: "deliver", data: { id: `${name}-${order}`, url, document: documentOf(order, DOCUMENT_BYTES) } };
    });
    await queue.addBulk(jobs);
  }
  await queue.close();
  if (withDatabase) {
    await cluster.ask(`INSERT INTO ${SCHEMA}.deliveries
        (id, event_id, endpoint_id, lane_id, customer_id, order_number, state, created_at, due_at, expires_at)
      SELECT 'peer-' || o, 'evt_01J0000000' || o, 'end_01J0000000', 'end_01J0000000', 'customer-0', o, 'pending', 0, 0, 0
        FROM generate_series(${from}, ${from + deliveries - 1}) AS number, LATERAL (SELECT 'ASK' || lpad(number::text, 9, '0')) AS t(o)`);
  }
  await scene.sink.call("reset");
  const child = startChild<PeerCalls>(new URL("./peer.ts", import.meta.url));
  const database = withDatabase ? { url: cluster.databaseUrl, schema: SCHEMA } : null;
  await child.call("work", { queue: name, redis, concurrency: CONCURRENCY, database });
  const measured = await drained(plan, withDatabase ? `${SCHEMA}.deliveries` : null, () => child.call("cpuMs"));
  await child.stop();
  return measured;
}

async function waybellOnce(plan: Plan, from: number) {
  const { scene, cluster, api, customers, deliveries } = plan;
  const bodies = publishBodies(customers, from, deliveries, SET, DOCUMENT_BYTES);
  const cpuBefore = api.cpuMs();
  const begun = performance.now();
  await publish(api, bodies, 2);
  const acceptedPerSecond = (deliveries / (performance.now() - begun)) * 1000;
  const acceptCpuMicros = ((api.cpuMs() - cpuBefore) * 1000) / deliveries;
  await scene.sink.call("reset");
  const worker = await cluster.start("worker");
  const measured = await drained(plan, "deliveries", () => worker.cpuMs());
  const connections = Number(
    await cluster.ask("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"),
  );
  const memory = { workerMiB: worker.memory(), apiMiB: api.memory() };
  await worker.stop();
  return { ...measured, acceptedPerSecond, acceptCpuMicros, connections, ...memory };
}

interface Round {
  readonly peer: Measured;
  readonly ceiling: Measured;
  readonly waybell: Awaited<ReturnType<typeof waybellOnce>>;
}

async function roundsTo(scene: ClusterScene, options: Options, endpoints: number): Promise<Round[]> {
  const deliveries = options.count ?? (options.quick ? 3000 : 30_000);
  const cluster = await scene.cluster(`drain_${endpoints}`);
  const api = await cluster.start("api");
  try {
    for (const statement of TABLES) await cluster.ask(statement);
    const urls = await scene.addresses(endpoints);
    const plan: Plan = { scene, cluster, api, urls, deliveries, customers: await addCustomers(api, urls) };
    const measured: Round[] = [];
    for (let at = 0; at < roundsOf(options); at++) {
      const from = at * deliveries;
      const peer = await peerOnce(plan, from, true);
      const ceiling = await peerOnce(plan, from, false);
      const waybell = await waybellOnce(plan, from);
      measured.push({ peer, ceiling, waybell });
      const text = ({ perSecond, cpuMicros }: Measured) => `${count(perSecond)}/s (${Math.round(cpuMicros)} µs)`;
      tell(
        `${endpoints} endpoints, round ${at + 1}: peer ${text(peer)}, ceiling ${text(ceiling)}, Waybell ${text(waybell)}, accepted ${count(waybell.acceptedPerSecond)}/s`,
      );
    }
    return measured;
  } finally {
    await api.stop();
  }
}

function summaryOf(rounds: readonly Round[]) {
  const middle = (pick: (round: Round) => number, digits = 0) => round(median(rounds.map(pick)), digits);
  const ratio = (side: "peer" | "ceiling") => {
    const all = rounds.map((one) => one.waybell.perSecond / one[side].perSecond);
    return {
      perSecond: middle((one) => one[side].perSecond),
      cpuMicros: middle((one) => one[side].cpuMicros),
      ratio: round(median(all), 3),
      lowest: round(Math.min(...all), 3),
      highest: round(Math.max(...all), 3),
    };
  };
  return {
    waybell: {
      perSecond: middle(({ waybell }) => waybell.perSecond),
      cpuMicros: middle(({ waybell }) => waybell.cpuMicros),
      workerMiB: middle(({ waybell }) => waybell.workerMiB),
      apiMiB: middle(({ waybell }) => waybell.apiMiB),
      acceptedPerSecond: middle(({ waybell }) => waybell.acceptedPerSecond),
      acceptCpuMicros: middle(({ waybell }) => waybell.acceptCpuMicros),
      connections: Math.max(...rounds.map(({ waybell }) => waybell.connections)),
    },
    peer: ratio("peer"),
    ceiling: ratio("ceiling"),
  };
}

/** One worker that drains stored deliveries, against what one would write by hand, and that without its database. */
export async function peer(scene: ClusterScene, options: Options): Promise<Part> {
  const found = [];
  for (const endpoints of [100, 1]) {
    const name = endpoints === 1 ? "1 endpoint" : `${endpoints} endpoints`;
    found.push({ name, ...summaryOf(await roundsTo(scene, options, endpoints)) });
  }
  const sides = found.flatMap(({ name, waybell, peer: byHand, ceiling }) => [
    { name: `BullMQ and Prisma, to ${name}`, waybell, other: byHand, atLeast: LEAST_BY_PEER },
    { name: `BullMQ and no database, to ${name}`, waybell, other: ceiling, atLeast: LEAST_BY_CEILING },
  ]);
  return {
    rows: sides.map(({ name, waybell, other }) => [
      `by ${name}`,
      `${count(waybell.perSecond)}/s`,
      `${count(other.perSecond)}/s`,
      ...[other.ratio, other.lowest, other.highest].map((value) => value.toFixed(2)),
    ]),
    conditions: [
      `Drained by one worker that is started once they are stored; from the first arrival to the last, documents of ${DOCUMENT_BYTES} bytes`,
      `By hand: ${CONCURRENCY} jobs at a time; Waybell as it is set by default: 8 sends at a time to each endpoint`,
    ],
    targets: sides.map(({ name, other, atLeast }) => ({
      name: `of the rate of ${name}`,
      measured: other.ratio,
      unit: "",
      atLeast,
    })),
    figures: Object.fromEntries(found.map(({ name, ...summary }) => [name, summary])),
  };
}
