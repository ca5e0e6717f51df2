import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { CatalogueRow, Status } from "../types.js";
import { ONTIME_ROWS } from "./ontime-rows.js";

type Descriptions = Readonly<Record<string, string>>;

/** The 166 rows that every installation starts with, in the order of ON TIME's table. */
export const BUILT_IN_ROWS: readonly CatalogueRow[] = ONTIME_ROWS.map(([status, code, nl, fr, en]) => ({
  code,
  status,
  descriptions: { nl, fr, en },
}));

/** The status codes and what they mean. Codes are case-sensitive: `pickup` and `PICKUP` are two. */
export interface Catalogue {
  /**
   * The row of a code: its first, unless `descriptions` holds texts that all equal another row's of this code.
   * undefined: the code is unknown.
   */
  find(code: string, descriptions?: Descriptions): CatalogueRow | undefined;
  /** All rows: the built-in ones in their order, then those that were added. */
  list(): readonly CatalogueRow[];
  /** Adds a code, or puts one row in the place of all rows that this code has. */
  set(row: CatalogueRow): void;
  /** Forgets all rows of a code; false when there were none. */
  remove(code: string): boolean;
}

function rowsByCode(rows: readonly CatalogueRow[]): Map<string, CatalogueRow[]> {
  const byCode = new Map<string, CatalogueRow[]>();
  for (const row of rows) {
    const same = byCode.get(row.code);
    if (same) same.push(row);
    else byCode.set(row.code, [row]);
  }
  return byCode;
}

const agrees = (row: CatalogueRow, given: readonly (readonly [string, string])[]): boolean =>
  given.every(([language, text]) => row.descriptions[language] === text);

/** The built-in rows, changed by what this installation has set (`overrides`) and removed (`removed`, codes). */
export function createCatalogue(overrides: readonly CatalogueRow[] = [], removed: readonly string[] = []): Catalogue {
  const byCode = rowsByCode(BUILT_IN_ROWS);
  const catalogue: Catalogue = {
    find(code, descriptions = {}) {
      const rows = byCode.get(code);
      if (!rows || rows.length === 1) return rows?.[0];
      const given = Object.entries(descriptions);
      return rows.find((row) => agrees(row, given)) ?? rows[0];
    },
    list: () => [...byCode.values()].flat(),
    set: (row) => void byCode.set(row.code, [row]),
    remove: (code) => byCode.delete(code),
  };
  for (const row of overrides) catalogue.set(row);
  for (const code of removed) catalogue.remove(code);
  return catalogue;
}

/** What an event says about its status. */
export interface GivenStatus {
  readonly statusCode: string;
  readonly status?: Status | undefined;
  readonly descriptions?: Descriptions | undefined;
}

export type CompletedStatus =
  | { readonly ok: true; readonly status: Status; readonly descriptions: Descriptions }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Says of a field that is missed that the code is unknown, and which one differs in its letters' case alone. */
function unknownCode(
  path: string,
  rule: "status_needed" | "text_needed",
  catalogue: Catalogue,
  code: string,
): FieldError {
  const lower = code.toLowerCase();
  const near = catalogue.list().find((row) => row.code.toLowerCase() === lower);
  const known = { code: JSON.stringify(code) };
  return near ? fault(path, `${rule}_case`, { ...known, near: JSON.stringify(near.code) }) : fault(path, rule, known);
}

/**
 * The status and descriptions of an event: what it gives, completed from the catalogue. A given status wins; given
 * descriptions that are not those of a row are used as they are. A code that the catalogue does not know needs a status
 * and at least one description that is not empty: the errors say so, with paths inside the event.
 */
export function completeStatus(catalogue: Catalogue, given: GivenStatus): CompletedStatus {
  const descriptions = given.descriptions ?? {};
  const entries = Object.entries(descriptions);
  const row = catalogue.find(given.statusCode, descriptions);
  if (row) {
    const texts = agrees(row, entries) ? row.descriptions : descriptions;
    return { ok: true, status: given.status ?? row.status, descriptions: texts };
  }
  const described = entries.some(([, text]) => text !== "");
  if (given.status && described) return { ok: true, status: given.status, descriptions };
  const errors: FieldError[] = [];
  if (!given.status) errors.push(unknownCode("/status", "status_needed", catalogue, given.statusCode));
  if (!described) errors.push(unknownCode("/descriptions", "text_needed", catalogue, given.statusCode));
  return { ok: false, errors };
}
