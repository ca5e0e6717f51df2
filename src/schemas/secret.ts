import type { TObject, TSchema } from "typebox";

/** What stands in an answer where a secret is set. Sent back in a PATCH it means "unchanged". */
export const SECRET_MASK = "********";

/** Options that mark a schema as a secret: kept encrypted, masked in every answer, log and export. */
export const secret = { "x-secret": true, writeOnly: true } as const;

/** The same for what is only signed or proved with: a receiver that gets what was made with it does not learn it. */
export const unsentSecret = { ...secret, "x-unsent": true } as const;

/** Whether a secret stands as it is in what its endpoint sends. */
export const isSent = (schema: unknown): boolean => (schema as Record<string, unknown>)["x-unsent"] !== true;

/** Whether a schema marks its value, and all that is in it, as secret. */
export function isSecret(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && (schema as Record<string, unknown>)["x-secret"] === true;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The members that a schema knows. Of one with alternatives those of all: a value that fits none, of another version
 * perhaps, must not show what is secret in one of them.
 */
export function membersOf(schema: unknown): ReadonlyMap<string, unknown> {
  const { properties = {}, oneOf = [] } = schema as { properties?: object; oneOf?: readonly unknown[] };
  const members = new Map<string, unknown>(Object.entries(properties));
  for (const alternative of oneOf) {
    for (const [name, member] of membersOf(alternative)) {
      if (!members.has(name) || isSecret(member)) members.set(name, member);
    }
  }
  return members;
}

const mapValues = (object: object, change: (value: string, name: string) => unknown) =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, typeof value === "string" ? change(value, name) : value]),
  );

/**
 * Applies `change` to every string that `schema` marks as secret, in nested objects too (a marked object: to each of
 * its values), and returns a copy. `path` is the dotted place of the value, such as `password` or `auth.password`; `marked`
 * is the schema that says so.
 */
export function mapSecrets(
  schema: TSchema | TObject,
  value: Readonly<Record<string, unknown>>,
  change: (secret: string, path: string, marked: unknown) => unknown,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...value };
  for (const [key, member] of membersOf(schema)) {
    const held = result[key];
    if (held === undefined || held === null) continue;
    const inside = (text: string, path: string | number, marked: unknown = member) =>
      change(text, `${key}.${path}`, marked);
    if (!isSecret(member)) {
      if (isRecord(held)) result[key] = mapSecrets(member as TSchema, held, inside);
    } else if (typeof held === "string") result[key] = change(held, key, member);
    else if (Array.isArray(held)) {
      result[key] = held.map((item, at) => (typeof item === "string" ? inside(item, at) : item));
    } else if (typeof held === "object") result[key] = mapValues(held, (text, name) => inside(text, name));
  }
  return result;
}

/** A copy of `value` in which every secret that is set reads `********`. */
export function maskSecrets(schema: TSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapSecrets(schema, value, () => SECRET_MASK);
}
