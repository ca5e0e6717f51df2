/**
 * The SQL of the store is written once, in what SQLite and PostgreSQL share, and in these words beside it, which are
 * translated for each:
 *
 * - `?1`: a value; `each(?1)`: a list of texts as a table with `key` (in its order) and `value`;
 * - `:rows`: rows handed over beside it, as what follows `AS (` of a common table expression (`WITH r(id, at) AS (:rows)`);
 *   `:table`: the same for statements whose rows must be there together: queries, and what has `?1` too. A number of
 *   `?1` or `:rows` is an integer in SQLite only once it is cast to one, or stored as one;
 * - `json_array`, `json_object`, `json_group_array`, `json_group_object`, `json_quote` and `json(text)`, as SQLite has them;
 * - `json_merged(old, new)`: text of an object whose members are those of `new`, and of `old` where `new` has none;
 * - `json_text(text, 'member')`: what a member of the object in a text says; null where it has none;
 * - `json_member(text, 'member')`: that member as JSON, to stand in JSON: SQLite would decode half a character to bytes that are no
 *   UTF-8, and libsql ends the whole process when it reads those;
 * - `greatest(…)` and `least(…)` of what is not null;
 * - `INDEXED BY`, which PostgreSQL leaves to its planner; `FOR SHARE`, `FOR UPDATE` and `FOR UPDATE SKIP LOCKED`, of which SQLite has
 *   no need.
 *
 * A condition in JSON is `true` in one and 1 in the other: readers take both.
 */
export type SqlTranslation = (sql: string) => string;

/** How the text of a call becomes another: `name(inner)` with balanced parentheses. */
type Calls = Readonly<Record<string, (inner: string) => string>>;

const NAME =
  /\b(json_group_array|json_group_object|json_array|json_object|json_quote|json_merged|json_member|json_text|json|greatest|least)\(/;

/** Where the first such character outside of quotes and parentheses is, from `from` on. */
function find(sql: string, from: number, wanted: ")" | ","): number {
  for (let at = from, depth = 0, quoted = false; at < sql.length; at++) {
    const character = sql[at];
    if (character === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (depth === 0 && character === wanted) return at;
    else if (character === "(") depth++;
    else if (character === ")") depth--;
  }
  throw new Error(`There is no "${wanted}" where one is needed in: ${sql}`);
}

function replaceCalls(sql: string, calls: Calls): string {
  const found = NAME.exec(sql);
  if (!found) return sql;
  const [text, name = ""] = found;
  const start = found.index + text.length;
  const end = find(sql, start, ")");
  const inner = replaceCalls(sql.slice(start, end), calls);
  const call = calls[name]?.(inner) ?? `${name}(${inner})`;
  return sql.slice(0, found.index) + call + replaceCalls(sql.slice(end + 1), calls);
}

/** The two arguments of a call. */
function pair(inner: string): [string, string] {
  const comma = find(inner, 0, ",");
  return [inner.slice(0, comma), inner.slice(comma + 1)];
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
  json_member(inner) {
    const [text, member] = pair(inner);
    return `((${text})::json -> ${member.trim()})`;
  },
  json_text(inner) {
    const [text, member] = pair(inner);
    return `((${text})::json ->> ${member.trim()})`;
  },
};

const pathOf = (member: string): string => member.trim().replace(/^'/, "'$.");

const SQLITE: Calls = {
  json_member(inner) {
    const [text, member] = pair(inner);
    return `json(${text} -> ${pathOf(member)})`;
  },
  json_text(inner) {
    const [text, member] = pair(inner);
    return `(${text} ->> ${pathOf(member)})`;
  },
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

export const toSqlite: SqlTranslation = kept((sql) =>
  replaceCalls(sql.replaceAll(/\beach\(/g, "json_each(").replaceAll(/ FOR (SHARE|UPDATE)( SKIP LOCKED)?/g, ""), SQLITE),
);

const EACH = /\beach\((\?\d*)\)(?: (?:AS )?(?!(?:CROSS|GROUP|JOIN|LEFT|LIMIT|ON|ORDER|UNION|WHERE)\b)(\w+))?/g;

export const toPostgres: SqlTranslation = kept((sql) => {
  const tables = sql
    .replaceAll(EACH, (_all, list: string, alias = "each") => {
      return `unnest(${list}::text[]) WITH ORDINALITY AS ${alias}(value, key)`;
    })
    .replaceAll(/ INDEXED BY \w+/g, "");
  /** As in SQLite: a value without a number comes after the highest so far. */
  let last = 0;
  return replaceCalls(tables, POSTGRES).replaceAll(/\?(\d*)/g, (_all, number: string) => {
    const at = number === "" ? last + 1 : Number(number);
    last = Math.max(last, at);
    return `$${at}`;
  });
});
