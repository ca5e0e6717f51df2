import fc from "fast-check";
import { STATUSES } from "../../src/schemas/event.js";
import { OrderDetails as OrderDetailsSchema } from "../../src/schemas/order.js";
import type { OrderDetails, StatusEvent } from "../../src/types.js";
import { contentOf, eventOf } from "../templates/support.js";
import { type Schema, valuesOf } from "./schema-values.js";
import { anyText } from "./texts.js";

const CONTENTS = [
  "data:image/png;base64,iVBORw0KGgo=",
  "data:image/jpeg;base64, /9j/4AAQSkZJRg==",
  "data:application/pdf;base64,JVBERi0xLjQ=",
  "data:text/html;base64,PHNjcmlwdD4=",
].map((uri) => contentOf(uri, 7));
const content = fc.constantFrom(...CONTENTS);
const contents = fc.array(content, { maxLength: 2 });
const text = anyText();
/** The times that a status can have. */
const time = fc.oneof(
  fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }),
  fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
);

/** A status change with anything in every field. */
export const anyEvent: fc.Arbitrary<StatusEvent> = fc
  .record({
    order: text,
    barcode: text,
    container: text,
    statusCode: text,
    status: fc.constantFrom(...STATUSES),
    statusTime: time,
    descriptions: fc.dictionary(fc.constantFrom("nl", "fr", "en", "es-CO", "xx"), text, { maxKeys: 4 }),
    reference: text,
    comment: anyText(200),
    oldLead: text,
    newLead: text,
    verifier: text,
    signatures: fc.array(fc.record({ image: content, signedBy: text }), { maxLength: 2 }),
    pictures: contents,
    documents: contents,
    documentUrl: text,
    source: text,
    location: fc.option(
      fc.record({ text, country: text, latitude: fc.double({ min: -90, max: 90, noNaN: true }) }, { requiredKeys: [] }),
    ),
    leg: text,
    reason: fc.option(fc.record({ code: text, text, at: text, state: text }, { requiredKeys: [] })),
    replacement: fc.option(fc.record({ trackingNumber: text, kind: text }, { requiredKeys: ["trackingNumber"] })),
    file: fc.option(fc.record({ id: fc.oneof(text, fc.nat()) })),
  })
  .map((event) => eventOf(event));

/** What the schema of an order's details allows. */
export const anyDetails = valuesOf(OrderDetailsSchema as unknown as Schema, {
  resolve: () => ({}),
  known: {},
  junk: 0,
}) as fc.Arbitrary<OrderDetails>;
