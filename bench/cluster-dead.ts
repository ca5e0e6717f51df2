import { addCustomers, type Cluster, type ClusterScene, DOCUMENT_BYTES, type Part, roundsOf } from "./cluster-scene.js";
import { eventOf, publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import { count, median, round, tell } from "./report.js";
import { addEndpoint, publish } from "./scene.js";
import { figuresOf, timesOf } from "./times.js";

const HEALTHY = 99;
const PER_SECOND = 200;
const WARM_UP_SECONDS = 5;
const MOST_RATIO = 1.1;
const MOST_MS = 5;
const DEAD = "customer-dead";

/** Endpoints that answer, in a cluster of their own. */
interface Side {
  readonly cluster: Cluster;
  readonly customers: readonly string[];
}

/** The same receivers in two databases; in one of them very much waits for an endpoint that never answers. */
async function sides(
  scene: ClusterScene,
  waiting: number,
): Promise<{ readonly without: Side; readonly withDead: Side }> {
  const urls = await scene.addresses(HEALTHY);
  const make = async (name: string): Promise<Side> => {
    const cluster = await scene.cluster(name);
    const api = await cluster.start("api");
    const customers = await addCustomers(api, urls);
    if (name === "dead") {
      const url = `http://127.0.0.1:${await scene.sink.call("listenSilently")}/waybell`;
      await addEndpoint(api, DEAD, "Never answers", { type: "http-post", url });
      tell(`${count(waiting)} deliveries for an endpoint that never answers`);
      await publish(api, publishBodies([DEAD], 0, waiting, 1000, DOCUMENT_BYTES), 2);
    }
    await api.stop();
    return { cluster, customers };
  };
  return { without: await make("healthy"), withDead: await make("dead") };
}

/** From the start of a request to the arrival, by processes that are started for it. */
async function once({ sink }: ClusterScene, { cluster, customers }: Side, from: number, seconds: number) {
  const api = await cluster.start("api");
  const worker = await cluster.start("worker");
  try {
    const times = (first: number, forSeconds: number) =>
      timesOf(sink, { from: first, requests: forSeconds * PER_SECOND, perSecond: PER_SECOND }, (order, at) =>
        api.call("POST", "/v1/events", eventOf(customers[at % customers.length] ?? "", order, DOCUMENT_BYTES)),
      );
    await times(from, WARM_UP_SECONDS);
    return figuresOf(await times(from + WARM_UP_SECONDS * PER_SECOND, seconds));
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
  }
}

/** How much slower others are for an endpoint that never answers, and for which very much waits. */
export async function dead(scene: ClusterScene, options: Options): Promise<Part> {
  const waiting = options.quick ? 5000 : 200_000;
  const seconds = options.quick ? 5 : 15;
  const { without, withDead } = await sides(scene, waiting);
  const rounds: { readonly without: number; readonly withDead: number }[] = [];
  for (let at = 0; at < roundsOf(options); at++) {
    const from = at * (seconds + WARM_UP_SECONDS) * PER_SECOND;
    // The smaller database is not analyzed by itself: its plans would be worse; the larger would be vacuumed during its
    // first round, which is the publishing's cost as well. Each side goes first in turn.
    for (const { cluster } of [without, withDead]) await cluster.ask("VACUUM (ANALYZE)");
    // What was published for the dead endpoint is on its way to the disk: that is the publishing's cost, not the waiting's.
    if (at === 0) await withDead.cluster.ask("CHECKPOINT");
    const p95 = { without: 0, withDead: 0 };
    const order = [["without", without] as const, ["withDead", withDead] as const];
    for (const [name, side] of at % 2 === 0 ? order : order.reverse()) {
      p95[name] = (await once(scene, side, from, seconds)).p95;
    }
    rounds.push(p95);
    tell(`round ${at + 1}: p95 ${p95.without} ms without, ${p95.withDead} ms with it`);
  }
  const left = Number(
    await withDead.cluster.ask(
      `SELECT count(*) FROM deliveries WHERE customer_id = '${DEAD}' AND state <> 'delivered'`,
    ),
  );
  if (left !== waiting) throw new Error(`${left} of ${waiting} deliveries wait for the endpoint that never answers`);
  const p95 = (side: "without" | "withDead") => round(median(rounds.map((one) => one[side])), 2);
  const ratios = rounds.map((one) => one.withDead / one.without);
  const figures = {
    without: p95("without"),
    withDead: p95("withDead"),
    ratio: round(median(ratios), 3),
    lowest: round(Math.min(...ratios), 3),
    highest: round(Math.max(...ratios), 3),
    growthMs: round(median(rounds.map((one) => one.withDead - one.without)), 2),
  };
  return {
    rows: [
      [
        `p95 beside a dead endpoint for which ${count(waiting)} wait`,
        ...[figures.withDead, figures.without].map((ms) => `${ms.toFixed(1)} ms`),
        ...[figures.ratio, figures.lowest, figures.highest].map((value) => value.toFixed(2)),
      ],
    ],
    conditions: [
      `${HEALTHY} endpoints get ${PER_SECOND} events a second for ${seconds} s, one API and one worker, started for each round; compared with the same in a database without the dead endpoint`,
    ],
    targets: [
      { name: "of the p95 without a dead endpoint", measured: figures.ratio, unit: "", atMost: MOST_RATIO },
      { name: "more than the p95 without a dead endpoint", measured: figures.growthMs, unit: " ms", atMost: MOST_MS },
    ],
    figures: { ...figures, waiting, connections: await scene.sink.call("silent") },
  };
}
