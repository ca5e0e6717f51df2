import type { Document, Page } from "./page.js";
import { Encoded, encodeXml, Picture, toText, xmlCharacters } from "./values.js";

const IN_ATTRIBUTE = /[\t\n]/g;

/** What begins in a template's own text and holds no markup until its end. */
const SECTIONS: ReadonlyMap<string, string> = new Map([
  ["<![CDATA[", "]]>"],
  ["<!--", "-->"],
  ["<?", "?>"],
]);
const SECTION_START = /<!\[CDATA\[|<!--|<\?/g;
/** All ends have three characters at most. */
const KEPT = 2;

const NEXT_SECTION = "]]><![CDATA[";

/**
 * Nothing is escaped in a CDATA section: what would end it is divided between two of them, also what would with the
 * template's own text before it or behind it.
 */
function inCdata(text: string, before: string): string {
  const clean = xmlCharacters(text).replaceAll("]]>", `]]${NEXT_SECTION}>`);
  return `${before.endsWith("]") ? NEXT_SECTION : ""}${clean}${clean.endsWith("]") ? NEXT_SECTION : ""}`;
}

/** Two hyphens would end a comment, with those around it too. */
function inComment(text: string): string {
  return encodeXml(text)
    .replace(/-(?=-)|-$/g, "- ")
    .replace(/^-/, " -");
}

/** A parser turns a line end or tab in an attribute into a space, unless it is a reference. */
const inAttribute = (text: string) =>
  encodeXml(text).replace(IN_ATTRIBUTE, (character) => `&#${character.charCodeAt(0)};`);

/** XML: outputs are escaped as the place where they stand needs it. */
export function xmlWriter(page: Page): Document {
  let inTag = false;
  let sectionEnd = "";
  let before = "";

  /** Follows the template's own text up to where the next output stands. */
  function follow(text: string): void {
    let at = 0;
    while (at < text.length) {
      if (sectionEnd) {
        const end = text.indexOf(sectionEnd, at);
        if (end < 0) return;
        at = end + sectionEnd.length;
        sectionEnd = "";
      }
      SECTION_START.lastIndex = at;
      const start = SECTION_START.exec(text);
      const markup = text.slice(at, start?.index);
      const [opened, closed] = [markup.lastIndexOf("<"), markup.lastIndexOf(">")];
      if (opened !== closed) inTag = opened > closed;
      if (!start) return;
      sectionEnd = SECTIONS.get(start[0]) ?? "";
      at = start.index + start[0].length;
    }
  }

  function literal(text: string): void {
    page.text(text);
    // An end may come in two pieces, on both sides of a tag.
    follow(sectionEnd ? before + text : text);
    before = (before + text).slice(-KEPT);
  }

  return {
    literal,
    value(value) {
      const raw = value instanceof Encoded && value.encoding === "raw" ? toText(value.value) : null;
      if (raw !== null) return literal(raw);
      const behind = before;
      before = "";
      if (value instanceof Picture) return page.content(Picture.contentOf(value));
      const text = toText(value instanceof Encoded && value.encoding === "xml" ? value.value : value);
      if (sectionEnd === "]]>") page.text(inCdata(text, behind));
      else if (sectionEnd === "-->") page.text(inComment(text));
      else page.text(inTag ? inAttribute(text) : encodeXml(text));
    },
    end() {},
  };
}
