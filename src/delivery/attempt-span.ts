import { type Attributes, type Link, type Span, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { parentOf, spanContextOf, spanTime, type TraceContext, traceOf, tracer, under } from "../tracing.js";
import type { Clock, Endpoint } from "../types.js";
import type { Group } from "./batches.js";
import type { Delivered, Unsent } from "./deliver.js";

/** As many as SDKs keep of a span. */
const MAX_LINKS = 128;

/** The trace that an attempt goes on with: its event's; of a batch only where all its events were published together. */
export function commonTrace(members: Group["members"]): TraceContext | undefined {
  const { trace } = members[0].event.body;
  if (members.length === 1 || !trace) return trace;
  return members.every(({ event }) => event.body.trace?.traceparent === trace.traceparent) ? trace : undefined;
}

function linksOf({ members, isBatch }: Group): Link[] {
  if (!isBatch) return [];
  const links: Link[] = [];
  for (const { id, event } of members) {
    const { trace } = event.body;
    if (!trace) continue;
    const attributes = { "messaging.message.id": event.id, "waybell.delivery.id": id };
    links.push({ context: spanContextOf(trace), attributes });
    if (links.length === MAX_LINKS) break;
  }
  return links;
}

function attributesOf({ id, members, isBatch }: Group, endpoint: Endpoint): Attributes {
  const [first] = members;
  const ofWhat = isBatch
    ? { "waybell.batch.id": id, "messaging.batch.message_count": members.length }
    : { "waybell.delivery.id": id, "waybell.event.id": first.event.id, "messaging.message.id": first.event.id };
  return {
    "messaging.system": "waybell",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
    "messaging.destination.name": endpoint.id,
    "waybell.endpoint.id": endpoint.id,
    "waybell.customer.id": endpoint.customer,
    "waybell.transport": endpoint.transport.type,
    "waybell.template": endpoint.template.name,
    "waybell.attempt.number": first.attempts + 1,
    ...ofWhat,
  };
}

function tell(span: Span, outcome: Delivered | Unsent): void {
  if (typeof outcome === "string") {
    span.setAttribute("waybell.attempt.outcome", outcome);
    return;
  }
  const { decision, records, status } = outcome;
  const attempt = records[0]?.attempt;
  const code = attempt?.code ?? "";
  span.setAttributes({ "waybell.attempt.outcome": decision.outcome, "waybell.attempt.code": code });
  if (status !== null && attempt?.transport.startsWith("http")) span.setAttribute("http.response.status_code", status);
  if (decision.fault === null) return;
  span.setAttributes({ "waybell.attempt.fault": decision.fault, "error.type": code });
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/**
 * Runs an attempt in a span of its own, and hands it the trace that the receiver is told of: the span's, or, where the SDK
 * does not record it, the one that would have been its parent.
 */
export async function inAttemptSpan(
  group: Group,
  endpoint: Endpoint,
  clock: Clock,
  run: (trace: TraceContext | undefined) => Promise<Delivered | Unsent>,
): Promise<Delivered | Unsent> {
  const startedAt = clock.now();
  const start = clock.monotonic();
  const stored = commonTrace(group.members);
  const name = `send ${endpoint.template.name}`;
  const startTime = spanTime(startedAt);
  const settings = {
    kind: SpanKind.CLIENT,
    startTime,
    attributes: attributesOf(group, endpoint),
    links: linksOf(group),
  };
  const span = tracer().startSpan(name, settings, parentOf(stored));
  try {
    const outcome = await under(span, () => run(span.isRecording() ? traceOf(span) : stored));
    tell(span, outcome);
    return outcome;
  } catch (error) {
    span.setAttributes({ "waybell.attempt.fault": "internal", "error.type": "internal" });
    span.setStatus({ code: SpanStatusCode.ERROR, message: "internal" });
    throw error;
  } finally {
    span.end(spanTime(startedAt + clock.monotonic() - start));
  }
}
