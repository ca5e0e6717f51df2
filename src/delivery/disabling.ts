import type { Logger } from "../logger.js";
import type { Clock, Endpoint } from "../types.js";
import { afterQuiet } from "./quiet-hours.js";
import { lanesOf } from "./shards.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As long as the mailer tries one mail; a mail server that is down longer does not keep an endpoint for ever. */
const NOTICE_WAITS_MS = 7 * DAY_MS;

/** What has become of the mail that announces a disabling; times are epoch ms. */
export interface DisablingNotice {
  /** When it was to be told first. */
  readonly openedAt: number;
  /** When the mail was written; null: there was nobody to tell. */
  readonly writtenAt: number | null;
  /** When the mail server took it, or it was given up. */
  readonly sentAt: number | null;
  readonly failedAt: number | null;
  /** When it is tried next; until it was, it may be under way. */
  readonly dueAt: number | null;
}

/** A lane of which nothing but failures has come; times are epoch ms. */
export interface FailingLane {
  readonly id: string;
  readonly endpointId: string;
  /** The first of its failed attempts, and the last. */
  readonly since: number;
  readonly until: number;
  /** When its endpoint is disabled, as it was announced; null: that was not. */
  readonly disablesAt: number | null;
  /** null: the alerts have not looked at the plan yet. */
  readonly notice: DisablingNotice | null;
}

/** What the look for endpoints that have failed for days asks the store for. */
export interface DisablingStore {
  failing(before: number): Promise<readonly FailingLane[]>;
  planned(): Promise<readonly string[]>;
  endpoints(ids: Iterable<string>): Promise<ReadonlyMap<string, Endpoint>>;
  announce(laneId: string, disablesAt: number, now: number): Promise<void>;
  /** Disables later; the announcement, where it has not gone out, is written anew. */
  postpone(laneId: string, disablesAt: number, now: number): Promise<void>;
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
  /** Whether there is a mail server, which must take the announcement first. */
  readonly mails: boolean;
}

/** What is to be done about an endpoint; times are epoch ms. */
export type DisablingPlan =
  | { readonly step: "none" | "wait" }
  | { readonly step: "announce"; readonly disablesAt: number }
  /** `unsent`: the announcement still waits for the mail server. */
  | { readonly step: "postpone"; readonly disablesAt: number; readonly unsent: boolean }
  /** `announced` is false where the mail was given up. */
  | { readonly step: "disable"; readonly since: number; readonly announced: boolean };

/** What the announcement asks for: a later time, or to wait; `free`: the clock alone decides. */
type NoticeStep = Extract<DisablingPlan, { step: "postpone" }> | { readonly step: "wait" | "free" | "undelivered" };

function noticeStep(notice: DisablingNotice | null, disablesAt: number, now: number): NoticeStep {
  const { openedAt = null, writtenAt, sentAt = null, failedAt = null, dueAt = null } = notice ?? {};
  if (writtenAt === null) return { step: "free" };
  if (failedAt !== null) return { step: "undelivered" };
  if (sentAt !== null) {
    const dayLater = sentAt + DAY_MS;
    // What was sent at a time to come was dated by a wall clock since set back, and `disablesAt` moved with that.
    const isShort = sentAt <= now && dayLater > disablesAt;
    return isShort ? { step: "postpone", disablesAt: dayLater, unsent: false } : { step: "free" };
  }
  if (openedAt !== null && now - openedAt >= NOTICE_WAITS_MS) return { step: "undelivered" };
  // What is under way cannot be written anew: within a minute it was sent, or waits again.
  if (dueAt !== null && dueAt <= now) return { step: "wait" };
  // The time that it names is a day off still when it goes out within the hour.
  if (disablesAt < now + DAY_MS) return { step: "postpone", disablesAt: now + DAY_MS + HOUR_MS, unsent: true };
  return { step: "wait" };
}

/**
 * Decides about an endpoint by those of its lanes that have long failed. What counts is how long attempts have failed, from
 * the first to the last: while nothing is tried nothing fails. `mails`: a mail server must have taken the announcement a
 * day before. Pure.
 */
