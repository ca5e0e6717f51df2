import { setTimeout as pause } from "node:timers/promises";
import { type Child, startChild } from "./child.js";
import { makeFolder } from "./cleanup.js";
import { eventOf, orderNumber } from "./documents.js";
import type { HostileCalls } from "./hostile-sink.js";
import { type Options, UsageError } from "./options.js";
import { count, median, type Result, round, tell } from "./report.js";
import { addEndpoint } from "./scene.js";
import { type Service, startService } from "./service.js";
import type { SinkCalls } from "./sink.js";
import { figuresOf, timesOf } from "./times.js";

const HEALTHY = 80;
/** To all healthy endpoints together, unless `--rate` says otherwise; a hostile one gets as much as a healthy one. */
const PER_SECOND = 160;
/** Until the lanes have met their receivers, and what is run often is compiled. */
const WARM_UP_SECONDS = 20;
/** After so many rounds both sides start anew: how a process was compiled and laid out in memory moves its p95 by a tenth. */
const ROUNDS_OF_A_START = 4;
/** For what came due while the service stood still; no multiple of the pause between two probes, so that they fall within a round. */
const SETTLE_SECONDS = 7;
/** Until what has arrived is recorded too. */
const RECORD_MS = 500;
const MOST_RATIO = 1.1;
const MOST_MS = 5;
/** Of orders for hostile receivers: they never meet those of healthy ones. */
const HOSTILE_ORDERS = 500_000_000;

/** A service with its database, for which only some of the endpoints are hostile, or none. */
interface Side {
  readonly folder: string;
  readonly healthy: readonly string[];
  readonly hostile: readonly string[];
}

interface Scene {
  readonly options: Options;
  readonly sink: Child<SinkCalls>;
  /** Where the healthy ones listen. */
  readonly urls: readonly string[];
}

/** Which receivers: the hostile ones, some that are only broken among them, or as many that are no trouble. */
function partOf({ part }: Options): "hostile" | "broken" | "calm" {
  if (part === null || part === "hostile") return "hostile";
  if (part === "broken" || part === "calm") return part;
  throw new UsageError(`--part is hostile, broken or calm; not "${part}".`);
}

const perSecondOf = ({ rate }: Options): number => rate ?? PER_SECOND;
const start = ({ options: { cli, profile } }: Scene, folder: string) => startService({ folder, cli, profile });

async function makeSide(scene: Scene, hostile: Child<HostileCalls> | null): Promise<Side> {
  const folder = makeFolder();
  const service = await start(scene, folder);
  const healthy: string[] = [];
  for (const [at, url] of scene.urls.entries()) {
    healthy.push(`healthy-${at}`);
    await addEndpoint(service, `healthy-${at}`, `Receiver ${at}`, { type: "http-post", url });
  }
  const names: string[] = [];
  for (const way of hostile ? await hostile.call("ways", partOf(scene.options)) : []) {
    const customer = `hostile-${names.length}`;
    const { transport = {}, ...more } = (await hostile?.call("open", way)) ?? {};
    await addEndpoint(service, customer, way, transport, more);
    names.push(customer);
  }
  await service.stop();
  return { folder, healthy, hostile: names };
}

/** Events at a fixed rate; the hostile endpoints get their share beside those whose time is taken. */
function sendTo(service: Service, { healthy, hostile }: Side, from: number) {
  const publish = (customer: string, order: string) => service.call("POST", "/v1/events", eventOf(customer, order));
  const every = healthy.length / Math.max(1, hostile.length);
  return async (order: string, at: number, halfway: () => Promise<void>) => {
    const others = hostile.length > 0 && at % every === 0;
    const other = () => publish(hostile[(at / every) % hostile.length] ?? "", orderNumber(HOSTILE_ORDERS + from + at));
    // Halfway to the next: were they sent together, what is measured would be two events at once.
    const beside = others ? halfway().then(other) : undefined;
    await Promise.all([publish(healthy[at % healthy.length] ?? "", order), beside]);
  };
}

/**
 * From the start of a request to the arrival at a healthy receiver. Only the service that is asked runs; the other one stands
 * still, and both stay as warm as they are.
 */
async function once(scene: Scene, { side, service }: Running, from: number, [settle, seconds]: [number, number]) {
  const perSecond = perSecondOf(scene.options);
  const times = (first: number, forSeconds: number) => {
    const pace = { from: first, requests: forSeconds * perSecond, perSecond };
    return timesOf(scene.sink, pace, sendTo(service, side, first));
  };
  service.thaw();
  if (settle > 0) await times(from, settle);
  const taken = await times(from + settle * perSecond, seconds);
  // What is under way ends: it would be sent again, as its claim expires while the service stands still.
  await pause(RECORD_MS);
  service.freeze();
  return figuresOf(taken);
}

interface Running {
  readonly side: Side;
  readonly service: Service;
}

type Figures = Awaited<ReturnType<typeof once>>;
interface Round {
  readonly without: Figures;
  readonly beside: Figures;
}

/** `first`: while the lanes met their receivers. */
async function begin(
  scene: Scene,
  hostile: Child<HostileCalls> | null,
): Promise<Running & { readonly first: Figures }> {
  const side = await makeSide(scene, hostile);
  const running = { side, service: await start(scene, side.folder) };
  return { ...running, first: await once(scene, running, 0, [0, WARM_UP_SECONDS]) };
}

/** What was measured between one start of both sides and the next. */
interface Measured {
  readonly first: Round;
  readonly rounds: readonly Round[];
}

