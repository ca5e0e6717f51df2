import { zip } from "./zip.js";

/** A text, a number, a moment in UTC, or nothing. */
export type Cell = string | number | Date | null;

export interface Sheet {
  readonly name: string;
  readonly head: readonly string[];
  /** Rows in sets, as they come. */
  readonly rows: AsyncIterable<readonly (readonly Cell[])[]>;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** The most that a cell holds. */
const MAX_TEXT = 32_767;
// What XML cannot hold, and marks that turn the reading direction of what follows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escapeXml = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);

/** Spreadsheets read `_x0041_` as one character: what only looks so is written with its underscore as one. */
function textXml(text: string): string {
  const safe = text
    .slice(0, MAX_TEXT)
    .replaceAll(UNSAFE, "\ufffd")
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_");
  return escapeXml(safe);
}

const DAY_MS = 86_400_000;
/** 30 December 1899, from which spreadsheets count days. */
const FIRST_DAY = Date.UTC(1899, 11, 30);

const BOLD = 1;
const TIME = 2;

/** A, B … Z, AA …: some readers want each cell to say where it stands. */
function columnName(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : columnName(Math.floor(at / 26) - 1) + letter;
}

/** A text is never read as a formula: it is marked as one. */
function cellXml(value: Cell, place: string, style = 0): string {
  if (value === null || value === "") return "";
  if (typeof value === "number") return `<c r="${place}"><v>${value}</v></c>`;
  if (value instanceof Date) return `<c r="${place}" s="${TIME}"><v>${(value.getTime() - FIRST_DAY) / DAY_MS}</v></c>`;
  return `<c r="${place}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${textXml(value)}</t></is></c>`;
}

const rowXml = (cells: readonly Cell[], number: number, names: readonly string[], style?: number): string =>
  `<row r="${number}">${cells.map((cell, at) => cellXml(cell, `${names[at]}${number}`, style)).join("")}</row>`;

async function* sheetXml({ head, rows }: Sheet): AsyncGenerator<Buffer, void> {
  const columns = `<cols><col min="1" max="${head.length}" width="22" customWidth="1"/></cols>`;
  const frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>';
  const views = `<sheetViews><sheetView workbookViewId="0">${frozen}</sheetView></sheetViews>`;
  const names = head.map((_name, at) => columnName(at));
  let last = 1;
  yield Buffer.from(
    `${HEAD}<worksheet xmlns="${MAIN}">${views}${columns}<sheetData>${rowXml(head, last, names, BOLD)}`,
  );
  for await (const set of rows) yield Buffer.from(set.map((row) => rowXml(row, ++last, names)).join(""));
  yield Buffer.from("</sheetData></worksheet>");
}

const STYLES = `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`;

const relation = (id: number, kind: string, target: string) =>
  `<Relationship Id="rId${id}" Type="${RELATIONS}/${kind}" Target="${target}"/>`;
const relations = (...each: readonly string[]) =>
  `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${each.join("")}</Relationships>`;
const override = (part: string, kind: string) =>
  `<Override PartName="/xl/${part}" ContentType="${TYPES}.${kind}+xml"/>`;

const CONTENT_TYPES = `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>${override("workbook.xml", "sheet.main")}${override("worksheets/sheet1.xml", "worksheet")}${override("styles.xml", "styles")}</Types>`;

/**
 * A spreadsheet of one sheet (ECMA-376), made as it is read: of any number of rows few are held in memory. Writers that
 * build the sheet in one piece took 700 MB and stopped all else for 100,000 rows.
 */
export function xlsxFile(sheet: Sheet): AsyncGenerator<Buffer, void> {
  const workbook = `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets><sheet name="${escapeXml(sheet.name)}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  const text = (name: string, content: string) => ({ name, content: [Buffer.from(content)] });
  return zip([
    text("[Content_Types].xml", CONTENT_TYPES),
    text("_rels/.rels", relations(relation(1, "officeDocument", "xl/workbook.xml"))),
    text("xl/workbook.xml", workbook),
    text(
      "xl/_rels/workbook.xml.rels",
      relations(relation(1, "worksheet", "worksheets/sheet1.xml"), relation(2, "styles", "styles.xml")),
    ),
    text("xl/styles.xml", STYLES),
    { name: "xl/worksheets/sheet1.xml", content: sheetXml(sheet) },
  ]);
}
