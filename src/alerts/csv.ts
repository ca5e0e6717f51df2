const BYTE_ORDER_MARK = "\ufeff";
// Spreadsheets run a cell that begins so as a formula, the full-width forms included.
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/gu;

/** One cell after RFC 4180; a formula becomes text by the apostrophe that spreadsheets know. */
export function csvCell(value: string): string {
  const text = value.replace(NUL_OR_LONE_SURROGATE, "\ufffd");
  const defused = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

/**
 * A CSV file with a byte order mark, by which spreadsheets know UTF-8, of at most `maxBytes`; `rows` says how many of the
 * rows are in it.
 */
export function csvFile(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  maxBytes: number,
): { text: string; rows: number } {
  const line = (cells: readonly string[]) => `${cells.map(csvCell).join(",")}\r\n`;
  const lines = [BYTE_ORDER_MARK + line(head)];
  let bytes = Buffer.byteLength(lines[0] ?? "");
  for (const row of rows) {
    const text = line(row);
    bytes += Buffer.byteLength(text);
    if (bytes > maxBytes) break;
    lines.push(text);
  }
  return { text: lines.join(""), rows: lines.length - 1 };
}
