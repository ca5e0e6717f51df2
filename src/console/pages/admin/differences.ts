/** One field of a change: its path, and what stood and stands there; null: nothing. */
export interface Difference {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Fields that are shown of one change: an order with twenty endpoints has hundreds. */
const MOST = 60;
const MOST_CHARACTERS = 2_000;

const isBranch = (value: unknown): value is object => typeof value === "object" && value !== null;

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
};

/** The leaves of a value by their paths; empty lists and objects are leaves. */
function* leaves(value: unknown, path: string): Generator<readonly [string, string]> {
  const entries = isBranch(value) ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (value !== null && value !== undefined) yield [path, shown(value)];
    return;
  }
  for (const [name, member] of entries) yield* leaves(member, path === "" ? name : `${path}.${name}`);
}

/** The fields that two values differ in, in the order of the first, and whether there are more than are shown. */
export function differencesOf(before: unknown, after: unknown): { fields: Difference[]; isCut: boolean } {
  const [old, fresh] = [new Map(leaves(before, "")), new Map(leaves(after, ""))];
  const paths = [...new Set([...old.keys(), ...fresh.keys()])];
  const changed = paths
    .map((path) => ({ path, before: old.get(path) ?? null, after: fresh.get(path) ?? null }))
    .filter((field) => field.before !== field.after);
  return { fields: changed.slice(0, MOST), isCut: changed.length > MOST };
}
