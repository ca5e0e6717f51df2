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
import { type Rendered, type RenderSources, render, toSent } from "./render.js";
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

/**
 * Delivers one claimed delivery: render, send, decide, within the endpoint's total deadline. Returns null when nothing
 * must be recorded: the process is stopping, and the claim is to be released. Throws what is our own fault (`internal`):
 * the claim is left to expire then.
 */
export async function deliver(
  options: DeliverOptions,
  claimed: Claimed,
  endpoint: Endpoint,
): Promise<Delivered | null> {
  const { clock, registry, sources } = options;
  const startedAt = clock.now();
  const start = clock.monotonic();
  const event = toStatusEvent(claimed.event, options.contents);
  let rendered: Rendered | undefined;
  let receipt: Receipt | null = null;
  let failure: Failure | null = null;
  try {
    rendered = await render(registry, sources, endpoint, event, claimed.id, startedAt);
    receipt = await send(options, claimed, endpoint, rendered);
    if (!receipt) return null;
  } catch (error) {
    if (!(error instanceof TransportError) && !(error instanceof RenderError)) throw error;
    failure = error;
  }
  const now = clock.now();
  const decision = decide({ step: claimed.step, expiresAt: claimed.expiresAt, retry: endpoint.retry, failure, now });
  const record = toRecord(claimed, endpoint, rendered, receipt, failure, decision, {
    startedAt,
    durationMs: Math.round(clock.monotonic() - start),
  });
  logAttempt(options.log, claimed, record);
  return { record, decision };
}

/** null: the process is stopping, or the claim has expired. */
async function send(
  options: DeliverOptions,
  claimed: Claimed,
  endpoint: Endpoint,
  { payload, transport }: Rendered,
): Promise<Receipt | null> {
  const { clock, budget, deadlines } = options;
  const release = await budget.take(payload.body);
  // Only now: that others' large payloads are under way is no fault of this receiver.
  const { signal, done } = deadlines.begin(endpoint.timeoutMs);
  try {
    if (signal.aborted || clock.monotonic() >= claimed.until) return null;
    const context: SendContext = {
      signal,
      ids: { webhookId: claimed.id, timestamp: Math.floor(clock.now() / 1000) },
      leaseKey: `${endpoint.id}:${endpoint.version}`,
      resolve: options.resolve,
      connections: options.connections,
      clock,
      mayHaveArrived: claimed.mayHaveArrived,
      success: endpoint.success,
      ...(claimed.fileName === null ? {} : { fileName: claimed.fileName }),
    };
    return await transport.send(payload, endpoint.transport, context);
  } catch (error) {
    if (signal.reason === ("stopping" satisfies EndReason)) return null;
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

function toRecord(
  claimed: Claimed,
  endpoint: Endpoint,
  rendered: Rendered | undefined,
  receipt: Receipt | null,
  failure: Failure | null,
  decision: Decision,
  times: { startedAt: number; durationMs: number },
): DeliveryRecord {
  const { outcome, lane, disable: _disable, ...rest } = decision;
  const transportError = failure instanceof TransportError ? failure : undefined;
  return {
    ...rest,
    id: claimed.id,
    token: claimed.token,
    attempts: claimed.attempts,
    endpointId: claimed.endpointId,
    laneId: claimed.laneId,
    lane,
    attempt: {
      ...times,
      outcome,
      fault: decision.fault,
      code: failure?.code ?? String(receipt?.code ?? ""),
      detail: failure?.message ?? receipt?.detail ?? "",
      transport: endpoint.transport.type,
      address: rendered ? addressOf(endpoint, rendered.transport) : endpoint.transport.type,
      sent: rendered ? toSent(rendered.payload, claimed.fileName) : null,
      response: transportError?.response ?? receipt?.response ?? "",
      timings: transportError?.timings ?? receipt?.timings ?? {},
    },
  };
}

function logAttempt(log: Logger, { event, attempts }: Claimed, record: DeliveryRecord): void {
  const { attempt } = record;
  if (!attempt || !log.isLevelEnabled("info")) return;
  log.info(
    {
      delivery: record.id,
      event: event.id,
      endpoint: record.endpointId,
      customer: event.customer,
      order: event.order,
      statusCode: event.statusCode,
      attempt: attempts + 1,
      outcome: attempt.outcome,
      fault: attempt.fault ?? undefined,
      code: attempt.code,
      transport: attempt.transport,
      address: attempt.address,
      bytes: attempt.sent?.bytes,
      ms: attempt.durationMs,
    },
    "attempt",
  );
}
