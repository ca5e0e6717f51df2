import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import {
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { manualClock } from "../support/clock.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { closedPort } from "../support/sending.js";
import { ADMIN_KEY, startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { callerTrace, eventOf, publishWith } from "../support/tracing.js";

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    }),
  );
});
afterAll(() => {
  trace.disable();
  context.disable();
});

let folder: string;
let removeFolder: () => void;
let receiver: HttpReceiver;
let service: TestService;

beforeEach(async () => {
  exporter.reset();
  ({ folder, remove: removeFolder } = temporaryFolder());
  receiver = await startHttpReceiver();
  service = await startTestService(folder);
});
const seen = new Set<string>();
afterEach(async () => {
  for (const { instrumentationScope, attributes, links } of exporter.getFinishedSpans()) {
    if (instrumentationScope.name !== "waybell") continue;
    for (const part of [attributes, ...links.map((link) => link.attributes ?? {})])
      for (const name of Object.keys(part)) seen.add(name);
  }
  await service.close();
  await receiver.stop();
  removeFolder();
});

const caller = callerTrace("a");
const post = (headers: Record<string, string>, body: unknown) => publishWith(service.url, ADMIN_KEY, headers, body);
const named = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name);
const PUBLISH = "POST /v1/events";
const SEND = "send ontime";

/** Waits until so many spans of a name have ended; returns them. */
async function spans(name: string, count: number): Promise<ReadableSpan[]> {
  await until(() => named(name).length >= count, 10_000, `${count} × ${name}`);
  return named(name);
}

async function oneOf(name: string): Promise<ReadableSpan> {
  const [span] = await spans(name, 1);
  if (!span) throw new Error(`there is no ${name}`);
  return span;
}

const idOf = (span: ReadableSpan) => span.spanContext().spanId;
const traceIdOf = (span: ReadableSpan) => span.spanContext().traceId;
const headerOf = (span: ReadableSpan) => `00-${traceIdOf(span)}-${idOf(span)}-01`;
const millis = ([seconds, nanos]: readonly [number, number]) => seconds * 1000 + nanos / 1e6;
const parents = () => receiver.received.map(({ headers }) => headers.traceparent);

