import { RenderError, TransportError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Claimed } from "../store/claims.js";
import type { ContentStore } from "../store/contents.js";
import { toStatusEvent } from "../store/event-rows.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Connections } from "../transports/connections.js";
import type { Receipt, Resolve, SendContext, Transport } from "../transports/transport.js";
import type { Clock, Endpoint } from "../types.js";
import type { ByteBudget } from "./byte-budget.js";
import type { Deadlines, EndReason } from "./deadlines.js";
import { type Decision, decide, type Failure } from "./decide.js";
import { hasItsName } from "./names.js";
import { asPartnerMeans, type Rendered, type RenderSources, render, successRule, toSent } from "./render.js";
import type { Registry } from "./settings-check.js";

export interface DeliverOptions {
  readonly registry: Registry;
  readonly sources: RenderSources;
  readonly contents: ContentStore;
  readonly resolve: Resolve;
  readonly connections: Connections;
  readonly budget: ByteBudget;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything that one attempt brings: what to record, and what else follows. */
export interface Delivered {
  readonly record: DeliveryRecord;
  readonly decision: Decision;
}

/** Nothing is to be recorded, and the claim to be released; interrupted: it may have arrived all the same. */
export type Unsent = "not begun" | "interrupted";

/**
 * Delivers one claimed delivery: render, send, decide, within the endpoint's total deadline. Unsent: the process is
 * stopping, the claim has expired, or the endpoint was changed. Throws what is our own fault (`internal`):
 * the claim is left to expire then. `jumped`: milliseconds by which the wall clock was set since the claim.
 */
export async function deliver(
  options: DeliverOptions,
  claimed: Claimed,
  endpoint: Endpoint,
  jumped: () => number = () => 0,
): Promise<Delivered | Unsent> {
  const { clock, registry, sources } = options;
  const startedAt = clock.now();
  const start = clock.monotonic();
  const event = toStatusEvent(claimed.event, options.contents);
  let rendered: Rendered | undefined;
  let receipt: Receipt | null = null;
  let failure: Failure | null = null;
  try {
    // The endpoint was changed after the claim: it is claimed again, and gets the name that fits now.
    if (!hasItsName(registry, claimed, endpoint)) return "not begun";
    rendered = await render(registry, sources, endpoint, event, claimed.id, startedAt);
    const sent = await send(options, claimed, endpoint, rendered);
    if (typeof sent === "string") return sent;
    receipt = sent;
  } catch (error) {
    if (!(error instanceof TransportError) && !(error instanceof RenderError)) throw error;
    failure = rendered && error instanceof TransportError ? asPartnerMeans(rendered.template, error) : error;
  }
  const now = clock.now();
  const decision = decide({
    step: claimed.step,
    expiresAt: claimed.expiresAt + Math.max(0, jumped()),
    mayHaveArrived: claimed.mayHaveArrived,
    retry: endpoint.retry,
    failure,
    now,
  });
  const durationMs = Math.round(clock.monotonic() - start);
  const record = toRecord(claimed, endpoint, { startedAt, durationMs, rendered, receipt, failure }, decision);
  logAttempt(options.log, claimed, endpoint, record);
  return { record, decision };
}

async function send(
  options: DeliverOptions,
  claimed: Claimed,
  endpoint: Endpoint,
  { payload, transport, template }: Rendered,
): Promise<Receipt | Unsent> {
  const { clock, budget, deadlines } = options;
  const room = budget.take(payload.body, claimed.laneId);
  const release = typeof room === "function" ? room : await room;
  // Only now: that others' large payloads are under way is no fault of this receiver.
  const { signal, done } = deadlines.begin(endpoint.timeoutMs);
  try {
    if (signal.aborted || clock.monotonic() >= claimed.until) return "not begun";
    const context: SendContext = {
      signal,
      ids: { webhookId: claimed.id, timestamp: Math.floor(clock.now() / 1000) },
      leaseKey: `${endpoint.id}:${endpoint.version}`,
      resolve: options.resolve,
      connections: options.connections,
      clock,
      mayHaveArrived: claimed.mayHaveArrived,
      success: successRule(template, endpoint),
      ...(claimed.fileName === null ? {} : { fileName: claimed.fileName }),
    };
    return await transport.send(payload, endpoint.transport, context);
  } catch (error) {
    if (signal.reason === ("stopping" satisfies EndReason)) return "interrupted";
    throw error;
  } finally {
    done();
    release();
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
  readonly receipt: Receipt | null;
  readonly failure: Failure | null;
}

function toAttempt(claimed: Claimed, endpoint: Endpoint, tried: Tried, decision: Decision): DeliveryRecord["attempt"] {
  const { rendered, receipt, failure } = tried;
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
    sent: rendered ? toSent(rendered.payload, claimed.fileName) : null,
    response: answer?.response ?? "",
    timings: answer?.timings ?? {},
  };
}

// Written out: spreading the decision and the claim into the record costs more than rendering the payload.
function toRecord(claimed: Claimed, endpoint: Endpoint, tried: Tried, decision: Decision): DeliveryRecord {
  return {
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
    attempt: toAttempt(claimed, endpoint, tried, decision),
  };
}

const loggers = new WeakMap<Endpoint, Logger>();

/** With what is the same for each attempt of an endpoint written out once. */
function loggerOf(log: Logger, endpoint: Endpoint, address: string): Logger {
  let own = loggers.get(endpoint);
  if (!own) {
    own = log.child({
      endpoint: endpoint.id,
      customer: endpoint.customer,
      transport: endpoint.transport.type,
      address,
    });
    loggers.set(endpoint, own);
  }
  return own;
}

function logAttempt(log: Logger, { event, attempts }: Claimed, endpoint: Endpoint, record: DeliveryRecord): void {
  const { attempt } = record;
  if (!attempt || !log.isLevelEnabled("info")) return;
  loggerOf(log, endpoint, attempt.address).info(
    {
      delivery: record.id,
      event: event.id,
      order: event.order,
      statusCode: event.statusCode,
      attempt: attempts + 1,
      outcome: attempt.outcome,
      fault: attempt.fault ?? undefined,
      code: attempt.code,
      bytes: attempt.sent?.bytes,
      ms: attempt.durationMs,
    },
    "attempt",
  );
}
