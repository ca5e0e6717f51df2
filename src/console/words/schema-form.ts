import type { Word } from "../word.js";

/** What forms made of schemas say by themselves. */
export const schemaForm = {
  secretSet: {
    en: "Set. Leave it empty to keep it.",
    nl: "Ingesteld. Laat leeg om het te behouden.",
    fr: "Défini. Laissez vide pour le conserver.",
  },
  secretNotSet: { en: "Not set.", nl: "Niet ingesteld.", fr: "Non défini." },
  isSet: { en: "set", nl: "ingesteld", fr: "défini" },
  isNotSet: { en: "not set", nl: "niet ingesteld", fr: "non défini" },
  removeSecret: { en: "Take it away", nl: "Weghalen", fr: "Le retirer" },
  inLine: {
    en: (line: string, column: string | null) => `Line ${line}${column === null ? "" : `, column ${column}`}:`,
    nl: (line: string, column: string | null) => `Regel ${line}${column === null ? "" : `, kolom ${column}`}:`,
    fr: (line: string, column: string | null) => `Ligne ${line}${column === null ? "" : `, colonne ${column}`} :`,
  },
  ours: { en: "Our code", nl: "Onze code", fr: "Notre code" },
  ourStatus: { en: "Our status", nl: "Onze status", fr: "Notre statut" },
  theirs: { en: "Their code", nl: "Hun code", fr: "Leur code" },
  theirText: { en: "Their text", nl: "Hun tekst", fr: "Leur texte" },
  header: { en: "Name", nl: "Naam", fr: "Nom" },
  headerValue: { en: "Value", nl: "Waarde", fr: "Valeur" },
  valueSet: {
    en: "set; empty keeps it",
    nl: "ingesteld; leeg laten behoudt het",
    fr: "défini ; laissez vide pour le garder",
  },
  usual: { en: "as usual", nl: "zoals gebruikelijk", fr: "comme d’habitude" },
} satisfies Readonly<Record<string, Word<string | ((line: string, column: string | null) => string)>>>;
