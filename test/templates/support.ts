import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DOMParser } from "@xmldom/xmldom";
import { BUILT_IN_ROWS } from "../../src/catalogue/index.js";
import { ontime } from "../../src/templates/ontime.js";
import type { Format, Payload, RenderContext } from "../../src/templates/template.js";
import type { Content, StatusEvent } from "../../src/types.js";

/** A file of test/data as text. */
export function sample(name: string): string {
  return readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8");
}

/** A content that is kept in memory and streamed in pieces of `chunk` bytes. */
export function contentOf(dataUri: string, chunk = 64 * 1024): Content {
  const bytes = Buffer.from(dataUri);
  return {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    length: bytes.length,
    mediaType: /^data:([^;,]*)/.exec(dataUri)?.[1] ?? "",
    base64At: /^data:[^,]*, ?/.exec(dataUri)?.[0].length ?? 0,
    async *open() {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    },
  };
}

/** The event of ON TIME's POST example, changed by `changes`. */
export function eventOf(changes: Partial<StatusEvent> = {}): StatusEvent {
  return {
    id: "evt_1",
    externalId: null,
    customer: "acme",
    order: "ASK132456798",
    barcode: "",
    container: "",
    statusCode: "take",
    status: "PROCESSING",
    statusTime: Date.parse("2023-07-19T11:06:49+02:00"),
    receivedAt: Date.parse("2023-07-19T11:06:50+02:00"),
    descriptions: { nl: "Mee met koerier", fr: "En route avec courier", en: "Taken by courier" },
    reference: "anc/20221588",
    comment:
      "TAKE on: 2023-07-19 Time: 10:33:04 Scan by PRISCILLA RAES GSM: +32 494508051 Status: MK Mee Kaai GPS: lat 51.234535 - lon 4.410024",
    oldLead: "",
    newLead: "",
    verifier: "",
    signatures: [],
    pictures: [],
    documents: [],
    documentUrl: "",
    source: "API",
    location: null,
    leg: "",
    reason: null,
    replacement: null,
    file: null,
    ...changes,
  };
}

/** One event for each of the catalogue's 166 rows. */
export const catalogueEvents: readonly StatusEvent[] = BUILT_IN_ROWS.map((row, at) =>
  eventOf({ ...row, statusCode: row.code, order: `ASK${at}`, statusTime: 1_689_757_609_000 + at * 1000 }),
);

/** What a template gets to know beside an event without history and details, changed by `changes`. */
export function contextOf(changes: Partial<RenderContext> = {}): RenderContext {
  const nothing = { now: 0, id: "dlv_1", history: [], details: {} };
  return { format: "json", target: "http", timeZone: "Europe/Brussels", ...nothing, ...changes };
}

export function render(event: StatusEvent, format: Format, timeZone = "Europe/Brussels"): Payload {
  return ontime.render([event], {}, contextOf({ format, target: "file", timeZone }));
}

/** The body as a receiver gets it. */
export async function bytesOf({ body }: Payload): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function textOf(payload: Payload): Promise<string> {
  return (await bytesOf(payload)).toString("utf8");
}

/** ON TIME's text members of an event, by name and in order. */
export function membersOf(event: StatusEvent, statustime: string): Record<string, string> {
  return {
    order: event.order,
    barcode: event.barcode,
    container: event.container,
    status: event.status,
    statustime,
    statuscode: event.statusCode,
    statusNL: event.descriptions.nl ?? "",
    statusEN: event.descriptions.en ?? "",
    statusFR: event.descriptions.fr ?? "",
    referentie: event.reference,
    comment: event.comment,
    oldlead: event.oldLead,
    newlead: event.newLead,
    verifier: event.verifier,
  };
}

/** What an independent parser reads in a document: the root's children by name, in order, lists as their elements' texts. */
export function parseXml(xml: string): [name: string, text: string | [string, string][]][] {
  const fail = (level: string, message: string) => {
    // A text may hold U+FFFD of its own, which the parser only warns of.
    if (level !== "warning") throw new Error(`${level}: ${message}`);
  };
  const root = new DOMParser({ onError: fail }).parseFromString(xml, "text/xml").documentElement;
  return [...(root?.childNodes ?? [])]
    .filter((node) => node.nodeType === node.ELEMENT_NODE)
    .map((node) => {
      const children = [...node.childNodes].filter((child) => child.nodeType === child.ELEMENT_NODE);
      const list = node.nodeName === "signatures" || node.nodeName === "pictures";
      const texts = children.map((child): [string, string] => [child.nodeName, child.textContent ?? ""]);
      return [node.nodeName, list ? texts : (node.textContent ?? "")];
    });
}

/** What XML 1.0 can hold of a text. */
export function xmlPart(text: string): string {
  return [...text]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x20) return code === 9 || code === 10 || code === 13;
      return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
    })
    .join("");
}
