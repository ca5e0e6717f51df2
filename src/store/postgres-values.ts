import type { ColumnType, PlainStatement, SqlValue, Statement } from "./database.js";
import { toPostgres } from "./sql.js";

/** What PostgreSQL is asked: SQL with `$1`, and a text, number or null for each. */
export interface PostgresQuery {
  readonly text: string;
  readonly values: readonly (string | number | boolean | null | Uint8Array)[];
}

// PostgreSQL has no NUL in its texts, and opens no JSON that holds an escaped one or half a character: those become
// U+FFFD, as half a character does on its way to bytes.
const NUL = /\0/g;
// Each escape whole, so that neither a pair, which is one character, nor what follows an escaped backslash is taken for a half.
const ESCAPE = /\\(?:u(0000|d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|d[89a-f][0-9a-f]{2})|.)/gis;
const PAIR_LENGTH = "d83d\\ude9a".length;

/** A text as PostgreSQL may keep it. */
function readable(text: string): string {
  const whole = text.includes("\0") ? text.replace(NUL, "\ufffd") : text;
  if (!/^[[{]/.test(whole) || !/\\u(?:0000|d)/i.test(whole)) return whole;
  return whole.replace(ESCAPE, (all, code?: string) => (code && code.length < PAIR_LENGTH ? "\\ufffd" : all));
}

const SPECIAL = /["\\]/;

/** One element of an array's text form. */
function element(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  const text = readable(String(value));
  return `"${SPECIAL.test(text) ? text.replace(/["\\]/g, "\\$&") : text}"`;
}

/** A list of texts as one value. */
const listOf = (values: readonly SqlValue[]): string => `{${values.map(element).join(",")}}`;

function bound(args: PlainStatement["args"]): PostgresQuery["values"] {
  return args.map((value) => {
    if (Array.isArray(value)) return listOf(value);
    return typeof value === "string" ? readable(value) : (value as SqlValue);
  });
}

/** The columns as one array each: column `at` of rows of `width` values that follow each other. */
function columnsOf(width: number, values: readonly SqlValue[]): string[] {
  const columns: string[] = [];
  for (let at = 0; at < width; at++) {
    let text = "{";
    for (let index = at; index < values.length; index += width) {
      if (index > at) text += ",";
      text += element(values[index] ?? null);
    }
    columns.push(`${text}}`);
  }
  return columns;
}

const CASTS: Readonly<Record<ColumnType, string>> = { text: "text[]", integer: "bigint[]" };

const unnested = (columns: readonly ColumnType[], from: number): string =>
  `SELECT * FROM unnest(${columns.map((type, at) => `$${from + at}::${CASTS[type]}`).join(", ")})`;

/** Turns a statement in the words of `sql.ts` into what is sent. */
export function toQuery(statement: Statement): PostgresQuery {
  const text = toPostgres(statement.sql);
  if ("table" in statement) {
    const { columns, table, args = [] } = statement;
    return {
      text: text.replace(":table", unnested(columns, args.length + 1)),
      values: [...bound(args), ...columnsOf(columns.length, table.flat())],
    };
  }
  if ("values" in statement) {
    const { columns, values } = statement;
    return { text: text.replace(":rows", unnested(columns, 1)), values: columnsOf(columns.length, values) };
  }
  return { text, values: bound(statement.args) };
}
