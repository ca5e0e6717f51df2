import { Type } from "typebox";
import { RenderError } from "../errors.js";
import { formatLocal } from "../time.js";
import type { StatusEvent } from "../types.js";
import { descriptionIn } from "./descriptions.js";
import { safeFileName } from "./file-name.js";
import { bodyOf, type Segment } from "./segments.js";
import type { Payload, RenderContext, Template } from "./template.js";
import { type XmlElement, xmlDocument } from "./xml.js";

const OPTIONS = Type.Object(
  {
    format: Type.Optional(
      Type.Enum(["json", "xml"], { description: "Of files and posts; a GET always carries the query string" }),
    ),
  },
  { additionalProperties: false },
);

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** How many of the members that `textsOf` lists travel in a query string. */
const QUERY_MEMBERS = 10;

/** The members that are text, in ON TIME's order: ten that every method sends, then those of documents. */
function textsOf(event: StatusEvent, timeZone: string) {
  return {
    order: event.order,
    barcode: event.barcode,
    container: event.container,
    status: event.status,
    statustime: formatLocal(event.statusTime, timeZone),
    statuscode: event.statusCode,
    statusNL: descriptionIn(event.descriptions, "nl"),
    statusEN: descriptionIn(event.descriptions, "en"),
    statusFR: descriptionIn(event.descriptions, "fr"),
    referentie: event.reference,
    comment: event.comment,
    oldlead: event.oldLead,
    newlead: event.newLead,
    verifier: event.verifier,
  };
}

type Texts = ReturnType<typeof textsOf>;

function queryPayload(texts: Texts): Payload {
  const members = Object.entries(texts).slice(0, QUERY_MEMBERS);
  return {
    contentType: "application/x-www-form-urlencoded",
    body: Buffer.alloc(0),
    fields: members.map(([name, text]) => [name, text.replace(LONE_SURROGATE, "\uFFFD")] as const),
  };
}

function jsonSegments(texts: Texts, event: StatusEvent): Segment[] {
  const segments: Segment[] = [`${JSON.stringify(texts).slice(0, -1)},"signatures":[`];
  event.signatures.forEach(({ image, signedBy }, at) => {
    segments.push(`${at > 0 ? "," : ""}{"signature":"`, image, `","signedby":${JSON.stringify(signedBy)}}`);
  });
  segments.push('],"pictures":[');
  event.pictures.forEach((picture, at) => {
    segments.push(at > 0 ? ',"' : '"', picture, '"');
  });
  segments.push("]}");
  return segments;
}

function xmlSegments(texts: Texts, event: StatusEvent): Segment[] {
  const signatures = event.signatures.flatMap(({ image, signedBy }): XmlElement[] => [
    ["signature", image],
    ["signedby", signedBy],
  ]);
  const pictures = event.pictures.map((picture): XmlElement => ["picture", picture]);
  return xmlDocument(["track", [...Object.entries(texts), ["signatures", signatures], ["pictures", pictures]]]);
}

function render(
  events: readonly StatusEvent[],
  _options: unknown,
  { format, target, timeZone }: RenderContext,
): Payload {
  const [event, another] = events;
  if (!event || another) throw new RenderError("event", "one_event", "ON TIME's payloads hold exactly one event.");
  if (format !== "query" && format !== "json" && format !== "xml") {
    throw new RenderError("endpoint", "format", `ON TIME knows query, json and xml, not ${format}.`);
  }
  const texts = textsOf(event, timeZone);
  if (format === "query") return queryPayload(texts);
  const segments = format === "json" ? jsonSegments(texts, event) : xmlSegments(texts, event);
  return {
    contentType: `application/${format}`,
    body: bodyOf(segments),
    ...(target === "file" ? { fileName: safeFileName([event.order, event.statusCode, texts.statustime], format) } : {}),
  };
}

/** ON TIME Logistics: query string, JSON and XML, to the byte as their webhook document shows them. */
export const ontime: Template = {
  name: "ontime",
  label: "ON TIME",
  optionsSchema: OPTIONS,
  formats: ["query", "json", "xml"],
  maxEvents: 1,
  needs: { history: false, details: false },
  render,
};