type SideName = keyof Round;
const inTurn = (at: number): readonly SideName[] => (at % 2 === 0 ? ["without", "beside"] : ["beside", "without"]);

/** Both sides in fresh processes with fresh databases; each side goes first in turn, in the rounds from `from` to `to`. */
async function measureStart(
  scene: Scene,
  hostile: Child<HostileCalls>,
  [from, to]: readonly [number, number],
  seconds: number,
): Promise<Measured> {
  const sides = new Map<SideName, Running & { readonly first: Figures }>();
  const ofBoth = async (at: number, of: (name: SideName) => Promise<Figures>) => {
    const figures: Partial<Record<SideName, Figures>> = {};
    for (const name of inTurn(at)) figures[name] = await of(name);
    return figures as Round;
  };
  try {
    const first = await ofBoth(from / ROUNDS_OF_A_START, async (name) => {
      const side = await begin(scene, name === "beside" ? hostile : null);
      sides.set(name, side);
      return side.first;
    });
    const rounds: Round[] = [];
    for (let at = from; at < to; at++) {
      const order = (WARM_UP_SECONDS + (at - from) * (SETTLE_SECONDS + seconds)) * perSecondOf(scene.options);
      const figures = await ofBoth(at, (name) =>
        once(scene, sides.get(name) as Running, order, [SETTLE_SECONDS, seconds]),
      );
      rounds.push(figures);
      tell(`round ${at + 1}: p95 ${figures.without.p95} ms without, ${figures.beside.p95} ms beside hostile ones`);
    }
    return { first, rounds };
  } finally {
    await Promise.all([...sides.values()].map(({ service }) => service.stop()));
  }
}

async function measure(scene: Scene, hostile: Child<HostileCalls>, rounds: number, seconds: number) {
  const starts: Measured[] = [];
  for (let from = 0; from < rounds; from += ROUNDS_OF_A_START) {
    const to = Math.min(rounds, from + ROUNDS_OF_A_START);
    starts.push(await measureStart(scene, hostile, [from, to], seconds));
  }
  return starts;
}

function resultOf(starts: readonly Measured[], ways: readonly string[], seconds: number, perSecond: number): Result {
  const rounds = starts.flatMap((start) => start.rounds);
  const firsts = starts.map(({ first }) => first);
  const middle = (side: SideName, which: keyof Figures, of = rounds) =>
    round(median(of.map((one) => one[side][which])), 2);
  const ratios = rounds.map(({ without, beside }) => beside.p95 / without.p95);
  const ratio = round(median(ratios), 3);
  const growthMs = round(median(rounds.map(({ without, beside }) => beside.p95 - without.p95)), 2);
  const row = (name: string, side: SideName, of = rounds) => [
    name,
    ...(["p50", "p95", "p99", "max"] as const).map((which) => middle(side, which, of).toFixed(2)),
  ];
  const atFirst = (side: SideName) => row(`${side}, in the first ${WARM_UP_SECONDS} s after the start`, side, firsts);
  return {
    bench: "hostile",
    comparedWith: `the same ${HEALTHY} endpoints in a database without the ${ways.length} hostile ones`,
    rounds: rounds.length,
    conditions: [
      `${HEALTHY} healthy endpoints get ${perSecond} events a second for ${seconds} s, each in a request of its own; each of the ${ways.length} hostile ones gets as many as each of them, on top, halfway between two for healthy ones`,
      `Hostile: ${ways.join(", ")}`,
      `Each side has a service of its own, warmed up for ${WARM_UP_SECONDS} s, which stands still in the other's turns; both start anew after ${ROUNDS_OF_A_START} rounds; medians of the rounds`,
    ],
    titles: ["ms", "p50", "p95", "p99", "max"],
    rows: [
      row("without hostile ones", "without"),
      row("beside hostile ones", "beside"),
      atFirst("without"),
      atFirst("beside"),
    ],
    targets: [
      { name: "of the p95 without hostile ones", measured: ratio, unit: "", atMost: MOST_RATIO },
      { name: "more than the p95 without hostile ones", measured: growthMs, unit: " ms", atMost: MOST_MS },
    ],
    ratio,
    figures: {
      without: middle("without", "p95"),
      beside: middle("beside", "p95"),
      growthMs,
      first: { without: middle("without", "p95", firsts), beside: middle("beside", "p95", firsts) },
      lowest: round(Math.min(...ratios), 3),
      highest: round(Math.max(...ratios), 3),
      requests: count(seconds * perSecond),
    },
  };
}

/** How much slower healthy receivers are served beside receivers that are hostile, each in another way. */
export async function hostile(options: Options): Promise<Result> {
  const seconds = options.quick ? 4 : 5;
  const rounds = options.rounds ?? (options.quick ? 1 : 12);
  const part = partOf(options);
  const sink = startChild<SinkCalls>(new URL("./sink.ts", import.meta.url));
  const receivers = startChild<HostileCalls>(new URL("./hostile-sink.ts", import.meta.url));
  try {
    const urls: string[] = [];
    while (urls.length < HEALTHY) urls.push(`http://127.0.0.1:${await sink.call("listen")}/waybell`);
    const found = await measure({ options, sink, urls }, receivers, rounds, seconds);
    return resultOf(found, await receivers.call("ways", part), seconds, perSecondOf(options));
  } finally {
    await Promise.all([sink.stop(), receivers.stop()]);
  }
}
