import { type Attributes, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isTraced, parentOfRequest, receivedTrace, spanTime, type TraceContext, traceOf, tracer } from "../tracing.js";
import type { Clock } from "../types.js";

/** What became of a request's events. */
export interface PublishedCounts {
  readonly published: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly deliveries: number;
}

interface Publishing {
  /** Of the request's span: its events belong to it. */
  readonly trace: TraceContext | undefined;
  tell(attributes: Attributes): void;
}

declare module "fastify" {
  interface FastifyRequest {
    /** null: nobody traces. */
    publishing: Publishing | null;
  }
}

const ROUTE = "/v1/events";

function begin(request: FastifyRequest, reply: FastifyReply, clock: Clock): Publishing {
  const startedAt = clock.now();
  const start = clock.monotonic();
  const { parent, isInner } = parentOfRequest(request.headers);
  const attributes = {
    "messaging.system": "waybell",
    "messaging.operation.name": "publish",
    "messaging.operation.type": "create",
    "http.request.method": "POST",
    "http.route": ROUTE,
    "url.path": ROUTE,
    "url.scheme": request.protocol,
  };
  // Two spans of the kind SERVER in one process would count the request twice.
  const [name, kind] = isInner ? ["publish", SpanKind.PRODUCER] : [`POST ${ROUTE}`, SpanKind.SERVER];
  const span = tracer().startSpan(name, { kind, startTime: spanTime(startedAt), attributes }, parent);
  reply.raw.once("close", () => {
    const { statusCode, headersSent, writableFinished } = reply.raw;
    if (headersSent) span.setAttribute("http.response.status_code", statusCode);
    const error = !writableFinished ? "aborted" : statusCode >= 500 ? String(statusCode) : undefined;
    if (error !== undefined) {
      span.setAttribute("error.type", error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(spanTime(startedAt + clock.monotonic() - start));
  });
  return { trace: traceOf(span), tell: (more) => void span.setAttributes(more) };
}

/** Has each request to a scope's route, which publishes events, stand in a span of its own once its key was found good. */
export function addPublishingSpans(scope: FastifyInstance, clock: Clock): void {
  scope.decorateRequest("publishing", null);
  scope.addHook("preParsing", (request, reply, payload, done) => {
    if (isTraced()) request.publishing = begin(request, reply, clock);
    done(null, payload);
  });
}

/** The trace that the events of a request belong to: its span's; where nobody traces, the caller's. */
export function publishingTrace({ publishing, headers }: FastifyRequest): TraceContext | undefined {
  return publishing ? publishing.trace : receivedTrace(headers);
}

/** Tells the request's span what became of its events; `count`: how many there were, where they came as a list. */
export function tellPublished({ publishing }: FastifyRequest, counts: PublishedCounts, count?: number): void {
  if (!publishing) return;
  publishing.tell({
    "waybell.published": counts.published,
    "waybell.duplicates": counts.duplicates,
    "waybell.refused": counts.refused,
    "waybell.deliveries": counts.deliveries,
    ...(count === undefined ? {} : { "messaging.batch.message_count": count }),
  });
}
