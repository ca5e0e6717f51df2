import type { Format } from "../template.js";
import { Refused } from "./budget.js";
import { csvWriter } from "./csv-writer.js";
import type { Document, Page } from "./page.js";
import { CONTROLS, Encoded, encodeForm, Picture, toJson, toText } from "./values.js";
import { xmlWriter } from "./xml-writer.js";

/** Of a document: what its text looks like beside what the template says. */
export interface Style {
  readonly delimiter: string;
  readonly lineEnd: string;
}

function rawText(value: unknown): string | null {
  return value instanceof Encoded && value.encoding === "raw" ? toText(value.value) : null;
}

const STRING_END = /["\\]/g;

/**
 * JSON. Within a string an output is that string's text; anywhere else it is a whole value with its own quotes. Thus
 * what an event holds can never become a member or end a string.
 */
function jsonWriter(page: Page): Document {
  let inString = false;
  let escaped = false;

  function literal(text: string): void {
    page.text(text);
    let at = 0;
    if (escaped && text !== "") {
      escaped = false;
      at = 1;
    }
    while (at < text.length) {
      STRING_END.lastIndex = at;
      const found = inString ? STRING_END.exec(text)?.index : text.indexOf('"', at);
      if (found === undefined || found < 0) return;
      const backslash = text[found] === "\\";
      if (!backslash) inString = !inString;
      else if (found + 1 === text.length) escaped = true;
      at = found + (backslash ? 2 : 1);
    }
  }

  function whole(value: unknown): void {
    if (value instanceof Picture) {
      page.text('"');
      page.content(Picture.contentOf(value));
      page.text('"');
    } else if (Array.isArray(value)) {
      page.text("[");
      value.forEach((item, at) => {
        if (at > 0) page.text(",");
        whole(item);
      });
      page.text("]");
    } else if (typeof value === "object" && value !== null && !(value instanceof Encoded)) {
      page.text("{");
      Object.entries(value).forEach(([name, item], at) => {
        page.text(`${at > 0 ? "," : ""}${JSON.stringify(name)}:`);
        whole(item);
      });
      page.text("}");
    } else page.text(toJson(value));
  }

  return {
    literal,
    value(value) {
      if (escaped) throw new Refused("render", "a backslash stands right before it");
      const raw = rawText(value);
      if (raw !== null) return literal(raw);
      // Within a string `json` means what it says: the text of a JSON document.
      if (!inString) return whole(value instanceof Encoded && value.encoding === "json" ? value.value : value);
      if (value instanceof Picture) return page.content(Picture.contentOf(value));
      page.text(JSON.stringify(toText(value)).slice(1, -1));
    },
    end() {},
  };
}

const LINE_END = /\r\n?|\n/g;

/** Plain text: outputs as they are, less control characters; the template's own line ends as the style has them. */
function textWriter(page: Page, { lineEnd }: Style): Document {
  return {
    literal: (text) => page.text(text.replace(LINE_END, lineEnd)),
    value(value) {
      if (value instanceof Picture) return page.content(Picture.contentOf(value));
      page.text(rawText(value) ?? toText(value).replace(CONTROLS, ""));
    },
    end() {},
  };
}

const LAYOUT = /[\t ]*[\r\n]+[\t ]*/g;

/** Pairs of names and values. Line ends of the template, and the indentation around them, only lay it out. */
function formWriter(page: Page): Document {
  return {
    literal: (text) => page.text(text.replace(LAYOUT, "")),
    value(value) {
      const own = value instanceof Encoded && value.encoding === "url";
      page.text(rawText(value) ?? encodeForm(toText(own ? value.value : value)));
    },
    end() {},
  };
}

/** What writes a document of a format: the template's own text as it is, outputs so that they cannot break it. */
export function documentOf(format: Format, page: Page, style: Style): Document {
  if (format === "json") return jsonWriter(page);
  if (format === "xml") return xmlWriter(page);
  if (format === "csv") return csvWriter(page, style);
  if (format === "text") return textWriter(page, style);
  return formWriter(page);
}
