import { comparison, type Rate, type Round, rateOf, tellRound } from "./comparison.js";
import { publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import { count, type Result } from "./report.js";
import { CONCURRENCY, delivered, type HttpScene, openHttpScene, publish } from "./scene.js";

const ARRAY = 500;
/** Requests under way at a time. */
const PARALLEL = 2;
const TARGET = 0.35;
const CUSTOMER = "customer";

/** Publishes and delivers at once; timed from the first request on. */
export async function flowOnce(
  scene: HttpScene,
  from: number,
  deliveries: number,
  customer: string = CUSTOMER,
): Promise<Rate> {
  const { service, sink } = scene;
  // Made before the time is taken: the publisher shares the machine with the service.
  const bodies = publishBodies([customer], from, deliveries, ARRAY);
  await sink.call("reset");
  const since = new Date();
  const spent = service.stopwatch();
  const published = publish(service, bodies, PARALLEL);
  const [all] = await Promise.all([delivered(scene, { count: deliveries, since }, spent), published]);
  return rateOf(deliveries, all);
}

/** Publishing by arrays and delivering at once against a bare undici loop that only posts. */
export async function flow(options: Options): Promise<Result> {
  const rounds = options.rounds ?? (options.quick ? 3 : 5);
  const deliveries = options.count ?? (options.quick ? 5000 : 50_000);
  const scene = await openHttpScene(options);
  const measured: Round[] = [];
  try {
    await scene.endpoint(CUSTOMER);
    const warmUp = Math.min(deliveries, 5000);
    await scene.bare(warmUp);
    await flowOnce(scene, 0, warmUp);
    for (let at = 0; at < rounds; at++) {
      const bare = await scene.bare(deliveries);
      const waybell = await flowOnce(scene, warmUp + at * deliveries, deliveries);
      measured.push({ bare, waybell });
      tellRound(`round ${at + 1}`, { bare, waybell });
    }
  } finally {
    await scene.stop();
  }
  return {
    bench: "flow",
    comparedWith: "undici request() in a loop in a process of its own, the same document to the same sink",
    rounds,
    conditions: [
      `${count(deliveries)} events a round, published by arrays of ${ARRAY}, ${PARALLEL} requests at a time, to one endpoint; timed from the first request until all have arrived and are recorded`,
      `${CONCURRENCY} sends at a time on both sides; documents of 600 bytes; the sink answers straight on the socket`,
    ],
    ...comparison([{ name: "1 endpoint", rounds: measured, target: TARGET }]),
    figures: { deliveries },
  };
}
