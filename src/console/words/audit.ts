import type { Word } from "../word.js";

/** Who changed what. */
export const auditWords = {
  title: { en: "Audit log", nl: "Auditlog", fr: "Journal d’audit" },
  intro: {
    en: "Who changed what, the latest first. Secrets are never shown.",
    nl: "Wie wat heeft gewijzigd, het laatste eerst. Geheimen worden nooit getoond.",
    fr: "Qui a modifié quoi, le plus récent d’abord. Les secrets ne sont jamais affichés.",
  },
  who: { en: "Who", nl: "Wie", fr: "Qui" },
  what: { en: "What", nl: "Wat", fr: "Quoi" },
  subject: { en: "Of what", nl: "Waarvan", fr: "De quoi" },
  subjectHelp: {
    en: "Look for all of one thing by its id, or by the number of an order.",
    nl: "Zoek alles over één ding met zijn id, of met het nummer van een order.",
    fr: "Retrouvez tout ce qui concerne une chose par son identifiant, ou par le numéro d’une commande.",
  },
  change: { en: "Change", nl: "Wijziging", fr: "Modification" },
  field: { en: "Field", nl: "Veld", fr: "Champ" },
  before: { en: "Before", nl: "Voordien", fr: "Avant" },
  after: { en: "After", nl: "Nadien", fr: "Après" },
  same: {
    en: "Nothing that is shown has changed.",
    nl: "Niets dat getoond wordt is gewijzigd.",
    fr: "Rien de ce qui est affiché n’a changé.",
  },
  more: { en: "and more fields", nl: "en meer velden", fr: "et d’autres champs" },
} satisfies Readonly<Record<string, Word>>;

/** How many fields a change is about. */
export const fieldsWord: Word<(count: string, isOne: boolean) => string> = {
  en: (count, isOne) => `${count} ${isOne ? "field" : "fields"}`,
  nl: (count, isOne) => `${count} ${isOne ? "veld" : "velden"}`,
  fr: (count, isOne) => `${count} ${isOne ? "champ" : "champs"}`,
};
