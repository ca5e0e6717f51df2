import { escapeHtml, oneLine } from "../alerts/safe-text.js";
import { csvCell } from "../tables/csv.js";
import { formsInFileName } from "../templates/file-name.js";

/** UTF-8 bytes by which a number is known where it was cut: a file name keeps more of it, and so does a line of a mail. */
const KNOWN_BYTES = 120;

const LETTER = /[\p{L}\p{N}]/u;
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
/** Without the quotes around it: a cell can be a part of a longer one. */
const inCell = (text: string): string => csvCell(text).replace(/^"(.*)"$/s, "$1");

/** As Waybell writes a text down: each of these is cleaned in its own way where it was put. */
const WRITTEN: readonly ((text: string) => string)[] = [
  escapeHtml,
  inCell,
  // In front of what would be a formula at the start of a cell, and is none within one.
  (text) => inCell(text).replace(/^'/, ""),
  inJson,
  // Of the audit log what is too long is kept as a text within JSON: escaped twice.
  (text) => inJson(inJson(text)),
];

/** All forms in which a text, a mail, a table, a file name or the audit log can hold the order's number. */
function formsOf(order: string): string[] {
  // A mail cleans what a server has said of a file, and a cell what stands in a mail.
  const plain = [order, oneLine(order), ...formsInFileName(order)];
  const forms = plain.flatMap((text) => [text, ...WRITTEN.map((write) => write(text))]);
  // Of a number of signs alone a dash may be left, which is in every mail.
  return [...new Set(forms)].filter((form) => form === order || LETTER.test(form));
}

/** A form that is searched for; `cut`: only its beginning is known. */
interface Wanted {
  readonly text: string;
  readonly cut: boolean;
}

function wanted(form: string): Wanted {
  const bytes = Buffer.from(form);
  if (bytes.length <= KNOWN_BYTES) return { text: form, cut: false };
  // The half of a character at the end becomes U+FFFD, which is not looked for.
  return { text: bytes.toString("utf8", 0, KNOWN_BYTES).replace(/\ufffd$/, ""), cut: true };
}

/**
 * Whether a text names the order, in any form that Waybell itself gives it: as a word of its own, for a number can be a
 * part of many others. Where two numbers have one form (`A/1`, `A-1`) it names both: rather a mail too many goes than one
 * too few.
 */
export function naming(order: string): (text: string) => boolean {
  const all = formsOf(order).map(wanted);
  return (text) =>
    all.some(({ text: form, cut }) => {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
        const after = cut ? "" : (text[at + form.length] ?? "");
        if (!LETTER.test((text[at - 1] ?? "") + after)) return true;
      }
      return false;
    });
}
