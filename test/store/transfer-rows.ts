import LibsqlFile from "libsql";
import { MOVED } from "../../src/store/transfer-tables.js";

/** Texts as the file has them, and as PostgreSQL may keep them where it cannot keep them so. */
const TEXTS: readonly (readonly [inFile: string, inPostgres?: string])[] = [
  ["été 日本語 🚚 ‮"],
  ["a\0b\0", "a\ufffdb\ufffd"],
  [
    '{"a":"x\\u0000y","b":"\\ud800","c":"\\ud83d\\ude9a","d":"\\\\u0000"}',
    '{"a":"x\\ufffdy","b":"\\ufffd","c":"\\ud83d\\ude9a","d":"\\\\u0000"}',
  ],
  ["\ud800 half", "\ufffd half"],
  [""],
  ["NULL"],
  ['{"quotes","and \\ backslashes"}'],
  ["'; DROP TABLE deliveries; --\r\n\t"],
];
/** What is searched by its members is JSON: no other text gets into its index. */
const DOCUMENTS = new Set(["events.body", "orders.details"]);
const documentOf = (row: number) => JSON.stringify({ reference: `R${row} été 日本語 🚚`, comment: "'; DROP --\r\n" });
const INTEGERS = [0, 9_007_199_254_740_991, -1, -9_007_199_254_740_991];
const STATES = ["pending", "sending", "delivered", "failed", "canceled"];
export const ROWS = 12;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
  readonly alone: number;
}

/** The columns of a table, and whether no two rows may have the same of one. */
const columnsOf = (file: LibsqlFile.Database, table: string) =>
  file
    .prepare(
      `SELECT name, type, "notnull", pk, name IN (SELECT i.name FROM pragma_index_list('${table}') l, pragma_index_info(l.name) i
        WHERE l."unique" AND l.origin <> 'pk') AS alone FROM pragma_table_info('${table}')`,
    )
    .all() as Column[];

function cellOf(table: string, column: Column, row: number, at: number): string | number | null {
  const { name, type, notnull, pk, alone } = column;
  const [text = ""] = TEXTS[(row + at) % TEXTS.length] ?? [];
  if (pk > 0) return type === "TEXT" ? `${String(row).padStart(3, "0")} ${text}` : row;
  if (table === "deliveries" && name === "state") return STATES[row % STATES.length] ?? "";
  if (notnull === 0 && row % 3 === at % 3) return null;
  if (DOCUMENTS.has(`${table}.${name}`)) return documentOf(row);
  if (alone) return `${row} ${text}`;
  if (type === "TEXT") return text;
  return type === "INTEGER" ? row * 1_000_003 : (INTEGERS[(row + at) % INTEGERS.length] ?? 0);
}

/** Fills every table with rows of every kind of value, past all that Waybell would make of them. */
export function fill(path: string): void {
  const file = new LibsqlFile(path);
  for (const table of MOVED) {
    const columns = columnsOf(file, table);
    const insert = file.prepare(`INSERT INTO "${table}" VALUES (${columns.map(() => "?").join(",")})`);
    for (let row = 0; row < ROWS; row++) insert.run(columns.map((column, at) => cellOf(table, column, row, at)));
  }
  const chunk = file.prepare("INSERT INTO content_chunks VALUES (?, ?, ?)");
  for (let seq = 0; seq < 70; seq++) chunk.run("f".repeat(64), seq, "A".repeat(256 * 1024 - 1) + (seq % 10));
  for (const key of ["clock", "written"]) file.prepare("INSERT INTO meta VALUES (?, '1')").run(key);
  file.close();
}

/** Cells as texts. */
type Row = Record<string, string | null>;
export const asText = (row: Record<string, unknown>): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]));
export const byKey = (rows: Row[]) => rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** The texts as PostgreSQL may keep them. */
function kept(text: string): string {
  for (const [inFile, inPostgres] of TEXTS) {
    const stored = Buffer.from(inFile).toString();
    if (inPostgres && text === stored) return inPostgres;
    if (inPostgres && text.endsWith(` ${stored}`)) {
      // Behind a number it is no JSON document any more: only what no text may hold is replaced.
      return text.replaceAll("\0", "\ufffd");
    }
  }
  return text;
}

export function wanted(path: string, table: string): Row[] {
  const file = new LibsqlFile(path);
  // libsql gives texts out up to their first NUL: as bytes they are whole.
  const list = columnsOf(file, table).map(({ name }) => `CAST("${name}" AS blob) AS "${name}"`);
  const rows = file.prepare(`SELECT ${list.join(", ")} FROM "${table}"`).all() as Record<string, unknown>[];
  const cells = rows.map((row) =>
    Object.fromEntries(
      columnsOf(file, table).map(({ name }) => {
        const bytes = row[name];
        return [name, bytes === null ? null : kept(Buffer.from(bytes as ArrayBuffer).toString())];
      }),
    ),
  );
  file.close();
  const own = cells.filter(({ key = "" }) => table !== "meta" || !/^(clock|written|move)$/.test(key ?? ""));
  return byKey(
    own.map((row) => {
      if (table !== "deliveries") return row;
      const change = row.state === "sending" ? { state: "pending", ambiguous: "1" } : {};
      return { ...row, ...change, claim_token: null, claim_until: null };
    }),
  );
}
