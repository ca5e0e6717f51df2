import type { TObject, TSchema } from "typebox";

/** What stands in an answer where a secret is set. Sent back in a PATCH it means "unchanged". */
export const SECRET_MASK = "********";

/** Options that mark a schema as a secret: kept encrypted, masked in every answer, log and export. */
export const secret = { "x-secret": true, writeOnly: true } as const;

function isSecret(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && (schema as Record<string, unknown>)["x-secret"] === true;
}

/**
 * Applies `change` to every string that `schema` marks as secret (a marked object: to each of its values), and
 * returns a copy. `path` is the dotted place of the value, such as `password` or `headers.authorization`.
 */
export function mapSecrets(
  schema: TSchema | TObject,
  value: Readonly<Record<string, unknown>>,
  change: (secret: string, path: string) => unknown,
): Record<string, unknown> {
  const properties = (schema as unknown as { properties?: Record<string, unknown> }).properties ?? {};
  const result: Record<string, unknown> = { ...value };
  for (const [key, property] of Object.entries(properties)) {
    const held = result[key];
    if (!isSecret(property) || held === undefined || held === null) continue;
    if (typeof held === "string") result[key] = change(held, key);
    else if (Array.isArray(held)) {
      result[key] = held.map((item, at) => (typeof item === "string" ? change(item, `${key}.${at}`) : item));
    } else if (typeof held === "object") {
      result[key] = Object.fromEntries(
        Object.entries(held).map(([name, item]) => [
          name,
          typeof item === "string" ? change(item, `${key}.${name}`) : item,
        ]),
      );
    }
  }
  return result;
}

/** A copy of `value` in which every secret that is set reads `********`. */
export function maskSecrets(schema: TSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapSecrets(schema, value, () => SECRET_MASK);
}
