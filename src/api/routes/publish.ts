import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { InputError } from "../../errors.js";
import type { Logger } from "../../logger.js";
import { Events, MAX_ITEMS, oneOrMany, Published, PublishedLine } from "../../schemas/published.js";
import type { TraceContext } from "../../tracing.js";
import { NDJSON } from "../ndjson.js";
import { type Answer, type Call, type Operation, operation } from "../operation.js";
import { type LinesContext, type LinesSummary, publishLines } from "../publish-lines.js";
import { publishingTrace, tellPublished } from "../publishing-span.js";
import type { Publisher, PublishResult } from "../services.js";

export interface PublishOptions extends LinesContext {
  readonly logger: Logger;
  readonly maxEventBytes: number;
  /** Bytes of the body that was read for a request. */
  bytesOf(request: FastifyRequest): number;
}

const DESCRIPTION = `Answers 202 after the events and their deliveries are committed and synced to disk.

One event, an array of up to ${MAX_ITEMS.toLocaleString("en")} (all or nothing), or \`${NDJSON}\` of any length: one event a line. NDJSON is read, published and answered as it comes, with status 200, one result line for each line in their order, and a summary as the last. Read the answer while sending: a client that only sends is stopped by back-pressure. Lines with status 503, and lines that got no answer because the connection broke, may be sent again; an \`id\` in the event makes that safe.`;

const EXAMPLE = {
  id: "tms-99812",
  customer: "acme",
  order: "ASK132456798",
  statusCode: "take",
  statusTime: "2023-07-19T11:06:49+02:00",
  reference: "anc/20221588",
};

const bytesOf = (item: unknown): number => Buffer.byteLength(JSON.stringify(item) ?? "");

/** Only a request that is larger than one event may be can hold an event that is too large. */
function checkEventBytes(items: readonly unknown[], isArray: boolean, bytes: number, maxEventBytes: number): void {
  if (bytes <= maxEventBytes) return;
  const tooLarge = isArray ? [...items.keys()].filter((at) => bytesOf(items[at]) > maxEventBytes) : [0];
  if (tooLarge.length === 0) return;
  const message = `is larger than ${maxEventBytes / 1024 / 1024} MiB (${maxEventBytes} bytes)`;
  const fields = tooLarge.map((at) => ({ path: isArray ? `/${at}` : "", message }));
  throw InputError.tooLarge(`An event ${message}. Raise MAX_EVENT_MIB.`, fields);
}

function itemsOf(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) return [body];
  if (body.length === 0)
    throw InputError.invalid([{ path: "", message: "is an empty list: there is nothing to publish" }]);
  if (body.length > MAX_ITEMS) {
    const message = `has ${body.length} items; at most ${MAX_ITEMS} can be published at once (${NDJSON} takes any number)`;
    throw InputError.invalid([{ path: "", message }]);
  }
  return body;
}

/** The publisher names the only item's fields as if it came alone. */
async function publishAll(
  publisher: Publisher,
  items: readonly unknown[],
  isArray: boolean,
  trace: TraceContext | undefined,
): Promise<PublishResult[]> {
  try {
    return await publisher.publish(items, trace);
  } catch (error) {
    if (!isArray || items.length > 1 || !(error instanceof InputError)) throw error;
    const fields = error.fields.map((field) => ({ ...field, path: `/0${field.path}` }));
    throw error.withFields(fields);
  }
}

/** Tells the log and the trace. */
function tellRequest(logger: Logger, request: FastifyRequest, results: readonly PublishResult[], more: object): void {
  const duplicates = results.filter(({ duplicate }) => duplicate).length;
  const deliveries = results.reduce((sum, result) => sum + (result.duplicate ? 0 : result.deliveries), 0);
  const count = results.length;
  const counts = { published: count - duplicates, duplicates, refused: 0, deliveries };
  logger.info({ count, ...counts, ...more }, "request");
  tellPublished(request, counts, Array.isArray(request.body) ? count : undefined);
}

const emptySummary = (): LinesSummary => ({
  lines: 0,
  published: 0,
  duplicates: 0,
  refused: 0,
  deliveries: 0,
  bytes: 0,
});

function answerLines({ request, requireKey }: Pick<Call, "request" | "requireKey">, options: PublishOptions): Answer {
  const { clock, logger, publisher } = options;
  const start = clock.monotonic();
  const summary = emptySummary();
  const asLongAsValid: Publisher = {
    ...publisher,
    async publishEach(items, trace) {
      // A request without an end would otherwise go on with a key that was revoked long ago.
      requireKey();
      return publisher.publishEach(items, trace);
    },
  };
  const context = { ...options, publisher: asLongAsValid, trace: publishingTrace(request) };
  const lines = publishLines(request.raw, context, summary);
  const logged = async function* () {
    let complete = false;
    try {
      yield* lines;
      complete = true;
    } finally {
      const { lines: count, ...counts } = summary;
      logger.info({ count, ...counts, ms: Math.round(clock.monotonic() - start), complete }, "published lines");
      tellPublished(request, counts, count);
    }
  };
  return { status: 200, body: Readable.from(logged(), { objectMode: false }), contentType: NDJSON };
}

/** `POST /v1/events`: the publisher checks the events by the schema that the document shows; nothing is checked twice. */
export function publishOperation(options: PublishOptions): Operation {
  const { publisher, clock, logger, maxEventBytes } = options;
  return operation({
    id: "publishEvents",
    method: "POST",
    path: "/v1/events",
    tag: "Events",
    access: { roles: ["operator", "producer"] },
    summary: "Publish status changes",
    description: DESCRIPTION,
    body: {
      schema: Type.Unknown(),
      most: "request",
      shown: Events,
      examples: { one: EXAMPLE, several: [EXAMPLE, { ...EXAMPLE, id: "tms-99813", statusCode: "DELIVERED" }] },
      others: { [NDJSON]: Type.String({ description: "One event a line" }) },
    },
    answers: {
      200: { description: `To ${NDJSON}: a line for each line, and a summary`, others: { [NDJSON]: PublishedLine } },
      202: {
        description: "Committed: one result, or a list of them in the order of the items",
        schema: oneOrMany(Published),
      },
    },
    refusals: [409],
    async answer({ body, request, requireKey }) {
      if (body === request.raw) return answerLines({ request, requireKey }, options);
      const start = clock.monotonic();
      const items = itemsOf(body);
      const isArray = Array.isArray(body);
      const bytes = options.bytesOf(request);
      checkEventBytes(items, isArray, bytes, maxEventBytes);
      const results = await publishAll(publisher, items, isArray, publishingTrace(request));
      tellRequest(logger, request, results, { ms: Math.round(clock.monotonic() - start), bytes });
      return { status: 202, body: isArray ? results : results[0] };
    },
  });
}
