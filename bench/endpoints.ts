import { setTimeout as pause } from "node:timers/promises";
import { type Child, startChild } from "./child.js";
import { makeFolder } from "./cleanup.js";
import { publishBodies } from "./documents.js";
import type { Options } from "./options.js";
import { count, median, percentile, type Result, round, tell } from "./report.js";
import { addEndpoint, publish } from "./scene.js";
import { type Service, startService } from "./service.js";
import type { SinkCalls } from "./sink.js";

const ENDPOINTS = 10_000;
const HANGING_OF = 20;
const MINUTES = 5;
const MAX_MIB = 512;
const ARRAY = 1000;
/** Published and not arrived: enough to keep every lane busy, and few enough that the database does not grow for nothing. */
const AHEAD = 20_000;
const PARALLEL = 20;
const SAMPLE_MS = 250;
const LOOK_MS = 100;
const TELL_MS = 15_000;
/** Arrivals are waited for at the end, when nothing more is published. */
const END_MS = 60_000;

interface Scene {
  readonly service: Service;
  readonly sink: Child<SinkCalls>;
  /** One for each endpoint; every 20th of them has one whose receiver hangs. */
  readonly customers: readonly string[];
  readonly hanging: number;
}

/** An address of this machine for each: receivers have hosts, and so connections, of their own. */
const hostOf = (at: number): string => `127.${1 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;

async function open({ cli, profile }: Options, endpoints: number): Promise<Scene> {
  const sink = startChild<SinkCalls>(new URL("./sink.ts", import.meta.url));
  const service = await startService({ folder: makeFolder(), cli, profile });
  const [port, silent] = [await sink.call("listen", "0.0.0.0"), await sink.call("listenSilently", "0.0.0.0")];
  const customers = Array.from({ length: endpoints }, (_, at) => `customer-${at}`);
  let next = 0;
  const make = async () => {
    for (let at = next++; at < endpoints; at = next++) {
      const url = `http://${hostOf(at)}:${at % HANGING_OF === 0 ? silent : port}/waybell`;
      await addEndpoint(service, customers[at] ?? "", `Receiver ${at}`, { type: "http-post", url });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, make));
  const hanging = Math.ceil(endpoints / HANGING_OF);
  tell(`${count(endpoints)} endpoints, ${count(hanging)} of them hang: ${Math.round(service.memory())} MiB`);
  return { service, sink, customers, hanging };
}

/** Publishes as fast as what was published arrives, to all customers in turn; how much. */
async function load({ service, sink, customers }: Scene, ms: number): Promise<{ published: number; due: number }> {
  const end = performance.now() + ms;
  let published = 0;
  let due = 0;
  while (performance.now() < end) {
    const bodies = publishBodies(customers, published, 4 * ARRAY, ARRAY);
    await publish(service, bodies, 2);
    for (let at = 0; at < 4 * ARRAY; at++) if (((published + at) % customers.length) % HANGING_OF !== 0) due++;
    published += 4 * ARRAY;
    while (due - (await sink.call("counts")).count > AHEAD && performance.now() < end) await pause(LOOK_MS);
  }
  return { published, due };
}

/** The resident set while `work` runs, in MiB. */
async function watched<T>(service: Service, work: () => Promise<T>): Promise<{ value: T; mib: number[] }> {
  const mib: number[] = [];
  let told = performance.now();
  const timer = setInterval(() => {
    mib.push(service.memory());
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    tell(`${Math.round(mib.at(-1) ?? 0)} MiB`);
  }, SAMPLE_MS);
  try {
    return { value: await work(), mib };
  } finally {
    clearInterval(timer);
  }
}

/** The resident set with very many endpoints at full load, when the receivers of some of them hang. */
export async function endpoints(options: Options): Promise<Result> {
  const size = options.count ?? (options.quick ? 1000 : ENDPOINTS);
  const seconds = options.quick ? 10 : MINUTES * 60;
  const scene = await open(options, size);
  const { service, sink, hanging } = scene;
  try {
    const { value, mib } = await watched(service, async () => {
      await sink.call("reset");
      const loaded = await load(scene, seconds * 1000);
      const arrived = await sink.call("reach", loaded.due, END_MS);
      return { ...loaded, arrived };
    });
    const { published, due, arrived } = value;
    const [middle, max] = [round(median(mib)), round(percentile(mib, 1))];
    return {
      bench: "endpoints",
      comparedWith: "nothing: the bounds are absolute",
      rounds: 1,
      conditions: [
        `${count(size)} endpoints with a host each, of which ${count(hanging)} accept connections and never answer`,
        `${count(published)} events in ${seconds} s, as fast as they arrive (${count(arrived / seconds)}/s), to all in turn`,
        `The resident set is VmRSS, every ${SAMPLE_MS} ms`,
      ],
      titles: ["MiB", "middle", "max"],
      rows: [["at full load", String(middle), String(max)]],
      targets: [
        { name: "resident set, at most", measured: max, unit: " MiB", atMost: MAX_MIB },
        {
          name: "arrived of what healthy endpoints were due",
          measured: round((arrived / due) * 100, 2),
          unit: " %",
          atLeast: 100,
        },
      ],
      figures: { endpoints: size, hanging, published, arrived, maxMiB: max, middleMiB: middle },
    };
  } finally {
    await service.stop();
    await sink.stop();
  }
}
