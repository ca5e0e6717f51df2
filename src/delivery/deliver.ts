import { ClaimExpiredError, RenderError, TransportError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Claimed } from "../store/claims.js";
import type { ContentStore } from "../store/contents.js";
import { toStatusEvent } from "../store/event-rows.js";
import type { AttemptBatch, DeliveryRecord } from "../store/records.js";
import { isTraced, type TraceContext } from "../tracing.js";
import type { Connections } from "../transports/connections.js";
import type { EgressProxy, Receipt, Resolve, SendContext, Transport } from "../transports/transport.js";
import type { Clock, Endpoint, SentPayload } from "../types.js";
import { logAttempt } from "./attempt-log.js";
import { commonTrace, inAttemptSpan } from "./attempt-span.js";
import { type Group, halvesOf } from "./batches.js";
import type { ByteBudget } from "./byte-budget.js";
import { type Deadlines, type EndReason, SHARED_MS } from "./deadlines.js";
import { type Decision, decide, type Failure, mustBeSplit, split } from "./decide.js";
import { hasItsName } from "./names.js";
import { isLatestOnly } from "./order.js";
import { asPartnerMeans, type Rendered, type RenderSources, render, successRule, toSent } from "./render.js";
import type { Registry } from "./settings-check.js";
import type { Tally } from "./tally.js";

export interface DeliverOptions {
  readonly registry: Registry;
  readonly sources: RenderSources;
  readonly contents: ContentStore;
  readonly resolve: Resolve;
  readonly proxy?: EgressProxy | undefined;
  readonly connections: Connections;
  readonly budget: ByteBudget;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tally?: Tally;
}

/** Everything that one attempt brings: what to record of each member, and what else follows. */
export interface Delivered {
  readonly records: readonly DeliveryRecord[];
  /** Of the first member: what it means for the lane it means once. */
  readonly decision: Decision;
  /** What the receiver answered, as a number of its protocol. */
  readonly status: number | null;
}

/** Nothing is to be recorded, and the claim to be released; interrupted: it may have arrived all the same. */
export type Unsent = "not begun" | "interrupted";

/**
 * Delivers a claimed delivery, or a batch of them: render, send, decide, within the endpoint's total deadline. Unsent: the
 * process is stopping, the claim has expired, or the endpoint was changed. Throws what is our own fault (`internal`):
 * the claim is left to expire then. `jumped`: milliseconds by which the wall clock was set since the claim.
 */
export function deliver(
  options: DeliverOptions,
  group: Group,
  endpoint: Endpoint,
  jumped: () => number = () => 0,
): Promise<Delivered | Unsent> {
  const run = (trace: TraceContext | undefined) => attempt(options, group, endpoint, jumped, trace);
  return isTraced() ? inAttemptSpan(group, endpoint, options.clock, run) : run(commonTrace(group.members));
}

async function attempt(
  options: DeliverOptions,
  group: Group,
  endpoint: Endpoint,
  jumped: () => number,
  trace: TraceContext | undefined,
): Promise<Delivered | Unsent> {
  const { clock, registry, sources, contents } = options;
  const { members } = group;
  const startedAt = clock.now();
  const start = clock.monotonic();
  const events = members.map(({ event }) => toStatusEvent(event, contents));
  let rendered: Rendered | undefined;
  let receipt: Receipt | null = null;
  let failure: Failure | null = null;
  try {
    // The endpoint was changed after the claim: it is claimed again, and gets the name that fits now.
    if (!hasItsName(registry, members[0], endpoint)) return "not begun";
    rendered = await render(registry, sources, endpoint, events, group.id, startedAt);
    const sent = await send(options, group, endpoint, rendered, trace);
    if (typeof sent === "string") return sent;
    receipt = sent;
  } catch (error) {
    if (!(error instanceof TransportError) && !(error instanceof RenderError)) throw error;
    failure = rendered && error instanceof TransportError ? asPartnerMeans(rendered.template, error) : error;
  }
  const durationMs = Math.round(clock.monotonic() - start);
  const sent = rendered ? toSent(rendered.payload, members[0].fileName) : null;
  const tried: Tried = { startedAt, durationMs, rendered, sent, receipt, failure };
  const decisions = decisionsOf(group, endpoint, failure, clock.now(), Math.max(0, jumped()));
  return recorded(options, group, endpoint, tried, decisions);
}

