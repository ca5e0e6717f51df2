import { SpanStatusCode, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { commonTrace, inAttemptSpan } from "../../src/delivery/attempt-span.js";
import type { Group } from "../../src/delivery/batches.js";
import { isTraced } from "../../src/tracing.js";
import { manualClock } from "../support/clock.js";
import { callerTrace } from "../support/tracing.js";
import { claimed, endpoint, eventRow, single } from "./kit.js";

const exporter = new InMemorySpanExporter();
let wasTraced = true;

beforeAll(() => {
  wasTraced = isTraced();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
afterAll(() => trace.disable());
beforeEach(() => exporter.reset());

const { traceparent, traceId, spanId } = callerTrace("a");
const member = (at: number, parent = traceparent) =>
  claimed({ id: `dlv_${at}`, event: eventRow({ id: `evt_${at}`, body: { trace: { traceparent: parent } } }) });
const batch = (...[first, ...others]: ReturnType<typeof member>[]): Group => ({
  id: "bat_1",
  members: [first ?? member(0), ...others],
  isNew: false,
  isBatch: true,
});
const run = (group: Group, result: Parameters<typeof inAttemptSpan>[3]) =>
  inAttemptSpan(group, endpoint(), manualClock(), result);

describe("an attempt's span", () => {
  it("is made only once there is an SDK", () => {
    expect([wasTraced, isTraced()]).toEqual([false, true]);
  });

  it("of a send that was not begun is no error", async () => {
    expect(await run(single(member(1)), async () => "not begun")).toBe("not begun");
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        status: { code: SpanStatusCode.UNSET },
        attributes: { "waybell.attempt.outcome": "not begun" },
        parentSpanContext: { traceId, spanId },
      },
    ]);
  });

  it("ends with what fails inside Waybell, and keeps its words to itself", async () => {
    await expect(run(single(member(1)), () => Promise.reject(new Error("geheim")))).rejects.toThrow("geheim");
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ status: { code: SpanStatusCode.ERROR, message: "internal" } });
    expect(JSON.stringify([span?.attributes, span?.events])).not.toContain("geheim");
  });

  it("has at most 128 links", async () => {
    const others = Array.from({ length: 200 }, (_, at) =>
      member(at, callerTrace(((at % 9) + 1).toString(16)).traceparent),
    );
    await run(batch(member(300), ...others), async () => "interrupted");
    expect(exporter.getFinishedSpans()[0]?.links).toHaveLength(128);
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
  });
});

describe("the trace of a batch", () => {
  it("is its events' only where all have the same", () => {
    const untraced = claimed({ id: "dlv_9" });
    const common = (group: Group) => commonTrace(group.members);
    expect(common(batch(member(1), member(2)))).toEqual({ traceparent });
    expect(common(batch(member(1), member(2, callerTrace("b").traceparent)))).toBeUndefined();
    expect(common(batch(member(1), untraced))).toBeUndefined();
    expect(common(batch(untraced, member(1)))).toBeUndefined();
  });
});
