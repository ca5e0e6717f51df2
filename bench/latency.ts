import { request } from "undici";
import { documentOf, eventOf } from "./documents.js";
import type { Options } from "./options.js";
import { count, type Result, tell } from "./report.js";
import { type HttpScene, openHttpScene } from "./scene.js";
import { figuresOf, timesOf } from "./times.js";

const PER_SECOND = 200;
const TARGET_MS = 50;
/** Until the programs are compiled, which takes thousands of requests. */
const WARM_UP_SECONDS = 10;
const CUSTOMER = "customer";

async function measure(scene: HttpScene, seconds: number) {
  const { service, sink, addresses } = scene;
  const times = (from: number, requests: number, send: (order: string) => Promise<unknown>) =>
    timesOf(sink, { from, requests, perSecond: PER_SECOND }, send);
  await scene.endpoint(CUSTOMER);
  const [url = ""] = addresses;
  const headers = { "content-type": "application/json" };
  const straight = async (order: string) =>
    (await request(url, { method: "POST", body: documentOf(order), headers })).body.dump();
  const through = (order: string) => service.call("POST", "/v1/events", eventOf(CUSTOMER, order));
  const warmUp = WARM_UP_SECONDS * PER_SECOND;
  await times(0, 2 * PER_SECOND, straight);
  await times(0, warmUp, through);
  tell(`${PER_SECOND} requests a second straight to the sink for ${seconds} s`);
  const bare = figuresOf(await times(0, seconds * PER_SECOND, straight));
  tell(`${PER_SECOND} requests a second to Waybell for ${seconds} s`);
  const waybell = figuresOf(await times(warmUp, seconds * PER_SECOND, through));
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