/** What follows for each member. Loops and written-out objects: almost always there is one, and it is the hot road. */
function decisionsOf(
  { members }: Group,
  { retry }: Endpoint,
  failure: Failure | null,
  now: number,
  jumped: number,
): readonly [Decision, ...Decision[]] {
  const together = failure !== null && members.length > 1;
  const splits = together && mustBeSplit(failure);
  // The same jitter for all of a batch: they are due together again.
  const random = together ? constant(Math.random()) : Math.random;
  const decisions: Decision[] = [];
  for (const { step, expiresAt, mayHaveArrived } of members) {
    const given = { step, expiresAt: expiresAt + jumped, mayHaveArrived, retry, failure, now, random };
    decisions.push(splits ? split(given, failure) : decide(given));
  }
  return (together ? dueTogether(decisions) : decisions) as [Decision, ...Decision[]];
}

/** Members expire each at its own time, which must not bring the others back early. */
function dueTogether(decisions: readonly Decision[]): readonly Decision[] {
  const dueAt = Math.max(...decisions.map((decision) => decision.dueAt));
  return decisions.map((decision) => (decision.outcome === "retry" ? { ...decision, dueAt } : decision));
}

const constant = (value: number) => () => value;

function recorded(
  { log, tally }: DeliverOptions,
  group: Group,
  endpoint: Endpoint,
  tried: Tried,
  decisions: readonly [Decision, ...Decision[]],
): Delivered {
  const { id, members, isBatch } = group;
  const [decision] = decisions;
  // The newest keeps the body: retention deletes it after the others.
  const batch = isBatch ? { id, events: members.length, keeper: (members.at(-1) ?? members[0]).id } : undefined;
  const halves = decision.outcome === "split" ? halvesOf(group) : undefined;
  const records: DeliveryRecord[] = [];
  for (let at = 0; at < members.length; at++) {
    const claimed = members[at] ?? members[0];
    const record = toRecord(claimed, endpoint, tried, decisions[at] ?? decision, batch, halves?.[at]);
    logAttempt(log, claimed, endpoint, record);
    records.push(record);
  }
  const [{ attempt } = { attempt: null }] = records;
  if (attempt) tally?.attempt(attempt);
  // A member that is given up is told of, whatever becomes of the first.
  const gaveUp = members.length > 1 && decisions.some(({ lane }) => lane.gaveUp);
  const told = gaveUp ? { ...decision, lane: { ...decision.lane, gaveUp } } : decision;
  return { records, decision: told, status: statusOf(tried) };
}

/** When the first of the claims expires: a batch may be made of several. */
function earliestEnd(members: Group["members"]): number {
  let earliest = members[0].until;
  for (const { until } of members) if (until < earliest) earliest = until;
  return earliest;
}

async function send(
  options: DeliverOptions,
  { id, members }: Group,
  endpoint: Endpoint,
  { payload, transport, template }: Rendered,
  trace: TraceContext | undefined,
): Promise<Receipt | Unsent> {
  const { clock, budget, deadlines } = options;
  const [first] = members;
  const holder = { laneId: first.laneId, customer: endpoint.customer };
  const room = budget.take(payload.body, holder, transport.holdsWhole?.(endpoint.transport));
  const release = typeof room === "function" ? room : await room;
  let answered: boolean | null = null;
  // Only now: that others' large payloads are under way is no fault of this receiver.
  const { signal, done } = deadlines.begin(endpoint.timeoutMs);
  try {
    const startBy = earliestEnd(members);
    if (signal.aborted || clock.monotonic() >= startBy) return "not begun";
    const context: SendContext = {
      signal,
      ids: { webhookId: id, timestamp: Math.floor(clock.now() / 1000) },
      leaseKey: `${endpoint.id}:${endpoint.version}`,
      resolve: options.resolve,
      proxy: options.proxy,
      connections: options.connections,
      clock,
      startBy,
      endBy: clock.monotonic() + endpoint.timeoutMs + SHARED_MS,
      mayHaveArrived: members.some((claimed) => claimed.mayHaveArrived),
      success: successRule(template, endpoint),
      ...(trace ? { trace } : {}),
      ...(first.fileName === null ? {} : { fileName: first.fileName }),
    };
    const receipt = await transport.send(payload, endpoint.transport, context);
    answered = true;
    return receipt;
  } catch (error) {
    if (error instanceof TransportError && error.fault !== "config") answered = error.fault === "response";
    if (error instanceof ClaimExpiredError) return "not begun";
    if (signal.reason === ("stopping" satisfies EndReason)) return "interrupted";
    throw error;
  } finally {
    done();
    release(answered);
  }
}

