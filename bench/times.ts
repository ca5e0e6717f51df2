import type { Child } from "./child.js";
import { orderNumber } from "./documents.js";
import { machineTime, startPacer } from "./pacer.js";
import { percentile, round } from "./report.js";
import type { SinkCalls } from "./sink.js";

const ARRIVE_MS = 60_000;

/** Requests at a fixed rate; each is of an order of its own, and `from` is the number of the first. */
interface Pace {
  readonly from: number;
  readonly requests: number;
  readonly perSecond: number;
}

/** Begins one request; `halfway` ends halfway to the next one. */
type Send = (order: string, at: number, halfway: () => Promise<void>) => Promise<unknown>;

/** Sends at a fixed rate, whether or not those before were answered; when each began. */
async function atFixedRate({ from, requests, perSecond }: Pace, send: Send) {
  const pacer = startPacer();
  try {
    // Once its thread runs.
    await pacer.until(0);
    const begin = machineTime();
    const due = (at: number) => pacer.until(begin + (at * 1000) / perSecond);
    const started: number[] = [];
    const sent: Promise<unknown>[] = [];
    for (let at = 0; at < requests; at++) {
      await due(at);
      started.push(machineTime());
      sent.push(send(orderNumber(from + at), at, () => due(at + 0.5)));
    }
    await Promise.all(sent);
    return started;
  } finally {
    await pacer.stop();
  }
}

/** Milliseconds from the start of each request to the first arrival of its document at the sink. */
export async function timesOf(sink: Child<SinkCalls>, pace: Pace, send: Send): Promise<number[]> {
  const { from, requests } = pace;
  await sink.call("reset", true);
  const started = await atFixedRate(pace, send);
  const arrived = await sink.call("reach", requests, ARRIVE_MS);
  if (arrived !== requests) throw new Error(`${arrived} of ${requests} documents arrived`);
  const arrivals = new Map((await sink.call("arrivals")).reverse());
  return started.map((start, at) => (arrivals.get(orderNumber(from + at)) ?? Number.NaN) - start);
}

export function figuresOf(taken: readonly number[]) {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => round(percentile(taken, share), 2));
  return { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}
