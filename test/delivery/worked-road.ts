import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openServiceRoad } from "../../src/app-road.js";
import { createCatalogue } from "../../src/catalogue/index.js";
import { readConfig } from "../../src/config.js";
import { Leader } from "../../src/delivery/leader.js";
import type { Registry } from "../../src/delivery/settings.js";
import { TransportError, type TransportErrorInit } from "../../src/errors.js";
import { createMetrics } from "../../src/metrics/metrics.js";
import type { Road } from "../../src/store/road.js";
import { openStore, type Store } from "../../src/store/store.js";
import type { Payload } from "../../src/templates/template.js";
import type { Receipt, SendContext } from "../../src/transports/transport.js";
import type { EndpointInput } from "../../src/types.js";
import { post, registry as real } from "../store/kit.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { SILENT } from "./kit.js";

/** One send, as the transport of a test sees it. */
export interface Send {
  readonly url: string;
  readonly payload: Payload;
  readonly context: SendContext;
  /** Monotonic ms. */
  readonly at: number;
}

export const OK: Receipt = { code: 200, detail: "", bytes: 1, timings: {}, response: "ok" };

export interface WorkedRoadOptions {
  /** Stands in for every transport. */
  readonly send: (send: Send) => Promise<Receipt>;
  /** Parts of the store's road that fail or watch. */
  readonly change?: (road: Road) => Partial<Road>;
  /** Lanes that are worked at the same time. */
  readonly concurrency?: number;
  /** Sends under way in all, beyond which each lane has one. */
  readonly mostSends?: number;
}

/** The whole road over a file of its own, with the manual clock and one transport in place of all. */
export async function openWorkedRoad({ send, change = () => ({}), concurrency, mostSends }: WorkedRoadOptions) {
  const folder = mkdtempSync(join(tmpdir(), "waybell-worked-"));
  const config = readConfig({ DATABASE_URL: `file:${join(folder, "waybell.db")}` });
  const clock: ManualClock = manualClock();
  const sends: Send[] = [];
  const registry: Registry = {
    ...real,
    transportOf(type) {
      const transport = real.transportOf(type);
      return (
        transport && {
          ...transport,
          send(payload, options, context) {
            const seen = { url: String(options.url ?? options.host), payload, context, at: clock.monotonic() };
            sends.push(seen);
            return send(seen);
          },
        }
      );
    },
  };
  const opened = await openStore({ config, clock, registry });
  const store: Store = { ...opened, road: { ...opened.road, ...change(opened.road) } };
  await store.customers.put("acme", {});
  const traffic = { published() {}, recorded() {}, gaveUp() {} };
  const { tally } = createMetrics({ clock, version: "0.0.0", transports: [] });
  const alone = {
    role: "all",
    leader: new Leader(clock, null),
    processId: "prc_test",
    concurrency,
    mostSends,
  } as const;
  const newRoad = () =>
    openServiceRoad({
      config,
      store,
      catalogue: createCatalogue(),
      registry,
      clock,
      log: SILENT,
      tally,
      traffic,
      ...alone,
    });
  const road = await newRoad();
  let current = road;
  let orders = 0;

  async function turns(count = 10): Promise<void> {
    for (let at = 0; at < count; at++) await new Promise((turn) => setTimeout(turn, 1));
  }

  async function stop(): Promise<void> {
    const stopping = current.stop(0);
    for (let done = false; !done; ) {
      void stopping.then(() => {
        done = true;
      });
      await clock.advance(100);
      await turns(1);
    }
  }

  return {
    store,
    road,
    clock,
    sends,
    /** Lets the clock run for `ms` in steps, with time for what each step begins. */
    async run(ms: number, steps = 10): Promise<void> {
      for (let at = 0; at < steps; at++) {
        await clock.advance(ms / steps);
        await turns();
        // What was asked of the database before is done by then, and what follows from it has its turn.
        await opened.database.json("SELECT 1");
        await turns(2);
      }
    },
    /** Lets everything happen that is due now, until `seen`; fails after five seconds. */
    async until(seen: () => boolean | Promise<boolean>, what = "what was waited for"): Promise<void> {
      const end = performance.now() + 5_000;
      while (!(await seen())) {
        if (performance.now() > end) throw new Error(`${what} has not happened`);
        await clock.advance(0);
        await turns(1);
      }
    },
    /** Publishes `count` events of an order each. */
    async publish(count: number, more: Record<string, unknown> = {}): Promise<void> {
      const statusTime = new Date(clock.now()).toISOString();
      const items = Array.from({ length: count }, () => {
        return { customer: "acme", order: `A${++orders}`, statusCode: "take", statusTime, ...more };
      });
      await road.publisher.publish(items);
    },
    /** An endpoint of its own host. */
    create: (name: string, more: Partial<EndpointInput> = {}) =>
      store.endpoints.create("acme", { ...post(name, `https://${name}.example/`), ...more }),
    delivered: () => store.database.json<number>("SELECT count(*) FROM deliveries WHERE state = 'delivered'"),
    states: (): Promise<Record<string, number>> =>
      store.database.json(
        "SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM deliveries GROUP BY state)",
      ),
    deliveries: () => store.database.prisma.delivery.findMany({ orderBy: { id: "asc" } }),
    lane: (id: string) => store.database.prisma.lane.findUniqueOrThrow({ where: { id } }),
    /** Stops the road, and returns the one of the next process over the same store; it is not started yet. */
    async restart() {
      await stop();
      current = await newRoad();
      return current;
    },
    async close(): Promise<void> {
      await stop();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type WorkedRoad = Awaited<ReturnType<typeof openWorkedRoad>>;

export const hostOf = ({ url }: Send) => new URL(url).hostname.split(".")[0];
export const idOf = ({ context }: Send) => context.ids.webhookId;

export const failure = (more: Partial<TransportErrorInit> = {}) =>
  new TransportError({ fault: "connection", code: "connect", message: "nobody answers", ...more });

/** A receiver whose answers the test gives, one by one. */
export function hanging() {
  const open: ((answer: Receipt | Error) => void)[] = [];
  return {
    open,
    send: () =>
      new Promise<Receipt>((resolve, reject) => {
        open.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      }),
  };
}