export function planDisabling(
  endpoint: Endpoint,
  lanes: readonly FailingLane[],
  now: number,
  { afterDays, mails }: Pick<DisablingOptions, "afterDays" | "mails">,
): DisablingPlan {
  const failing = new Map(lanes.map((lane) => [lane.id, lane]));
  // Of a shard that is not among them something has arrived, or nobody knows.
  const own = lanesOf(endpoint).map((id) => failing.get(id));
  const known = own.filter((lane) => lane !== undefined);
  if (known.length < own.length) return { step: "none" };
  const since = Math.max(...known.map((lane) => lane.since));
  const until = Math.max(...known.map((lane) => lane.until));
  const { disablesAt = null, notice = null } = failing.get(endpoint.laneId) ?? {};
  if (disablesAt !== null) {
    const told: NoticeStep = mails ? noticeStep(notice, disablesAt, now) : { step: "free" };
    if (told.step === "postpone") return told;
    const isTime = told.step !== "wait" && now >= disablesAt && until >= disablesAt;
    return isTime ? { step: "disable", since, announced: told.step === "free" } : { step: "wait" };
  }
  if (until < afterQuiet(endpoint, since, (afterDays - 1) * DAY_MS)) return { step: "none" };
  return { step: "announce", disablesAt: Math.max(afterQuiet(endpoint, since, afterDays * DAY_MS), now + DAY_MS) };
}

/** Does what was decided about one endpoint, and says so in the log. */
async function carryOut(
  { store, clock, log, mails }: DisablingOptions,
  endpoint: Endpoint,
  lanes: readonly FailingLane[],
  plan: DisablingPlan,
): Promise<void> {
  const facts = { endpoint: endpoint.id, customer: endpoint.customer };
  if (plan.step === "announce") {
    await store.announce(endpoint.laneId, plan.disablesAt, clock.now());
    const what = "an endpoint fails for days: it will be disabled unless something arrives";
    const unmailed = mails ? "" : ", and no mail announces it, as SMTP_URL is not set";
    log.warn({ ...facts, disablesAt: new Date(plan.disablesAt).toISOString() }, `${what}${unmailed}`);
  }
  if (plan.step === "postpone") {
    await store.postpone(endpoint.laneId, plan.disablesAt, clock.now());
    const what =
      "an endpoint that fails for days is disabled later: the mail server has not taken its announcement yet";
    if (plan.unsent) log.warn({ ...facts, disablesAt: new Date(plan.disablesAt).toISOString() }, what);
  }
  if (plan.step === "disable") {
    const since = new Date(plan.since).toISOString();
    const reason = plan.announced
      ? `nothing but failures since ${since}`
      : `nothing but failures, with the announcement undelivered, since ${since}`;
    const disabled = await store.disable({ endpoint, lanes: lanes.map(({ id }) => id), reason });
    const unannounced = plan.announced ? "" : " though no mail could announce it";
    if (disabled) log.warn({ ...facts, reason }, `an endpoint was disabled${unannounced}: what waits for it is kept`);
  }
}

/**
 * Announces which endpoints will be disabled for their failures, disables those whose time has come and whose announcement
 * has gone out, and takes back what is over.
 */
export async function disableFailing(options: DisablingOptions): Promise<void> {
  const { store, clock, afterDays } = options;
  const now = clock.now();
  const lanes = afterDays > 0 ? await store.failing(now - (afterDays - 1) * DAY_MS) : [];
  const byEndpoint = new Map<string, FailingLane[]>();
  for (const lane of lanes) byEndpoint.set(lane.endpointId, [...(byEndpoint.get(lane.endpointId) ?? []), lane]);
  const planned = new Set(await store.planned());
  for (const endpoint of (await store.endpoints(byEndpoint.keys())).values()) {
    const own = byEndpoint.get(endpoint.id) ?? [];
    const plan = planDisabling(endpoint, own, now, options);
    if (plan.step !== "none") planned.delete(endpoint.laneId);
    await carryOut(options, endpoint, own, plan);
  }
  if (planned.size > 0) await store.cancel([...planned], now);
}
