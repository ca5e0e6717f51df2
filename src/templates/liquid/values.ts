import type { Content } from "../../types.js";
import { base64Of } from "../segments.js";
import { Refused } from "./budget.js";

/** A picture, signature or document as a template sees it: it can be written out, and nothing else. */
export class Picture {
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
  /** Without the head of the data URI. */
  readonly base64?: Picture;
  // Private: a template could open what it can read.
  readonly #content: Content;

  constructor(content: Content, whole = true) {
    this.sha256 = content.sha256;
    this.bytes = content.length;
    this.mediaType = content.mediaType;
    this.#content = content;
    if (whole) this.base64 = new Picture(base64Of(content), false);
  }

  static contentOf(picture: Picture): Content {
    return picture.#content;
  }

  /** Filters and captures make texts, and a picture never is one: it is streamed. */
  toString(): never {
    throw new Refused("picture", "a picture can only be written out as it is, in JSON, XML, CSV or plain text");
  }

  toJSON(): never {
    return this.toString();
  }
}

export type Encoding = "json" | "xml" | "csv" | "url" | "raw";

/** A value with the encoding that its template asked for. */
export class Encoded {
  readonly encoding: Encoding;
  readonly value: unknown;

  constructor(encoding: Encoding, value: unknown) {
    this.encoding = encoding;
    this.value = value;
  }

  /** The encoded text, for filters that follow and for documents of another format. */
  toString(): string {
    return ENCODERS[this.encoding](this.value);
  }
}

/** An output on its way to the document; what comes without this is the template's own text. */
export class Shown {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

const C0 = "\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F";
/** Control characters but tab and line ends: neither CSV nor plain text can hold them. */
export const CONTROLS = new RegExp(`[${C0}]`, "g");

const QUOTED_XML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// Outside XML 1.0's production Char.
const NOT_A_CHAR = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const XML_MARKUP = /[&<>"'\r\u0085\u2028\u2029]/g;
const reference = (character: string): string => QUOTED_XML[character] ?? `&#${character.charCodeAt(0)};`;

/** Text less the characters that XML cannot hold. */
export function xmlCharacters(text: string): string {
  return text.replace(NOT_A_CHAR, "");
}

/** For element texts and attributes in either quotes alike. */
export function encodeXml(text: string): string {
  return xmlCharacters(text).replace(XML_MARKUP, reference);
}

/** As `application/x-www-form-urlencoded` has it: a space is `+`. */
export function encodeForm(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/** A CSV field of its own, after RFC 4180. */
export function encodeCsv(text: string): string {
  const clean = text.replace(CONTROLS, "");
  return /[",;|\t\r\n]|^ | $/.test(clean) ? `"${clean.replaceAll('"', '""')}"` : clean;
}

/** What a value is as text: nothing is empty, a list is its parts one after the other, an object is JSON. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(toText).join("");
  if (typeof value === "object" && !(value instanceof Picture) && !(value instanceof Encoded)) {
    return JSON.stringify(value);
  }
  return String(value);
}

/** JSON of a value without pictures; what JSON has no word for is null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value instanceof Encoded ? value.toString() : value) ?? "null";
}

const ENCODERS: Readonly<Record<Encoding, (value: unknown) => string>> = {
  json: toJson,
  xml: (value) => encodeXml(toText(value)),
  csv: (value) => encodeCsv(toText(value)),
  url: (value) => encodeForm(toText(value)),
  raw: toText,
};