const addresses = new WeakMap<Endpoint, string>();

/** Where it goes, without secrets; kept, because it is the same for each attempt. */
function addressOf(endpoint: Endpoint, transport: Transport): string {
  let address = addresses.get(endpoint);
  if (address === undefined) {
    address = transport.describe(endpoint.transport);
    addresses.set(endpoint, address);
  }
  return address;
}

interface Tried {
  readonly startedAt: number;
  readonly durationMs: number;
  readonly rendered: Rendered | undefined;
  /** Made once for all members: a batch's body is as large as all of them. */
  readonly sent: SentPayload | null;
  readonly receipt: Receipt | null;
  readonly failure: Failure | null;
}

function statusOf({ receipt, failure }: Tried): number | null {
  return receipt?.code ?? (failure instanceof TransportError ? failure.status : undefined) ?? null;
}

function toAttempt(endpoint: Endpoint, tried: Tried, decision: Decision): DeliveryRecord["attempt"] {
  const { rendered, sent, receipt, failure } = tried;
  const answer = failure instanceof TransportError ? failure : receipt;
  return {
    startedAt: tried.startedAt,
    durationMs: tried.durationMs,
    outcome: decision.outcome,
    fault: decision.fault,
    code: failure?.code ?? String(receipt?.code ?? ""),
    detail: failure?.message ?? receipt?.detail ?? "",
    transport: endpoint.transport.type,
    address: rendered ? addressOf(endpoint, rendered.transport) : endpoint.transport.type,
    sent,
    response: answer?.response ?? "",
    timings: answer?.timings ?? {},
    ...(answer?.headers ? { headers: answer.headers } : {}),
    ...(answer?.remotePath === undefined ? {} : { remotePath: answer.remotePath }),
  };
}

/** How many later statuses may go once one is done. */
const followersOf = (orderKey: string, { limits }: Endpoint) =>
  isLatestOnly(orderKey) ? {} : { followers: limits.batch.maxEvents };

// Written out: spreading the decision and the claim into the record costs more than rendering the payload.
function toRecord(
  claimed: Claimed,
  endpoint: Endpoint,
  tried: Tried,
  decision: Decision,
  batch: AttemptBatch | undefined,
  half: string | undefined,
): DeliveryRecord {
  const record: DeliveryRecord = {
    id: claimed.id,
    token: claimed.token,
    attempts: claimed.attempts,
    endpointId: claimed.endpointId,
    laneId: claimed.laneId,
    state: decision.state,
    reason: decision.reason,
    fault: decision.fault,
    lastError: decision.lastError,
    step: decision.step,
    mayHaveArrived: decision.mayHaveArrived,
    dueAt: decision.dueAt,
    finishedAt: decision.finishedAt,
    // What it means for the lane is the lane's to say.
    lane: null,
    attempt: toAttempt(endpoint, tried, decision),
  };
  const { orderKey, overtook } = claimed;
  const placed =
    orderKey === null
      ? record
      : { ...record, ...followersOf(orderKey, endpoint), ...(overtook === null ? {} : { overtook }) };
  if (!batch) return placed;
  return { ...placed, batch, ...(half === undefined ? {} : { batchId: half }) };
}
