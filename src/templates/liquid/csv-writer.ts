import type { Content } from "../../types.js";
import { Refused } from "./budget.js";
import type { Document, Page } from "./page.js";
import { CONTROLS, Encoded, Picture, toText } from "./values.js";

interface Style {
  readonly delimiter: string;
  readonly lineEnd: string;
}

/**
 * CSV after RFC 4180. Only the template's own text ends a field or a line, so outputs stay in the field where they
 * stand: it is put into quotes as a whole when one of them needs it, and within the template's own quotes theirs are
 * doubled.
 */
export function csvWriter(page: Page, { delimiter, lineEnd }: Style): Document {
  /** Of the field under way; the template's own text and outputs alike. */
  let field: (string | Content)[] = [];
  let quoting = false;
  let inQuotes = false;
  // A space at either end, which some readers trim, and all that a reader could take for the end of something.
  const needsQuotes = (text: string) => text.includes(delimiter) || /["\r\n]|^\s|\s$/.test(text);

  function flush(): void {
    const write = (part: string | Content) => {
      if (typeof part !== "string") page.content(part);
      else page.text(quoting ? part.replaceAll('"', '""') : part);
    };
    if (quoting) page.text('"');
    for (const part of field) write(part);
    if (quoting) page.text('"');
    field = [];
    quoting = false;
  }

  function literal(text: string): void {
    for (const [piece] of text.matchAll(/\r\n?|\n|"|[^\r\n"]+/g)) {
      if (piece === '"') {
        if (quoting) throw new Refused("render", "a quote stands in a field that an output has put into quotes");
        inQuotes = !inQuotes;
        flush();
        page.text('"');
      } else if (piece.startsWith("\r") || piece === "\n") {
        flush();
        page.text(lineEnd);
      } else if (inQuotes) page.text(piece);
      else {
        const [first = "", ...more] = piece.split(delimiter);
        field.push(first);
        for (const next of more) {
          flush();
          page.text(delimiter);
          field.push(next);
        }
      }
    }
  }

  return {
    literal,
    value(value) {
      if (value instanceof Encoded && value.encoding === "raw") return literal(toText(value.value));
      if (value instanceof Picture) {
        // Its bytes hold commas, never a quote.
        if (inQuotes) return page.content(Picture.contentOf(value));
        quoting = true;
        field.push(Picture.contentOf(value));
        return;
      }
      const own = value instanceof Encoded && value.encoding === "csv";
      const text = toText(own ? value.value : value).replace(CONTROLS, "");
      if (inQuotes) return page.text(text.replaceAll('"', '""'));
      if (needsQuotes(text)) quoting = true;
      field.push(text);
    },
    end() {
      flush();
      if (inQuotes) throw new Refused("render", "a quote is not closed");
    },
  };
}
