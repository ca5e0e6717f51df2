import { type Compared, comparison, type Round, rateOf, tellRound } from "./comparison.js";
import { publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import { count, type Result } from "./report.js";
import { CONCURRENCY, delivered, type HttpScene, openHttpScene, publish } from "./scene.js";

const TARGET = 0.5;
const SET = 1000;

interface Plan {
  readonly endpoints: number;
  readonly rounds: number;
  readonly deliveries: number;
}

/** Stores deliveries for endpoints that are paused, then resumes them; timed from the first resume on. */
async function drainOnce(
  scene: HttpScene,
  customers: readonly string[],
  ids: readonly string[],
  from: number,
  n: number,
) {
  const { service, sink } = scene;
  for (const id of ids) await service.call("POST", `/v1/endpoints/${id}/pause`, {});
  const since = new Date();
  await publish(service, publishBodies(customers, from, n, SET), 2);
  await sink.call("reset");
  const spent = service.stopwatch();
  const resumed = ids.map((id) => service.call("POST", `/v1/endpoints/${id}/resume`, {}));
  const [all] = await Promise.all([delivered(scene, { count: n, since }, spent), ...resumed]);
  return rateOf(n, all);
}

async function drainTo(options: Options, { endpoints, rounds, deliveries }: Plan): Promise<Round[]> {
  const scene = await openHttpScene(options);
  try {
    const customers = Array.from({ length: endpoints }, (_, at) => `customer-${at}`);
    const ids: string[] = [];
    for (const customer of customers) ids.push(await scene.endpoint(customer));
    // Both sides once, unmeasured: programs are slow until they are compiled.
    const warmUp = Math.min(deliveries, 5000);
    await scene.bare(warmUp);
    await drainOnce(scene, customers, ids, 0, warmUp);
    const measured: Round[] = [];
    for (let at = 0; at < rounds; at++) {
      const bare = await scene.bare(deliveries);
      const waybell = await drainOnce(scene, customers, ids, warmUp + at * deliveries, deliveries);
      measured.push({ bare, waybell });
      tellRound(`${endpoints} endpoints, round ${at + 1}`, { bare, waybell });
    }
    return measured;
  } finally {
    await scene.stop();
  }
}

/** Draining stored deliveries by HTTP against a bare undici loop, to one endpoint and to 100. */
export async function drain(options: Options): Promise<Result> {
  const rounds = options.rounds ?? (options.quick ? 3 : 5);
  const deliveries = options.count ?? (options.quick ? 5000 : 50_000);
  const compared: Compared[] = [];
  for (const endpoints of [1, 100]) {
    const name = endpoints === 1 ? "1 endpoint" : `${endpoints} endpoints`;
    compared.push({ name, target: TARGET, rounds: await drainTo(options, { endpoints, rounds, deliveries }) });
  }
  return {
    bench: "drain",
    comparedWith: "undici request() in a loop in a process of its own, the same document to the same sink",
    rounds,
    conditions: [
      `${count(deliveries)} stored deliveries of 600 bytes a round; timed from the first resume until all have arrived and are recorded`,
      `${CONCURRENCY} sends at a time to each endpoint on both sides; each has a port of its own; the sink answers straight on the socket`,
    ],
    ...comparison(compared),
    figures: { deliveries },
  };
}
