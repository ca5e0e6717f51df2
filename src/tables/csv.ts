const BYTE_ORDER_MARK = "\ufeff";
// Spreadsheets run a cell that begins so as a formula, the full-width forms included. A cell begins behind a separator too
// for whoever reads the file with another one than ours, or passes over its quotes: of `;"=1"` nothing is left but `=1`.
const FORMULA = /(^|[;|\t\r\n])(?=[ \u00a0"]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/g;
// What no text can hold, and marks that turn the reading direction of what follows.
const UNSAFE = /\0|\p{Surrogate}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One cell after RFC 4180; a formula becomes text by the apostrophe that spreadsheets know. */
export function csvCell(value: string): string {
  const defused = value.replace(UNSAFE, "\ufffd").replace(FORMULA, "$1'");
  return /[",;|\t\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

/** One line of a CSV file. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\r\n`;

/** What a CSV file begins with, so that spreadsheets know its UTF-8. */
export const CSV_BEGIN = BYTE_ORDER_MARK;

/**
 * A CSV file with a byte order mark, by which spreadsheets know UTF-8, of at most `maxBytes`; `rows` says how many of the
 * rows are in it.
 */
export function csvFile(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  maxBytes: number,
): { text: string; rows: number } {
  const lines = [BYTE_ORDER_MARK + csvLine(head)];
  let bytes = Buffer.byteLength(lines[0] ?? "");
  for (const row of rows) {
    const text = csvLine(row);
    bytes += Buffer.byteLength(text);
    if (bytes > maxBytes) break;
    lines.push(text);
  }
  return { text: lines.join(""), rows: lines.length - 1 };
}
