/** Any object that comes from outside; read with `text`, as nobody has said what it holds. */
export type Item = Record<string, unknown>;

export function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a member; other kinds of values as JSON, none as "". */
export function text(item: unknown, name: string): string {
  const value = isItem(item) ? item[name] : undefined;
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
