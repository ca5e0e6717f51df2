import { setTimeout as pause } from "node:timers/promises";
import type { BareHttpCalls } from "./bare-http.js";
import { type Child, type Spent, startChild } from "./child.js";
import { makeFolder } from "./cleanup.js";
import { type Rate, rateOf } from "./comparison.js";
import { documentOf, orderNumber } from "./documents.js";
import type { Options } from "./options.js";
import { tell } from "./report.js";
import { type Service, startService } from "./service.js";
import type { SinkCalls } from "./sink.js";

/** Nothing takes so long, whatever the machine. */
const LONGEST_MS = 30 * 60_000;
const POLL_MS = 5;

/** Sends at a time to one endpoint: what an endpoint that does not say it gets. */
export const CONCURRENCY = 8;

/** The sink, the bare loop and the service, each in a process of its own. */
export interface HttpScene {
  readonly service: Service;
  readonly sink: Child<SinkCalls>;
  /** Where the endpoints post to: each has a port of its own, as receivers have hosts of their own. */
  readonly addresses: readonly string[];
  /** Makes an endpoint of the customer that posts to the sink; its id. */
  endpoint(customer: string): Promise<string>;
  /** The bare loop, to the addresses of all endpoints. */
  bare(deliveries: number): Promise<Rate>;
  stop(): Promise<void>;
}

export async function openHttpScene({ cli, profile }: Options, folder = makeFolder()): Promise<HttpScene> {
  const sink = startChild<SinkCalls>(new URL("./sink.ts", import.meta.url));
  const loop = startChild<BareHttpCalls>(new URL("./bare-http.ts", import.meta.url));
  const service = await startService({ folder, cli, profile });
  const addresses: string[] = [];
  return {
    service,
    sink,
    addresses,
    async endpoint(customer) {
      const url = `http://127.0.0.1:${await sink.call("listen")}/waybell`;
      addresses.push(url);
      const endpoint = await addEndpoint(service, customer, `Receiver ${addresses.length}`, { type: "http-post", url });
      if (endpoint.limits.concurrency !== CONCURRENCY) throw new Error("another concurrency is the default");
      return endpoint.id;
    },
    async bare(deliveries) {
      await sink.call("reset");
      const document = documentOf(orderNumber(0));
      return rateOf(deliveries, await loop.call("post", addresses, document, deliveries, CONCURRENCY));
    },
    async stop() {
      await service.stop();
      await Promise.all([sink.stop(), loop.stop()]);
    },
  };
}

interface MadeEndpoint {
  readonly id: string;
  readonly limits: { readonly concurrency: number };
}

/** Makes an endpoint of ON TIME's JSON, and its customer; `more`: of its setting. */
export async function addEndpoint(
  service: Service,
  customer: string,
  name: string,
  transport: object,
  more: object = {},
): Promise<MadeEndpoint> {
  await service.call("PUT", `/v1/customers/${customer}`, {});
  const template = { name: "ontime", options: { format: "json" } };
  return service.call("POST", `/v1/customers/${customer}/endpoints`, { name, template, transport, ...more });
}

/** Sends the bodies to `POST /v1/events`, `parallel` requests at a time. */
export async function publish(service: Service, bodies: readonly string[], parallel: number): Promise<void> {
  let next = 0;
  const loop = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      await service.call("POST", "/v1/events", body);
    }
  };
  await Promise.all(Array.from({ length: parallel }, loop));
}

/** What the receiver and the database are asked at the end of a round. */
export interface RoundEnd {
  readonly count: number;
  /** When the first of the round's deliveries was made. */
  readonly since: Date;
}

/** How many deliveries that were made since then are in a state that can be retried. */
export async function countOf(service: Service, since: Date, state: "pending" | "failed" | "canceled") {
  const body = { filter: { state, from: since.toISOString() }, dryRun: true };
  return (await service.call<{ count: number }>("POST", "/v1/deliveries/retry", body)).count;
}

/** Throws unless the database says of all deliveries made since then that they are delivered. */
export async function requireDelivered(service: Service, since: Date): Promise<void> {
  const query = `state=sending&limit=500&from=${since.toISOString()}`;
  let others = (await service.call<{ items: unknown[] }>("GET", `/v1/deliveries?${query}`)).items.length;
  for (const state of ["pending", "failed", "canceled"] as const) others += await countOf(service, since, state);
  if (others > 0) throw new Error(`${others} deliveries are not recorded as delivered`);
}

/**
 * Waits until the sink has all and the database says that all are delivered; what was spent until both were so. Throws
 * when another number arrived, or other bytes.
 */
export async function delivered(
  { service, sink }: HttpScene,
  { count, since }: RoundEnd,
  spent: () => Spent,
): Promise<Spent> {
  const arrived = await sink.call("reach", count, LONGEST_MS);
  if (arrived < count) throw new Error(`${arrived} of ${count} deliveries arrived`);
  // Results are recorded in the order in which they came: when the last ones are, all are. That is cheap to see; all
  // of them are counted once the time is taken.
  for (const id of await sink.call("lastIds")) await untilDelivered(service, id);
  const until = spent();
  await requireDelivered(service, since);
  const { bodyBytes, connections, count: total } = await sink.call("counts");
  if (connections > count / 2)
    tell(`${connections} connections were opened for ${count} deliveries: they are not kept`);
  if (total !== count) throw new Error(`${total} requests arrived for ${count} deliveries`);
  const bytes = bodyBytes / count;
  if (bytes !== documentOf(orderNumber(0)).length) throw new Error(`the documents have ${bytes} bytes on average`);
  return until;
}

/** Waits until the database says that this delivery is delivered. */
export async function untilDelivered(service: Service, id: string): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    const { state } = await service.call<{ state: string }>("GET", `/v1/deliveries/${id}`);
    if (state === "delivered") return;
    if (performance.now() > deadline) throw new Error(`delivery ${id} is ${state}`);
    await pause(POLL_MS);
  }
}
