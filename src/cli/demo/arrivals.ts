import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatLocal, parseStatusTime } from "../../time.js";
import type { EventInput } from "../../types.js";
import type { Method } from "./customers.js";
import type { Arrival } from "./receivers.js";

const TIME_ZONE = "Europe/Brussels";

/** What differs between what should have arrived and what did. */
export interface Comparison {
  readonly expected: number;
  readonly arrived: number;
  /** Arrivals with an id that was there already: sent again, as the customer can tell. */
  readonly repeated: number;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, decimal: string) => String.fromCodePoint(Number(decimal)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text = ""]) => unescapeXml(text));
}

/** Reads ON TIME's XML into the members that its JSON has. */
function readXml(xml: string): Record<string, unknown> {
  const names = [...xml.matchAll(/^\t<(\w+)>[^<]*<\/\1>$/gm)].map(([, name = ""]) => name);
  const signedBy = elements(xml, "signedby");
  return {
    ...Object.fromEntries(names.map((name) => [name, elements(xml, name)[0] ?? ""])),
    signatures: elements(xml, "signature").map((signature, at) => ({ signature, signedby: signedBy[at] })),
    pictures: elements(xml, "picture"),
  };
}

/** The files of a folder as arrivals; those still under their temporary name have not arrived. */
export function readFolder(folder: string): Arrival[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.(json|xml)$/.test(name) && !name.startsWith("."));
  return names.map((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return { id: name, fields: name.endsWith(".xml") ? readXml(text) : JSON.parse(text) };
  });
}

/** How many files have arrived, without reading them. */
export function countFiles(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).filter((name) => /\.(json|xml)$/.test(name) && !name.startsWith(".")).length;
}

type Fact = Readonly<Record<string, unknown>>;

/** What a payload must say of an event: the fields that come from the event itself, not from the catalogue. */
function factOfEvent(event: EventInput, method: Method): Fact {
  const basic = {
    order: event.order,
    barcode: event.barcode ?? "",
    container: event.container ?? "",
    statuscode: event.statusCode,
    statustime: formatLocal(parseStatusTime(event.statusTime, TIME_ZONE) ?? 0, TIME_ZONE),
    referentie: event.reference ?? "",
  };
  if (method === "URL/GET") return basic;
  return {
    ...basic,
    comment: event.comment ?? "",
    oldlead: event.oldLead ?? "",
    newlead: event.newLead ?? "",
    verifier: event.verifier ?? "",
    signatures: (event.signatures ?? []).map(({ image, signedBy }) => ({ signature: image, signedby: signedBy ?? "" })),
    pictures: event.pictures ?? [],
  };
}

function keyOf(fact: Fact, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => fact[name]));
}

function describe(fact: Fact): string {
  return `${fact.order} ${fact.statuscode} ${fact.statustime}`;
}

/** Compares what arrived at one endpoint with the events it was to be told of, once each, field by field. */
export function compare(events: readonly EventInput[], method: Method, arrivals: readonly Arrival[]): Comparison {
  const once = new Map(arrivals.map((arrival) => [arrival.id, arrival.fields]));
  const facts = events.map((event) => factOfEvent(event, method));
  const names = Object.keys(facts[0] ?? {});
  const open = new Map<string, Fact[]>();
  for (const fact of facts) open.set(keyOf(fact, names), [...(open.get(keyOf(fact, names)) ?? []), fact]);
  const unexpected: string[] = [];
  for (const fields of once.values()) {
    if (!open.get(keyOf(fields, names))?.pop()) unexpected.push(describe(fields));
  }
  return {
    expected: events.length,
    arrived: once.size,
    repeated: arrivals.length - once.size,
    missing: [...open.values()].flat().map(describe),
    unexpected,
  };
}
