/** What is wrong with a document, and at which of its characters. */
export interface DocumentFault {
  readonly at: number;
  readonly message: string;
}

const START =
  "[:A-Z_a-z\\u00C0-\\u02FF\\u0370-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD]";
const NAME = `${START}(?:${START}|[-.0-9\\u00B7\\u0300-\\u036F])*`;
const TAG_NAME = new RegExp(NAME, "y");
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(["'])`, "y");
const TAG_END = /\s*(\/?)>/y;
const CLOSING = new RegExp(`</(${NAME})\\s*>`, "y");
const ENTITY = /&(?:(?:amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/y;
const NOT_A_CHAR = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const DECLARATION =
  /^<\?xml\s+version\s*=\s*(["'])1\.[0-9]\1(?:\s+encoding\s*=\s*(["'])([A-Za-z0-9._-]+)\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\4)?\s*$/;

const isChar = (code: number): boolean => code <= 0x10ffff && !NOT_A_CHAR.test(String.fromCodePoint(code));

class Fault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The references in a text or an attribute's value, which begins at `from` of the document. */
function checkReferences(part: string, from: number): void {
  for (let at = part.indexOf("&"); at >= 0; at = part.indexOf("&", at + 1)) {
    const found = match(ENTITY, part, at);
    if (!found) throw new Fault(from + at, "an & begins no reference: it is written &amp;");
    const [, decimal, hex] = found;
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : 0x20;
    if (!isChar(code)) throw new Fault(from + at, "a reference names a character that XML cannot hold");
  }
}

/** A start tag from its `<` on: its name, whether it is empty, and where it ends. */
function startTag(text: string, from: number): { name: string; empty: boolean; end: number } {
  const name = match(TAG_NAME, text, from + 1)?.[0];
  if (name === undefined) throw new Fault(from, "a < begins no tag: it is written &lt;");
  const seen = new Set<string>();
  let at = from + 1 + name.length;
  for (let found = match(ATTRIBUTE, text, at); found; found = match(ATTRIBUTE, text, at)) {
    const [whole, attribute = "", quote = '"'] = found;
    if (seen.has(attribute)) throw new Fault(at, `the attribute ${attribute} stands twice in <${name}>`);
    seen.add(attribute);
    const value = at + whole.length;
    const end = text.indexOf(quote, value);
    if (end < 0) throw new Fault(at, `the attribute ${attribute} of <${name}> does not end`);
    const held = text.slice(value, end);
    const less = held.indexOf("<");
    if (less >= 0) throw new Fault(value + less, "a < stands in an attribute: it is written &lt;");
    checkReferences(held, value);
    at = end + 1;
  }
  const closed = match(TAG_END, text, at);
  if (!closed) throw new Fault(at, `the tag <${name}> holds something that is no attribute`);
  return { name, empty: closed[1] === "/", end: at + closed[0].length };
}

/** Where a comment, CDATA section or processing instruction ends that begins at `from`; null: it is none. */
function asideEnd(text: string, from: number, inRoot: boolean): number | null {
  const endOf = (end: string, start: number, what: string): number => {
    const at = text.indexOf(end, start);
    if (at < 0) throw new Fault(from, `${what} does not end`);
    return at;
  };
  if (text.startsWith("<!--", from)) {
    const dashes = endOf("--", from + 4, "a comment");
    if (text[dashes + 2] !== ">") throw new Fault(dashes, "-- stands within a comment");
    return dashes + 3;
  }
  if (text.startsWith("<![CDATA[", from)) {
    if (!inRoot) throw new Fault(from, "a CDATA section stands outside the root element");
    return endOf("]]>", from + 9, "a CDATA section") + 3;
  }
  if (text.startsWith("<!", from)) throw new Fault(from, "a document type cannot be declared");
  if (!text.startsWith("<?", from)) return null;
  const end = endOf("?>", from + 2, "a processing instruction");
  const target = match(TAG_NAME, text, from + 2)?.[0];
  if (target === undefined) throw new Fault(from, "a processing instruction has no name");
  if (target.toLowerCase() === "xml") checkDeclaration(text, from, end);
  return end + 2;
}

function checkDeclaration(text: string, from: number, end: number): void {
  const found = DECLARATION.exec(text.slice(from, end));
  if (from !== 0) throw new Fault(from, "the XML declaration stands at the very beginning, or not at all");
  if (!found) throw new Fault(from, "the XML declaration is not in its form");
  if (found[3] && found[3].toLowerCase() !== "utf-8") throw new Fault(from, `it is sent in UTF-8, not in ${found[3]}`);
}

function check(text: string): void {
  const bad = NOT_A_CHAR.exec(text);
  if (bad) throw new Fault(bad.index, "it holds a character that XML cannot hold");
  const open: string[] = [];
  let roots = 0;
  // A byte order mark may come first.
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const next = text.indexOf("<", at);
    const end = next < 0 ? text.length : next;
    // No further than the next tag: looking through the rest each time would take the square of the length.
    const held = text.slice(at, end);
    if (open.length === 0 && /\S/.test(held)) throw new Fault(at, "text stands outside the root element");
    checkReferences(held, at);
    const sectionEnd = held.indexOf("]]>");
    if (sectionEnd >= 0) throw new Fault(at + sectionEnd, "]]> stands in a text: it is written ]]&gt;");
    if (next < 0) break;
    const after = asideEnd(text, next, open.length > 0);
    if (after !== null) at = after;
    else if (text[next + 1] === "/") {
      const closing = match(CLOSING, text, next);
      const expected = open.pop();
      if (!closing || closing[1] !== expected) {
        throw new Fault(
          next,
          expected === undefined ? "a tag is closed that was not opened" : `</${expected}> is missing`,
        );
      }
      at = next + closing[0].length;
    } else {
      const tag = startTag(text, next);
      if (open.length === 0 && ++roots > 1) throw new Fault(next, "it has more than one root element");
      if (!tag.empty) open.push(tag.name);
      at = tag.end;
    }
  }
  const unclosed = open.pop();
  if (unclosed !== undefined) throw new Fault(text.length, `<${unclosed}> is not closed`);
  if (roots === 0) throw new Fault(text.length, "it has no root element");
}

/** Why a text is no well-formed XML 1.0 document in UTF-8, without document type; null: it is one. */
export function xmlFault(text: string): DocumentFault | null {
  try {
    check(text);
    return null;
  } catch (error) {
    if (error instanceof Fault) return { at: error.at, message: error.message };
    throw error;
  }
}
