import type { Word } from "../word.js";

/** What forms made of schemas say by themselves. */
export const schemaForm = {
  secretSet: {
    en: "Set. Leave it empty to keep it.",
    nl: "Ingesteld. Laat leeg om het te behouden.",
    fr: "Défini. Laissez vide pour le conserver.",
  },
  secretNotSet: { en: "Not set.", nl: "Niet ingesteld.", fr: "Non défini." },
  removeSecret: { en: "Take it away", nl: "Weghalen", fr: "Le retirer" },
  usual: { en: "as usual", nl: "zoals gebruikelijk", fr: "comme d’habitude" },
} satisfies Readonly<Record<string, Word>>;
