import { type EndpointSettings, mapSettingsSecrets, type Registry } from "../delivery/settings.js";
import { mapTemplateSecrets } from "../delivery/settings-patch.js";
import type { TemplateSetting } from "../types.js";
import type { Database } from "./database.js";
import { LINK_KIND } from "./mails.js";
import { letOthersRun } from "./rows.js";
import { keyOf } from "./secrets.js";

/** The tables that hold secrets, in the order in which they are gone through, and the column that they are in. */
const HOLDERS = { customers: "callback_template", endpoints: "settings", mails: "link" } as const;
export type HolderTable = keyof typeof HOLDERS;
export const HOLDER_TABLES = Object.keys(HOLDERS) as HolderTable[];

/** Rows of one look: a few milliseconds, so that nobody waits for it. */
const AT_ONCE = 200;

/** One row with secrets; deleted endpoints too, as their rows stay. */
export interface HolderRow {
  readonly table: HolderTable;
  readonly id: string;
  /** As it is kept: JSON, of a mail the one secret. */
  readonly text: string;
}

/** Where a look goes on: after the row `id` of `table`. */
export interface Place {
  readonly table: HolderTable;
  readonly id: string;
}

export const START: Place = { table: "customers", id: "" };

// A link lies behind its mail's table of up to 5 MB, which SQLite goes through to get there: only where there is one.
const readSql = (table: HolderTable) =>
  table === "mails" ? `CASE WHEN kind = '${LINK_KIND}' THEN link END` : HOLDERS[table];

const lookSql = (table: HolderTable) => `WITH seen AS MATERIALIZED
    (SELECT id, ${readSql(table)} AS held FROM ${table} WHERE id > ?1 ORDER BY id LIMIT ${AT_ONCE})
  SELECT json_object('last', (SELECT max(id) FROM seen),
    'rows', (SELECT json_group_array(json_array(id, held)) FROM seen WHERE held LIKE '%enc:v1:%'))`;

/** The rows with secrets among the next few after `place`, and where it goes on; null: there are no more. */
export async function nextHolders(
  database: Database,
  { table, id }: Place,
): Promise<{ rows: HolderRow[]; next: Place | null }> {
  const { last, rows } = await database.json<{ last: string | null; rows: [string, string][] }>(lookSql(table), id);
  const found = rows.map(([rowId, text]) => ({ table, id: rowId, text }));
  if (last !== null) return { rows: found, next: { table, id: last } };
  const following = HOLDER_TABLES[HOLDER_TABLES.indexOf(table) + 1];
  return { rows: found, next: following ? { table: following, id: "" } : null };
}

/** All rows with secrets, in small sets; ends early when `stopped` says so. */
export async function* allHolders(database: Database, stopped = () => false): AsyncGenerator<HolderRow[], void> {
  for (let place: Place | null = START; place && !stopped(); ) {
    const { rows, next }: Awaited<ReturnType<typeof nextHolders>> = await nextHolders(database, place);
    if (rows.length > 0) yield rows;
    place = next;
    await letOthersRun();
  }
}

type Change = (sealed: string, place: string, field: string) => string;

/** Of a transport or template that this version does not know: whatever has the form of an encrypted text. */
function mapSealed(value: unknown, path: string, change: (text: string, path: string) => string): unknown {
  const inside = (key: string | number) => (path === "" ? `${key}` : `${path}.${key}`);
  if (typeof value === "string") return keyOf(value) === undefined ? value : change(value, path);
  if (Array.isArray(value)) return value.map((item, at) => mapSealed(item, inside(at), change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, mapSealed(held, inside(key), change)]));
}

/**
 * The row's text with `change` applied to each secret as it is kept: with the place that it is bound to, and the field as
 * the API names it.
 */
export function mapHolder({ table, id, text }: HolderRow, registry: Registry, change: Change): string {
  const bound = (sealed: string, field: string) => change(sealed, `${table}/${id}/${field}`, field);
  if (table === "mails") return bound(text, HOLDERS.mails);
  const held = JSON.parse(text);
  if (table === "customers") {
    const template = held as TemplateSetting;
    const inside = (sealed: string, path: string) => bound(sealed, `callbackTemplate.${path}`);
    const known = registry.templateOf(template.name);
    return JSON.stringify(known ? mapTemplateSecrets(template, registry, inside) : mapSealed(held, "", inside));
  }
  const settings = held as EndpointSettings;
  const known = registry.transportOf(settings.transport.type) && registry.templateOf(settings.template.name);
  return JSON.stringify(known ? mapSettingsSecrets(settings, registry, bound) : mapSealed(held, "", bound));
}

/** The statement that writes rows anew, each only if it is still as it was read. */
export function rewriteStatement(
  table: HolderTable,
  rows: readonly (readonly [id: string, old: string, fresh: string])[],
) {
  const column = HOLDERS[table];
  return {
    sql: `WITH r(id, old, fresh) AS (:table) UPDATE ${table} SET ${column} = r.fresh FROM r
      WHERE ${table}.id = r.id AND ${table}.${column} = r.old`,
    columns: ["text", "text", "text"] as const,
    table: rows,
  };
}
