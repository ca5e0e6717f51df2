/**
 * The text of a language, empty when there is none. A region's text (`nl-BE`) serves where the language itself (`nl`)
 * has none; tags are compared without regard to case.
 */
export function descriptionIn(descriptions: Readonly<Record<string, string>>, language: string): string {
  const exact = descriptions[language];
  if (exact) return exact;
  let regional = "";
  for (const [tag, text] of Object.entries(descriptions)) {
    const lower = tag.toLowerCase();
    if (lower === language && text) return text;
    if (!regional && lower.startsWith(`${language}-`)) regional = text;
  }
  return regional;
}

/** The text of the first of the languages that has one, else whatever text there is: for partners who must get one. */
export function firstDescription(descriptions: Readonly<Record<string, string>>, languages: readonly string[]): string {
  for (const language of languages) {
    const text = descriptionIn(descriptions, language.toLowerCase());
    if (text) return text;
  }
  return Object.values(descriptions).find((text) => text !== "") ?? "";
}
