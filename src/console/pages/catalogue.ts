import type { Static } from "typebox";
import type { StatusRowAnswer } from "../../schemas/status.js";
import type { Language } from "../../types.js";
import type { SignedIn } from "../page.js";
import { LANGUAGES } from "../word.js";

/** A row of the catalogue. A code can have several, with different texts. */
export type Row = Static<typeof StatusRowAnswer>;

const PAGE = "500";

/** The whole catalogue. */
export async function readCatalogue(page: SignedIn): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const { items, next } = await page.read<{ items: Row[]; next: string | null }>("listStatuses", { query });
    rows.push(...items);
    cursor = next;
  } while (cursor !== null);
  return rows;
}

/** Without capitals and accents: people type neither. */
const plain = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** The rows in which a text occurs: first those that have it in their code, status or the reader's own language. */
export function searched(rows: readonly Row[], text: string, language: Language): Row[] {
  const wanted = plain(text);
  const holds = (values: readonly string[]) => values.some((value) => plain(value).includes(wanted));
  const own = (row: Row) => holds([row.code, row.status, row.descriptions[language] ?? ""]);
  const inOwn = rows.filter(own);
  return [...inOwn, ...rows.filter((row) => !own(row) && holds(Object.values(row.descriptions)))];
}

/** Where a code is changed, or added where the catalogue does not know it; `known`: what is known of it already. */
export function codeAddress(code: string, known: Partial<Omit<Row, "code">> = {}): string {
  const parameters = new URLSearchParams({ code });
  if (known.status !== undefined) parameters.set("status", known.status);
  for (const language of LANGUAGES) {
    const text = known.descriptions?.[language] ?? "";
    if (text !== "") parameters.set(language, text);
  }
  return `/statuses/edit?${parameters}`;
}

/** Where the code of a status change can be added; undefined: the catalogue knows it, or whoever reads may not. */
export async function unknownCodeAddress(
  page: SignedIn,
  { statusCode, status, descriptions }: { readonly statusCode: string } & Omit<Row, "code">,
): Promise<string | undefined> {
  if (!page.may("putStatus")) return undefined;
  const rows = await readCatalogue(page);
  return rows.some(({ code }) => code === statusCode) ? undefined : codeAddress(statusCode, { status, descriptions });
}
