import type { Word } from "../word.js";

/** What is said once after something was done, by its name in the address: texts of others never get there. */
export const notices = {
  saved: { en: () => "Saved.", nl: () => "Opgeslagen.", fr: () => "Enregistré." },
  created: { en: () => "Created.", nl: () => "Aangemaakt.", fr: () => "Créé." },
  deleted: { en: () => "Deleted.", nl: () => "Verwijderd.", fr: () => "Supprimé." },
} satisfies Readonly<Record<string, Word<(count: string) => string>>>;

export type NoticeName = keyof typeof notices;

/** An address with the notice that is shown there. */
export function withNotice(path: string, notice: NoticeName, count?: number): string {
  const [address = "", query = ""] = path.split("?");
  const parameters = new URLSearchParams(query);
  parameters.set("notice", notice);
  if (count !== undefined) parameters.set("count", String(count));
  return `${address}?${parameters}`;
}
