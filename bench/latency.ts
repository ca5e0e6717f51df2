import { setTimeout as pause } from "node:timers/promises";
import { request } from "undici";
import { documentOf, eventOf, orderNumber } from "./documents.js";
import type { Options } from "./options.js";
import { count, percentile, type Result, round, tell } from "./report.js";
import { type HttpScene, openHttpScene } from "./scene.js";

const PER_SECOND = 200;
const TARGET_MS = 50;
/** Until the programs are compiled, which takes thousands of requests. */
const WARM_UP_SECONDS = 10;
const CUSTOMER = "customer";
const ARRIVE_MS = 30_000;

/** What every process of this machine agrees on, in ms. */
const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Sends one request each 5 ms, whether or not those before it were answered; when each began. */
async function atFixedRate(requests: number, send: (at: number) => Promise<unknown>): Promise<number[]> {
  const started: number[] = [];
  const sent: Promise<unknown>[] = [];
  const begin = performance.now();
  while (started.length < requests) {
    const due = Math.min(requests, Math.floor(((performance.now() - begin) / 1000) * PER_SECOND) + 1);
    while (started.length < due) {
      started.push(machineTime());
      sent.push(send(started.length - 1));
    }
    await pause(1);
  }
  await Promise.all(sent);
  return started;
}

/** Milliseconds from the start of each request to the arrival of its document at the sink. */
async function times({ sink }: HttpScene, from: number, requests: number, send: (order: string) => Promise<unknown>) {
  await sink.call("reset", true);
  const started = await atFixedRate(requests, (at) => send(orderNumber(from + at)));
  const arrived = await sink.call("reach", requests, ARRIVE_MS);
  if (arrived !== requests) throw new Error(`${arrived} of ${requests} documents arrived`);
  const arrivals = new Map(await sink.call("arrivals"));
  return started.map((start, at) => (arrivals.get(orderNumber(from + at)) ?? Number.NaN) - start);
}

function figuresOf(taken: readonly number[]) {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => round(percentile(taken, share), 2));
  return { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}

async function measure(scene: HttpScene, seconds: number) {
  const { service, addresses } = scene;
  await scene.endpoint(CUSTOMER);
  const [url = ""] = addresses;
  const headers = { "content-type": "application/json" };
  const straight = async (order: string) =>
    (await request(url, { method: "POST", body: documentOf(order), headers })).body.dump();
  const through = (order: string) => service.call("POST", "/v1/events", eventOf(CUSTOMER, order));
  const warmUp = WARM_UP_SECONDS * PER_SECOND;
  await times(scene, 0, 2 * PER_SECOND, straight);
  await times(scene, 0, warmUp, through);
  tell(`${PER_SECOND} requests a second straight to the sink for ${seconds} s`);
  const bare = figuresOf(await times(scene, 0, seconds * PER_SECOND, straight));
  tell(`${PER_SECOND} requests a second to Waybell for ${seconds} s`);
  const waybell = figuresOf(await times(scene, warmUp, seconds * PER_SECOND, through));
  return { bare, waybell };
}

/** From the start of a request with one event to the arrival of its document. */
export async function latency(options: Options): Promise<Result> {
  const seconds = options.quick ? 3 : 15;
  const scene = await openHttpScene(options);
  try {
    const { bare, waybell } = await measure(scene, seconds);
    const row = (name: string, { p50, p95, p99, max }: typeof bare) => [
      name,
      ...[p50, p95, p99, max].map((ms) => ms.toFixed(2)),
    ];
    return {
      bench: "latency",
      comparedWith: "the same requests straight to the sink, with the document",
      rounds: 1,
      conditions: [
        `${count(seconds * PER_SECOND)} requests of one event, ${PER_SECOND} a second whether or not those before are answered`,
        "Milliseconds from the start of the request to the arrival at the sink, by the machine's monotonic clock",
      ],
      titles: ["ms", "p50", "p95", "p99", "max"],
      rows: [row("straight to the sink", bare), row("through Waybell", waybell)],
      targets: [{ name: "from request to arrival, p95", measured: waybell.p95, unit: " ms", atMost: TARGET_MS }],
      figures: { ...waybell, bare, requests: seconds * PER_SECOND, perSecond: PER_SECOND },
    };
  } finally {
    await scene.stop();
  }
}
