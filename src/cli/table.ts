/** One column of a table; `shrink`: it is cut first when the terminal is too narrow; `keep`: never, as it is copied. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  readonly shrink?: boolean;
  readonly keep?: boolean;
}

const GAP = "  ";
const MIN_SHRUNK = 8;
const ASCII = /^[\x20-\x7e]*$/;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

// C0 and C1 controls, which steer terminals; line and paragraph separators; marks that turn the direction of what follows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this removes
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line without control characters: text from outside must not be able to steer the terminal. */
export function clean(text: string): string {
  return text.replace(/[\r\n\t]+/g, " ").replace(UNPRINTABLE, "\ufffd");
}

/** Several lines without control characters but their line ends and tabs. */
export function cleanLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.split("\t").map(clean).join("\t"));
}

/** JSON that can be printed: the same value, with what could steer a terminal escaped, as JSON alone does for C0 only. */
export function printableJson(value: unknown, indent?: number): string {
  const escaped = (letter: string) =>
    letter === "\n" ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return (JSON.stringify(value, null, indent) ?? "null").replace(UNPRINTABLE, escaped);
}

function graphemeWidth(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Columns of a terminal that the text takes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text cut to a width; one that was cut ends in `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let cut = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = graphemeWidth(segment);
    if (used + next > width - 1) break;
    cut += segment;
    used += next;
  }
  return `${cut}…`;
}

/** The text filled with spaces to a width. */
export function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const fill = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? fill + text : text + fill;
}

function fit(columns: readonly Column[], natural: readonly number[], total: number): number[] {
  const widths = [...natural];
  const sum = () => widths.reduce((all, width) => all + width, 0) + GAP.length * (widths.length - 1);
  for (const onlyShrinking of [true, false]) {
    while (sum() > total) {
      let widest = -1;
      columns.forEach((column, at) => {
        if (column.keep || (onlyShrinking && !column.shrink)) return;
        const width = widths[at] ?? 0;
        if (width > MIN_SHRUNK && width > (widths[widest] ?? 0)) widest = at;
      });
      if (widest < 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  }
  return widths;
}

/** Lays rows out under their titles. `width`: columns of the terminal; null leaves everything whole. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | null) {
  const cells = rows.map((row) => columns.map((_, at) => clean(row[at] ?? "")));
  const natural = columns.map((column, at) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[at] ?? ""))),
  );
  const widths = width === null ? natural : fit(columns, natural, width);
  const line = (row: readonly string[]) =>
    columns
      .map((column, at) => pad(truncate(row[at] ?? "", widths[at] ?? 0), widths[at] ?? 0, column.align))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((length) => "─".repeat(length)).join(GAP);
  return [line(columns.map((column) => column.title)), rule, ...cells.map(line)].join("\n");
}
