/**
 * The SQL of the store is written once, in what SQLite and PostgreSQL share, and in these words beside it, which are
 * translated for each:
 *
 * - `?1`: a value; `each(?1)`: a list of texts as a table with `key` (in its order) and `value`;
 * - `:rows`: rows handed over beside it, as what follows `AS (` of a common table expression (`WITH r(id, at) AS (:rows)`);
 *   `:table`: the same for statements whose rows must be there together: queries, and what has `?1` too;
 * - `json_array`, `json_object`, `json_group_array`, `json_group_object`, `json_quote` and `json(text)`, as SQLite has them;
 * - `json_merged(old, new)`: text of an object whose members are those of `new`, and of `old` where `new` has none;
 * - `greatest(…)` and `least(…)` of what is not null;
 * - `INDEXED BY`, which PostgreSQL leaves to its planner.
 *
 * A condition in JSON is `true` in one and 1 in the other: readers take both.
 */
export type SqlTranslation = (sql: string) => string;

/** How the text of a call becomes another: `name(inner)` with balanced parentheses. */
type Calls = Readonly<Record<string, (inner: string) => string>>;

const NAME =
  /\b(json_group_array|json_group_object|json_array|json_object|json_quote|json_merged|json|greatest|least)\(/;

/** The index after the parenthesis that closes the one which was opened just before `from`. */
function closing(sql: string, from: number): number {
  let depth = 1;
  let quoted = false;
  for (let at = from; at < sql.length; at++) {
    const character = sql[at];
    if (character === "'") quoted = !quoted;
    else if (!quoted && character === "(") depth++;
    else if (!quoted && character === ")" && --depth === 0) return at + 1;
  }
  throw new Error(`Unbalanced parentheses in: ${sql}`);
}

function replaceCalls(sql: string, calls: Calls): string {
  const found = NAME.exec(sql);
  if (!found) return sql;
  const [text, name = ""] = found;
  const start = found.index + text.length;
  const end = closing(sql, start);
  const inner = replaceCalls(sql.slice(start, end - 1), calls);
  const call = calls[name]?.(inner) ?? `${name}(${inner})`;
  return sql.slice(0, found.index) + call + replaceCalls(sql.slice(end), calls);
}

/** The first two arguments of a call, split at the comma outside of parentheses. */
function pair(inner: string): [string, string] {
  for (let at = 0, depth = 0; at < inner.length; at++) {
    if (inner[at] === "(") depth++;
    else if (inner[at] === ")") depth--;
    else if (inner[at] === "," && depth === 0) return [inner.slice(0, at), inner.slice(at + 1)];
  }
  throw new Error(`Two arguments are needed: ${inner}`);
}

/** Aggregates may end in an ORDER BY, which belongs to the values. */
const POSTGRES: Calls = {
  json_group_array: (inner) => `coalesce(json_agg(${inner}), '[]'::json)`,
  json_group_object: (inner) => `coalesce(json_object_agg(${inner}), '{}'::json)`,
  json_array: (inner) => `json_build_array(${inner})`,
  json_object: (inner) => `json_build_object(${inner})`,
  json_quote: (inner) => `to_json(${inner})`,
  json: (inner) => `(${inner})::json`,
  json_merged(inner) {
    const [old, fresh] = pair(inner);
    return `((${old})::jsonb || (${fresh})::jsonb)::text`;
  },
};

const SQLITE: Calls = {
  greatest: (inner) => `max(${inner})`,
  least: (inner) => `min(${inner})`,
  json_merged(inner) {
    const [old, fresh] = pair(inner);
    return `(SELECT json_group_object(key, json(part)) FROM (
      SELECT key, ${old} -> key AS part FROM json_each(${old}) WHERE key NOT IN (SELECT key FROM json_each(${fresh}))
      UNION ALL SELECT key, ${fresh} -> key FROM json_each(${fresh})))`;
  },
};

/** Keeps what was translated: statements are written once, and asked for thousands of times a second. */
function kept(translate: SqlTranslation): SqlTranslation {
  const known = new Map<string, string>();
  return (sql) => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const made = translate(sql);
    if (known.size < MAX_KEPT) known.set(sql, made);
    return made;
  };
}

/** Filters put their conditions together in many ways; what comes beyond is translated each time. */
const MAX_KEPT = 1_000;

export const toSqlite: SqlTranslation = kept((sql) => replaceCalls(sql.replaceAll(/\beach\(/g, "json_each("), SQLITE));

const EACH = /\beach\((\?\d*)\)(?: (?!JOIN\b|WHERE\b|ON\b|ORDER\b|LIMIT\b)(\w+))?/g;

export const toPostgres: SqlTranslation = kept((sql) => {
  const tables = sql
    .replaceAll(EACH, (_all, list: string, alias = "each") => {
      return `unnest(${list}::text[]) WITH ORDINALITY AS ${alias}(value, key)`;
    })
    .replaceAll(/ INDEXED BY \w+/g, "");
  let last = 0;
  return replaceCalls(tables, POSTGRES).replaceAll(/\?(\d*)/g, (_all, number: string) => {
    last = number === "" ? last + 1 : Number(number);
    return `$${last}`;
  });
});
