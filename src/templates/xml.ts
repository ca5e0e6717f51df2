import type { Content } from "../types.js";
import type { Segment } from "./segments.js";

/** An element: its name and what it holds. Names are written as they are. */
export type XmlElement = readonly [name: string, holds: string | Content | readonly XmlElement[]];

// All that is outside XML 1.0's production Char: most control characters, lone surrogates, U+FFFE and U+FFFF.
const NOT_A_CHAR = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
// Most texts need no change, and one look without the u flag tells; a surrogate pair takes the long way.
const UNCHANGED = /^[\t\n\u0020-%'-;=?-\u0084\u0086-\u2027\u202A-\uD7FF\uE000-\uFFFD]*$/;
// A parser turns a bare carriage return into a line feed (XML 1.0, 2.11); some turn U+0085, U+2028 and U+2029 into one too.
const MARKUP = /[&<>\r\u0085\u2028\u2029]/g;
const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const reference = (character: string): string => NAMED[character] ?? `&#${character.charCodeAt(0)};`;

/** Text as an element may hold it: a parser gives it back, less the characters that XML 1.0 cannot hold. */
export function escapeXml(text: string): string {
  if (UNCHANGED.test(text)) return text;
  return text.replace(NOT_A_CHAR, "").replace(MARKUP, reference);
}

/** A document with ON TIME's declaration, indented with tabs, ended by a line feed; contents stay apart, to be streamed. */
export function xmlDocument(root: XmlElement): Segment[] {
  const segments: Segment[] = [];
  let text = "<?xml version='1.0' encoding='utf-8'?>\n";
  const write = ([name, holds]: XmlElement, indent: string): void => {
    text += `${indent}<${name}>`;
    if (typeof holds === "string") text += escapeXml(holds);
    else if ("sha256" in holds) {
      segments.push(text, holds);
      text = "";
    } else if (holds.length > 0) {
      text += "\n";
      for (const child of holds) write(child, `${indent}\t`);
      text += indent;
    }
    text += `</${name}>\n`;
  };
  write(root, "");
  segments.push(text);
  return segments;
}
