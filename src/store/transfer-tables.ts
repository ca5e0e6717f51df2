import type { ColumnType, Database, SqlValue, Statement } from "./database.js";
import { NOTE } from "./moves.js";

/**
 * What is copied, in this order: first what nothing happens with by itself, then what deliveries need, then what makes
 * something go out. `meta` holds which keys the secrets were written with.
 */
export const MOVED = [
  "meta",
  "content_chunks",
  "loose_contents",
  "event_contents",
  "events",
  "file_names",
  "attempts",
  "statuses",
  "customers",
  "orders",
  "lanes",
  "endpoints",
  "deliveries",
  "alerts",
  "alert_deliveries",
  "mails",
  "api_keys",
  "audit",
  "purges",
  "users",
  "sessions",
  "sign_in_links",
  "traffic",
] as const;

/** What goes by one database's own clock and processes, and is empty in a file. */
export const LEFT = ["leases", "changes", "waybell_inbox"] as const;

/** Of `meta`: the file's clock, its last test of the disk, and the notes of the move itself. */
const OWN = `"key" NOT IN ('clock', 'written', '${NOTE}') AND "key" NOT LIKE '${NOTE}/%'`;

/** A claim's time is of the file's clock: what was being sent is pending again, and may have arrived. */
const CHANGED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deliveries: {
    ambiguous: `CASE WHEN "state" = 'sending' THEN 1 ELSE "ambiguous" END`,
    claim_token: "NULL",
    claim_until: "NULL",
    state: `CASE WHEN "state" = 'sending' THEN 'pending' ELSE "state" END`,
  },
};

/** Rows and bytes of one set: one transaction, and what is in memory of it. */
const MOST_ROWS = 4_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** Rows that are counted at a time: a look at a whole large table would take longer than an answer may. */
const COUNTED_ROWS = 100_000;
/** A chunk is 256 KiB, which take as long as so many rows of other tables. */
const CHUNK_WEIGHT = 400;

interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One table, as it is read from SQLite and written to PostgreSQL. */
export interface Table {
  readonly name: string;
  /** How long a row takes, compared with most others. */
  readonly weight: number;
  /** How many rows it has in either. */
  count(database: Database): Promise<number>;
  /** The next set of rows after the one with this key; empty: there is none. */
  read(key: readonly SqlValue[] | null): Promise<SqlValue[][]>;
  keyOf(row: readonly SqlValue[]): SqlValue[];
  /** Rows that are there already stay as they are. */
  write(rows: readonly (readonly SqlValue[])[]): Statement;
}

function typeOf(declared: string, place: string): ColumnType {
  if (declared === "TEXT") return "text";
  if (declared === "INTEGER" || declared === "BIGINT") return "integer";
  throw new Error(`The column ${place} is ${declared}, which is not moved.`);
}

const quoted = (name: string): string => `"${name}"`;

/** Which rows come after the one whose key has these values. */
function after(name: string, keys: readonly string[], hasPlace: boolean): string {
  const place = keys.map((_name, at) => `?${at + 1}`).join(", ");
  const wanted = [
    ...(name === "meta" ? [OWN] : []),
    ...(hasPlace ? [`(${keys.map(quoted).join(", ")}) > (${place})`] : []),
  ];
  return wanted.length > 0 ? `WHERE ${wanted.join(" AND ")}` : "";
}

/** Rows of a slice, and the key of its last. */
type CountedSlice = [rows: number, last: SqlValue[] | null];

async function count(database: Database, name: string, keys: readonly string[]): Promise<number> {
  const key = keys.map(quoted).join(", ");
  const newestFirst = keys.map((column) => `${quoted(column)} DESC`).join(", ");
  let rows = 0;
  for (let last: SqlValue[] | null = null; ; ) {
    const sql: string = `WITH slice AS (SELECT ${key} FROM ${quoted(name)} ${after(name, keys, last !== null)}
        ORDER BY ${key} LIMIT ${COUNTED_ROWS})
      SELECT json_array((SELECT count(*) FROM slice), json((SELECT json_array(${key}) FROM slice ORDER BY ${newestFirst} LIMIT 1)))`;
    const [found, next]: CountedSlice = await database.json(sql, ...(last ?? []));
    rows += found;
    if (found < COUNTED_ROWS) return rows;
    last = next;
  }
}

/** Reads in the order of the primary key. Sizes are read from the rows' heads: what does not fit is not touched. */
function readSql(name: string, columns: readonly Column[], keys: readonly string[], hasPlace: boolean): string {
  const key = keys.map(quoted).join(", ");
  const bytes = columns.map((column) => `coalesce(octet_length(${quoted(column.name)}), 0)`).join(" + ");
  const values = columns.map((column) => CHANGED[name]?.[column.name] ?? `t.${quoted(column.name)}`).join(", ");
  return `WITH near AS (SELECT rowid AS place, ${key}, ${bytes} AS bytes FROM ${quoted(name)}
      ${after(name, keys, hasPlace)} ORDER BY ${key} LIMIT ${MOST_ROWS}),
    page AS (SELECT place, row_number() OVER all_before AS at, sum(bytes) OVER all_before - bytes AS before FROM near
      WINDOW all_before AS (ORDER BY ${key} ROWS UNBOUNDED PRECEDING))
    SELECT json_group_array(json_array(${values})) FROM (SELECT ${quoted(name)}.* FROM page
      CROSS JOIN ${quoted(name)} ON ${quoted(name)}.rowid = page.place WHERE page.before < ${MOST_BYTES} ORDER BY page.at) AS t`;
}

/** What the file says of a table: a column that a later migration adds is moved like the others. */
export async function openTable(source: Database, name: string): Promise<Table> {
  const said = await source.json<[string, string, number][]>(
    "SELECT json_group_array(json_array(name, type, pk)) FROM pragma_table_info(?)",
    name,
  );
  const columns = said.map(([column, type]): Column => ({ name: column, type: typeOf(type, `${name}.${column}`) }));
  const keys = said.filter(([, , pk]) => pk > 0).sort(([, , a], [, , b]) => a - b);
  const keyNames = keys.map(([column]) => column);
  const keyPlaces = keyNames.map((key) => columns.findIndex((column) => column.name === key));
  const [first, next] = [false, true].map((hasPlace) => readSql(name, columns, keyNames, hasPlace));
  const list = columns.map((column) => quoted(column.name)).join(", ");
  return {
    name,
    weight: name === "content_chunks" ? CHUNK_WEIGHT : 1,
    count: (database) => count(database, name, keyNames),
    read: (place) => source.json<SqlValue[][]>((place ? next : first) ?? "", ...(place ?? [])),
    keyOf: (row) => keyPlaces.map((at) => row[at] ?? null),
    write: (rows) => ({
      sql: `WITH r(${list}) AS (:table) INSERT INTO ${quoted(name)} (${list}) SELECT ${list} FROM r ON CONFLICT DO NOTHING`,
      columns: columns.map(({ type }) => type),
      table: rows,
    }),
  };
}
