import { createRequire } from "node:module";
import {
  type Context,
  context,
  createContextKey,
  createTraceState,
  type HrTime,
  isSpanContextValid,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type Tracer,
  trace,
} from "@opentelemetry/api";

/** Whose trace something belongs to, as the headers of W3C Trace Context say it. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** As much as others must pass on (W3C Trace Context, 3.3.1.5). */
const MAX_STATE = 512;
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const PRINTABLE = /^[\t -~]+$/;

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

const NONE = new ProxyTracerProvider().getDelegate();

/** Whether an SDK is there that makes spans. Costs some nanoseconds: the hot road asks before it does anything else. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NONE;
}

/** What makes Waybell's spans. */
export function tracer(): Tracer {
  return trace.getTracer("waybell", version);
}

/** A wall-clock time as spans take it. A number would be taken for one since the process began if the clock was set back. */
export function spanTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** The entries of a tracestate that fit into 512 characters, the newest first as it has them. */
function boundedState(text: string): string | undefined {
  if (!PRINTABLE.test(text)) return undefined;
  if (text.length <= MAX_STATE) return text;
  const end = text.lastIndexOf(",", MAX_STATE);
  return end > 0 ? text.slice(0, end) : undefined;
}

function toTrace(traceparent: string, state: string | undefined): TraceContext {
  const tracestate = state ? boundedState(state) : undefined;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

/** The trace that a request's headers name; undefined: none, or not as W3C Trace Context has it. */
export function receivedTrace({ traceparent, tracestate }: Headers): TraceContext | undefined {
  if (typeof traceparent !== "string") return undefined;
  const [, version, traceId, parentId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  // Later versions may have more behind it; this one must not.
  if (version === undefined || (version === "00" && traceparent.length !== 55)) return undefined;
  const state = typeof tracestate === "string" ? tracestate.trim() : tracestate?.join(",");
  return toTrace(`00-${traceId}-${parentId}-${flags}`, state);
}

/** What is kept of a span, for those who go on with its trace; undefined: it has none. */
export function traceOf(span: Span): TraceContext | undefined {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = spanContext;
  const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
  return toTrace(`00-${traceId}-${spanId}-${flags}`, traceState?.serialize());
}

/** The span, of this process or another one, that a kept trace names. */
export function spanContextOf({ traceparent, tracestate }: TraceContext): SpanContext {
  const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return tracestate === undefined ? spanContext : { ...spanContext, traceState: createTraceState(tracestate) };
}

/** What spans of a kept trace begin under; without one they begin a trace of their own, whatever happens to be active. */
export function parentOf(kept: TraceContext | undefined): Context {
  return kept ? trace.setSpanContext(ROOT_CONTEXT, spanContextOf(kept)) : ROOT_CONTEXT;
}

/** What the span of a request begins under: the span that an instrumentation has begun for it, else its headers. */
export function parentOfRequest(headers: Headers): { parent: Context; isInner: boolean } {
  const active = context.active();
  if (trace.getSpan(active)) return { parent: active, isInner: true };
  // An SDK with formats of its own is asked; one that was given none would find nothing.
  const isAsked = propagation.fields().length > 0;
  const parent = isAsked ? propagation.extract(ROOT_CONTEXT, headers) : parentOf(receivedTrace(headers));
  return { parent, isInner: false };
}

// The key of @opentelemetry/core, which finds it by this text.
const SUPPRESSED = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/**
 * Runs what a span stands for with that span active, and with no instrumentation at work: one of undici would add its own
 * `traceparent` to each request, and a `tracestate` where the endpoint wants none.
 */
export function under<T>(span: Span, run: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, span).setValue(SUPPRESSED, true), run);
}
