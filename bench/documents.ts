import type { EventInput } from "../src/types.js";

const DOCUMENT_BYTES = 600;
const STATUS_TIME = "20230719110649";
const COMMENT =
  "TAKE on: 2023-07-19 Time: 10:33:04 Scan by PRISCILLA RAES GSM: +32 494508051 Status: MK Mee Kaai GPS: lat 51.234535 - lon 4.410024 ";

function documentWith(order: string, comment: string): string {
  return JSON.stringify({
    order,
    barcode: "",
    container: "",
    status: "PROCESSING",
    statustime: STATUS_TIME,
    statuscode: "take",
    statusNL: "Mee met koerier",
    statusEN: "Taken by courier",
    statusFR: "En route avec courier",
    referentie: "anc/20221588",
    comment,
    oldlead: "",
    newlead: "",
    verifier: "",
    signatures: [],
    pictures: [],
  });
}

/** The number of an order, always of the same length. */
export const orderNumber = (number: number): string => `ASK${String(number).padStart(9, "0")}`;

/** The comment that makes a document of so many bytes. */
function commentFor(bytes: number): string {
  const length = bytes - documentWith(orderNumber(0), "").length;
  if (length < 0) throw new Error(`no document has only ${bytes} bytes`);
  return COMMENT.padEnd(length, "-").slice(0, length);
}

/** What the endpoint of a POST gets for an event. */
export const documentOf = (order: string, bytes = DOCUMENT_BYTES): string => documentWith(order, commentFor(bytes));

/** The file that it becomes for an endpoint of files. */
export const fileNameOf = (order: string): string => `${order}_take_${STATUS_TIME}.json`;

/** The event that becomes this document. */
export function eventOf(customer: string, order: string, bytes = DOCUMENT_BYTES): EventInput {
  return {
    id: `tms-${order}`,
    customer,
    order,
    statusCode: "take",
    statusTime: STATUS_TIME,
    reference: "anc/20221588",
    comment: commentFor(bytes),
  };
}

/** Publishing requests: `count` events in arrays of `size`, their orders numbered from `from`, for each customer in turn. */
export function publishBodies(
  customers: readonly string[],
  from: number,
  count: number,
  size: number,
  bytes = DOCUMENT_BYTES,
): string[] {
  const bodies: string[] = [];
  for (let at = 0; at < count; at += size) {
    const events = Array.from({ length: Math.min(size, count - at) }, (_, index) =>
      eventOf(customers[(at + index) % customers.length] ?? "", orderNumber(from + at + index), bytes),
    );
    bodies.push(JSON.stringify(events));
  }
  return bodies;
}
