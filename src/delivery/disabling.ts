import type { Logger } from "../logger.js";
import type { Clock, Endpoint } from "../types.js";
import { afterQuiet } from "./quiet-hours.js";
import { lanesOf } from "./shards.js";

const DAY_MS = 86_400_000;

/** A lane of which nothing but failures has come; times are epoch ms. */
export interface FailingLane {
  readonly id: string;
  readonly endpointId: string;
  /** The first of its failed attempts, and the last. */
  readonly since: number;
  readonly until: number;
  /** When its endpoint is disabled, as it was announced; null: that was not. */
  readonly disablesAt: number | null;
}

/** What the look for endpoints that have failed for days asks the store for. */
export interface DisablingStore {
  failing(before: number): Promise<readonly FailingLane[]>;
  planned(): Promise<readonly string[]>;
  endpoints(ids: Iterable<string>): Promise<ReadonlyMap<string, Endpoint>>;
  announce(laneId: string, disablesAt: number, now: number): Promise<void>;
  cancel(laneIds: readonly string[], now: number): Promise<void>;
  /** false: it was changed, or something has succeeded, meanwhile. */
  disable(what: { endpoint: Endpoint; lanes: readonly string[]; reason: string }): Promise<boolean>;
}

export interface DisablingOptions {
  readonly store: DisablingStore;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
  /** Days of failure after which an endpoint is disabled; 0: it never is. */
  readonly afterDays: number;
}

/** What is to be done about an endpoint; times are epoch ms. */
export type DisablingPlan =
  | { readonly step: "none" | "wait" }
  | { readonly step: "announce"; readonly disablesAt: number }
  | { readonly step: "disable"; readonly since: number };

/**
 * Decides about an endpoint by those of its lanes that have long failed. What counts is how long attempts have failed, from
 * the first to the last: while nothing is tried nothing fails. Pure.
 */
export function planDisabling(
  endpoint: Endpoint,
  lanes: readonly FailingLane[],
  now: number,
  afterDays: number,
): DisablingPlan {
  const failing = new Map(lanes.map((lane) => [lane.id, lane]));
  // Of a shard that is not among them something has arrived, or nobody knows.
  const own = lanesOf(endpoint).map((id) => failing.get(id));
  const known = own.filter((lane) => lane !== undefined);
  if (known.length < own.length) return { step: "none" };
  const since = Math.max(...known.map((lane) => lane.since));
  const until = Math.max(...known.map((lane) => lane.until));
  const { disablesAt = null } = failing.get(endpoint.laneId) ?? {};
  if (disablesAt !== null) {
    return now >= disablesAt && until >= disablesAt ? { step: "disable", since } : { step: "wait" };
  }
  if (until < afterQuiet(endpoint, since, (afterDays - 1) * DAY_MS)) return { step: "none" };
  return { step: "announce", disablesAt: Math.max(afterQuiet(endpoint, since, afterDays * DAY_MS), now + DAY_MS) };
}

/** Announces which endpoints will be disabled for their failures, disables those whose time has come, and takes back what is over. */
export async function disableFailing({ store, clock, log, afterDays }: DisablingOptions): Promise<void> {
  const now = clock.now();
  const lanes = afterDays > 0 ? await store.failing(now - (afterDays - 1) * DAY_MS) : [];
  const byEndpoint = new Map<string, FailingLane[]>();
  for (const lane of lanes) byEndpoint.set(lane.endpointId, [...(byEndpoint.get(lane.endpointId) ?? []), lane]);
  const planned = new Set(await store.planned());
  for (const endpoint of (await store.endpoints(byEndpoint.keys())).values()) {
    const facts = { endpoint: endpoint.id, customer: endpoint.customer };
    const own = byEndpoint.get(endpoint.id) ?? [];
    const plan = planDisabling(endpoint, own, now, afterDays);
    if (plan.step !== "none") planned.delete(endpoint.laneId);
    if (plan.step === "announce") {
      await store.announce(endpoint.laneId, plan.disablesAt, now);
      const disablesAt = new Date(plan.disablesAt).toISOString();
      log.warn({ ...facts, disablesAt }, "an endpoint fails for days: it will be disabled unless something arrives");
    }
    if (plan.step === "disable") {
      const reason = `nothing but failures since ${new Date(plan.since).toISOString()}`;
      const disabled = await store.disable({ endpoint, lanes: own.map(({ id }) => id), reason });
      if (disabled) log.warn({ ...facts, reason }, "an endpoint was disabled: what waits for it is kept");
    }
  }
  if (planned.size > 0) await store.cancel([...planned], now);
}
