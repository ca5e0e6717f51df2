import type { Registry } from "../delivery/settings.js";
import { InputError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Database } from "./database.js";
import { letOthersRun, type Page, type PageRequest, pageLimit } from "./rows.js";
import { HOLDER_TABLES, type HolderRow, mapHolder, nextHolders, type Place, START } from "./secret-rows.js";
import type { Secrets } from "./secrets.js";

/** Looks of one page: it answers within a fraction of a second, however few of the rows hold what is searched. */
const LOOKS = 6;

/** A secret that cannot be read: where it is, never what. */
export interface UnreadableSecret {
  readonly kind: "customer" | "endpoint" | "mail";
  readonly id: string;
  readonly field: string;
  readonly problem: string;
}

const KINDS = { customers: "customer", endpoints: "endpoint", mails: "mail" } as const;

// Field names are chosen by customers too (headers): nothing of them may steer a terminal.
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);

/** What is told of a secret in this row that did not open. */
export function unreadableSecret({ table, id }: HolderRow, field: string, error: unknown): UnreadableSecret {
  return { kind: KINDS[table], id, field: plain(field), problem: plain((error as Error).message) };
}

function unreadableIn(row: HolderRow, secrets: Secrets, registry: Registry): UnreadableSecret[] {
  const found: UnreadableSecret[] = [];
  mapHolder(row, registry, (sealed, place, field) => {
    try {
      secrets.decrypt(sealed, place);
    } catch (error) {
      found.push(unreadableSecret(row, field, error));
    }
    return sealed;
  });
  return found;
}

/** After the row of `place`, and so many secrets of the next one: a row can hold more than a page. */
interface Spot extends Place {
  readonly skip: number;
}

const cursorOf = ({ table, id, skip }: Spot): string => Buffer.from(`${table}/${skip}/${id}`).toString("base64url");

function spotOf(cursor: string | undefined): Spot {
  if (cursor === undefined) return { ...START, skip: 0 };
  const text = Buffer.from(cursor, "base64url").toString();
  const [, name, skip = "", id = ""] = /^([a-z]+)\/(\d{1,6})\/(.*)$/s.exec(text) ?? [];
  const table = HOLDER_TABLES.find((one) => one === name);
  if (table) return { table, id, skip: Number(skip) };
  throw InputError.invalid([fault("/cursor", "cursor")]);
}

/**
 * The secrets that no key opens, by where they are, a page at a time. A page looks at so many rows and no more: it may be
 * short, or empty, and still say where the next one goes on. Throws InputError for a cursor that it has not given.
 */
export async function listUnreadable(
  database: Database,
  secrets: Secrets,
  registry: Registry,
  request: PageRequest,
): Promise<Page<UnreadableSecret>> {
  const limit = pageLimit(request.limit);
  const items: UnreadableSecret[] = [];
  let spot: Spot | null = spotOf(request.cursor);
  for (let look = 0; look < LOOKS && spot; look++) {
    const { rows, next }: Awaited<ReturnType<typeof nextHolders>> = await nextHolders(database, spot);
    for (const row of rows) {
      const { skip }: Spot = spot;
      const here = unreadableIn(row, secrets, registry).slice(skip);
      const taken = here.slice(0, limit - items.length);
      items.push(...taken);
      if (taken.length < here.length) return { items, next: cursorOf({ ...spot, skip: skip + taken.length }) };
      spot = { table: row.table, id: row.id, skip: 0 };
    }
    spot = next && { ...next, skip: 0 };
    await letOthersRun();
  }
  return { items, next: spot && cursorOf(spot) };
}