describe("a trace", () => {
  it("goes from the caller over the publishing request and the attempt to the receiver", async () => {
    const endpoint = await service.endpoint(receiver.url);
    const answer = await post({ traceparent: caller.traceparent }, eventOf("A1"));
    const { id } = (await answer.json()) as { id: string };
    const [publish, send] = [await oneOf(PUBLISH), await oneOf(SEND)];
    expect(publish.spanContext().traceId).toBe(caller.traceId);
    expect(publish.parentSpanContext).toMatchObject({ spanId: caller.spanId, isRemote: true });
    expect(publish.kind).toBe(SpanKind.SERVER);
    expect(publish.attributes).toEqual({
      "messaging.system": "waybell",
      "messaging.operation.name": "publish",
      "messaging.operation.type": "create",
      "http.request.method": "POST",
      "http.route": "/v1/events",
      "http.response.status_code": 202,
      "url.path": "/v1/events",
      "url.scheme": "http",
      "waybell.published": 1,
      "waybell.duplicates": 0,
      "waybell.refused": 0,
      "waybell.deliveries": 1,
    });
    expect(send.spanContext().traceId).toBe(caller.traceId);
    expect(send.parentSpanContext?.spanId).toBe(idOf(publish));
    expect(send.kind).toBe(SpanKind.CLIENT);
    expect(send.status.code).toBe(SpanStatusCode.UNSET);
    expect(send.attributes).toEqual({
      "messaging.system": "waybell",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": endpoint,
      "messaging.message.id": id,
      "waybell.delivery.id": receiver.received[0]?.headers["webhook-id"],
      "waybell.event.id": id,
      "waybell.endpoint.id": endpoint,
      "waybell.customer.id": "acme",
      "waybell.transport": "http-post",
      "waybell.template": "ontime",
      "waybell.attempt.number": 1,
      "waybell.attempt.outcome": "delivered",
      "waybell.attempt.code": "200",
      "http.response.status_code": 200,
    });
    expect(parents()).toEqual([headerOf(send)]);
    expect(send.instrumentationScope).toMatchObject({ name: "waybell", version: expect.stringMatching(/^\d/) });
  });

  it("goes on in the next process, with each attempt under the publishing request", async () => {
    receiver.answer = { status: 503 };
    await service.endpoint(receiver.url, { retry: { schedule: ["0s", "1s", "1s", "1s"] } });
    await post({}, eventOf("A1"));
    const publish = await oneOf(PUBLISH);
    await spans(SEND, 1);
    await service.close();
    receiver.answer = { status: 200 };
    service = await startTestService(folder);
    const sends = await spans(SEND, 2);
    for (const send of sends) {
      expect(traceIdOf(send)).toBe(traceIdOf(publish));
      expect(send.parentSpanContext?.spanId).toBe(idOf(publish));
    }
    expect(sends.map(({ attributes }) => attributes["waybell.attempt.number"])).toEqual([1, 2]);
    expect(parents()).toEqual(sends.map(headerOf));
  });

  it("begins with the publishing request where the caller has none", async () => {
    await service.endpoint(receiver.url);
    await post({ traceparent: "nonsense" }, [eventOf("A1"), eventOf("A2")]);
    const publish = await oneOf(PUBLISH);
    expect(publish.parentSpanContext).toBeUndefined();
    expect(publish.attributes["messaging.batch.message_count"]).toBe(2);
    const sends = await spans(SEND, 2);
    expect(new Set([publish, ...sends].map(traceIdOf)).size).toBe(1);
  });

  it("of NDJSON is one for all its lines, and is told what became of them", async () => {
    await service.endpoint(receiver.url);
    const lines = [eventOf("A1"), eventOf("A2", { id: "x" }), eventOf("A2", { id: "x" }), { customer: "nobody" }];
    await post({ traceparent: caller.traceparent }, lines.map((line) => JSON.stringify(line)).join("\n"));
    expect((await oneOf(PUBLISH)).attributes).toMatchObject({
      "http.response.status_code": 200,
      "messaging.batch.message_count": 4,
      "waybell.published": 2,
      "waybell.duplicates": 1,
      "waybell.refused": 1,
    });
    expect((await spans(SEND, 2)).map(traceIdOf)).toEqual([caller.traceId, caller.traceId]);
  });

  it("that is not sampled is passed on to the receiver as the caller named it", async () => {
    await service.endpoint(receiver.url);
    await post({ traceparent: caller.traceparent.replace(/01$/, "00") }, eventOf("A1"));
    await until(() => receiver.received.length === 1);
    expect(String(parents()[0])).toMatch(new RegExp(`^00-${caller.traceId}-[0-9a-f]{16}-00$`));
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

describe("the publishing request's span", () => {
  it("stands under the one that an instrumentation has begun for the request", async () => {
    await service.close();
    const outer = trace.getTracer("instrumentation").startSpan("outer");
    // As an instrumentation of node:http does for each request.
    await context.with(trace.setSpan(context.active(), outer), async () => {
      service = await startTestService(folder);
    });
    await post({ traceparent: caller.traceparent }, eventOf("A1"));
    const publish = await oneOf("publish");
    expect(publish).toMatchObject({
      kind: SpanKind.PRODUCER,
      parentSpanContext: { spanId: outer.spanContext().spanId },
    });
  });

  it("takes the format that the SDK was given", async () => {
    propagation.setGlobalPropagator({
      fields: () => ["x-caller"],
      inject: () => undefined,
      extract: (within: Context, carrier: unknown, getter: TextMapGetter) =>
        trace.setSpanContext(within, {
          traceId: String(getter.get(carrier, "x-caller")),
          spanId: "b".repeat(16),
          traceFlags: 1,
        }),
    });
    try {
      await post({ "x-caller": "c".repeat(32), traceparent: caller.traceparent }, eventOf("A1"));
    } finally {
      propagation.disable();
    }
    expect(traceIdOf(await oneOf(PUBLISH))).toBe("c".repeat(32));
  });

  it("tells a refusal, which is no error of the service, and begins for nobody without a key", async () => {
    await publishWith(service.url, "wrong", {}, eventOf("A1"));
    await post({}, { customer: "nobody" });
    const publish = await oneOf(PUBLISH);
    expect(named(PUBLISH)).toHaveLength(1);
    expect(publish.attributes["http.response.status_code"]).toBe(422);
    expect(publish.status.code).toBe(SpanStatusCode.UNSET);
  });
});

describe("an attempt's span", () => {
  it("says whose fault a failure is", async () => {
    receiver.answer = { status: 500 };
    await service.endpoint(receiver.url);
    await service.endpoint(`http://127.0.0.1:${await closedPort()}/`);
    await post({}, eventOf("A1"));
    const sends = await spans(SEND, 2);
    const told = sends.map(({ status, attributes }) => [
      status.code,
      status.message,
      attributes["waybell.attempt.outcome"],
      attributes["waybell.attempt.fault"],
      attributes["error.type"],
      attributes["http.response.status_code"],
    ]);
    expect(told.sort()).toEqual([
      [SpanStatusCode.ERROR, "connect", "retry", "connection", "connect", undefined],
      [SpanStatusCode.ERROR, "http_500", "retry", "response", "http_500", 500],
    ]);
  });

  it("lasts from the attempt's begin to its end, on the service's clock", async () => {
    await service.close();
    const clock = manualClock(Date.now() - 3 * 86_400_000);
    service = await startTestService(folder, { clock });
    await service.endpoint(receiver.url);
    receiver.answer = (_request, response) => void clock.advance(1_500).then(() => response.end());
    const publishedAt = clock.now();
    await post({}, eventOf("A1"));
    await until(async () => {
      await clock.advance(0);
      return named(SEND).length === 1;
    });
    const send = await oneOf(SEND);
    expect(millis(send.startTime)).toBeCloseTo(publishedAt, 2);
    expect(millis(send.duration)).toBeCloseTo(1_500, 2);
    expect(millis((await oneOf(PUBLISH)).startTime)).toBeCloseTo(publishedAt, 2);
  });

  it("of a batch names all that it holds, and belongs to their trace where they have one", async () => {
    receiver.answer = { status: 201 };
    await service.endpoint(receiver.url, {
      transport: { type: "http-post", url: receiver.url, headers: { "Ave-Hub-signature": "token" } },
      template: { name: "aveonline", options: {} },
      limits: { concurrency: 1, batch: { maxEvents: 2, maxWait: "1m" } },
    });
    await post({ traceparent: caller.traceparent }, [eventOf("A1"), eventOf("A2")]);
    await spans("send aveonline", 1);
    await post({}, eventOf("A3"));
    await post({ traceparent: callerTrace("b").traceparent }, eventOf("A4"));
    const [together, mixed] = await spans("send aveonline", 2);
    const [first, second, third] = await spans(PUBLISH, 3);
    expect(together?.spanContext().traceId).toBe(caller.traceId);
    expect(together?.links.map((link) => link.context.spanId)).toEqual(
      [first, first].map((span) => span && idOf(span)),
    );
    expect(together?.attributes).toMatchObject({
      "messaging.batch.message_count": 2,
      "waybell.batch.id": receiver.received[0]?.headers["webhook-id"],
    });
    expect(mixed?.parentSpanContext).toBeUndefined();
    expect(mixed?.links.map((link) => link.context.spanId)).toEqual([second, third].map((span) => span && idOf(span)));
    expect(mixed?.links[0]?.attributes).toHaveProperty(["messaging.message.id"]);
    expect(parents()).toEqual([together, mixed].map((span) => span && headerOf(span)));
  });

  it("is the only one of its request: no instrumentation of the client adds another header", async () => {
    const begun: boolean[] = [];
    const instrumentation = (message: unknown) => {
      const { request } = message as { request: { path: string } };
      if (request.path === "/hook") begun.push(trace.getTracer("undici").startSpan("POST").isRecording());
    };
    subscribe("undici:request:create", instrumentation);
    try {
      await service.endpoint(`${receiver.url}/hook`);
      await post({}, eventOf("A1"));
      await oneOf(SEND);
    } finally {
      unsubscribe("undici:request:create", instrumentation);
    }
    expect(begun).toEqual([false]);
  });

  it("tells nothing of what is sent, to whom it goes and by which secrets", async () => {
    await service.endpoint(receiver.url, {
      transport: {
        type: "http-post",
        url: `${receiver.url}/?token=geheim1`,
        apiKey: "geheim2",
        headers: { "x-a": "geheim3" },
      },
    });
    await post({}, eventOf("geheim4", { comment: "geheim5", reference: "geheim6" }));
    await oneOf(SEND);
    await oneOf(PUBLISH);
    const told = exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, links, status }) => ({ name, attributes, events, links, status }));
    expect(told).toHaveLength(2);
    expect(JSON.stringify(told)).not.toMatch(/geheim|127\.0\.0\.1/);
  });
});

describe("what is written of the spans", () => {
  it("is a table of all attributes that were seen", () => {
    const rows = [...readFileSync("docs/tracing.md", "utf8").matchAll(/^\| `([\w.]+)` \| (?:both|send|publish) \|/gm)];
    expect(rows.map(([, name]) => name).sort()).toEqual([...seen].sort());
  });
});
