import { Readable } from "node:stream";
import { STATUSES } from "../../schemas/event.js";
import type { Content, OrderDetails, StatusEvent } from "../../types.js";

const image: Content = {
  ...{ sha256: "0".repeat(64), length: 0, mediaType: "image/png", base64At: 0 },
  open: () => Readable.from([]),
};
const time = Date.UTC(2026, 0, 31, 12, 30, 5);

const base: Omit<StatusEvent, "status"> = {
  id: "evt_sample",
  externalId: "sample",
  customer: "sample",
  order: "SAMPLE-1",
  barcode: "3SABCD1234567",
  container: "MSKU1234565",
  statusCode: "sample",
  statusTime: time,
  receivedAt: time,
  descriptions: { nl: "Voorbeeld", en: "Sample", fr: "Exemple" },
  reference: "sample",
  comment: "A sample",
  oldLead: "a",
  newLead: "b",
  verifier: "c",
  signatures: [{ image, signedBy: "A. Sample" }],
  pictures: [image],
  documents: [image],
  documentUrl: "https://example.com/sample.pdf",
  source: "API",
  location: { text: "Antwerp", country: "BE", latitude: 51.2, longitude: 4.4 },
  leg: "origin",
  reason: { code: "R1", text: "A reason", at: "2026-01-31T12:30:05Z", state: "OPEN" },
  replacement: { trackingNumber: "SAMPLE-2", kind: "return" },
  file: { id: 1 },
};

/** One event of each status, with all that an event can have: what a template is tried with when it is saved. */
export const SAMPLE_EVENTS: readonly StatusEvent[] = STATUSES.map((status) => ({ ...base, status }));

const carrier = { code: "SAMPLE-1", name: "Sample", website: "https://example.com", phone: "+32 3 000 00 00" };
const party = {
  ...{ name: "A. Sample", email: "a@example.com", phone: "+32 3 000 00 00", address: "Kaai 5" },
  ...{ city: "Antwerp", neighbourhood: "Dok", postcode: "2000", country: "BE" },
};

export const SAMPLE_DETAILS: OrderDetails = {
  reference: "sample",
  customerOrderId: "1",
  supplierOrderNumber: 1,
  title: "Sample",
  createdAt: "2026-01-30T12:30:05Z",
  trackingNumber: "SAMPLE-1",
  trackingUrl: "https://example.com/1",
  statusPageUrl: "https://example.com/1",
  carrier,
  destinationCarrier: carrier,
  originCountry: "BE",
  destinationCountry: "NL",
  sender: party,
  recipient: { ...party, instructions: "Ring twice" },
  account: { number: 1, name: "Sample" },
  pieces: 1,
  weight: "0.5",
  codAmount: "0.00",
  paymentMethod: "Prepaid",
  isReturn: false,
  receivedAt: "2026-01-30T12:30:05Z",
  pickedUpAt: "2026-01-30T13:30:05Z",
  deliveredAt: "2026-01-31T12:30:05Z",
  packages: [{ id: "1", trackingUrl: "https://example.com/1", barcode: "3SABCD1234567" }],
  extra: {},
};
