import type { Word } from "../word.js";

/** The catalogue of status codes. */
export const statusWords = {
  title: { en: "Status codes", nl: "Statuscodes", fr: "Codes de statut" },
  intro: {
    en: "Every code that a status change may have, with the status that it means and its texts. A code can stand in the list several times with different texts.",
    nl: "Elke code die een statuswijziging kan hebben, met de status die ze betekent en haar teksten. Een code kan meermaals in de lijst staan, met verschillende teksten.",
    fr: "Chaque code qu’un changement de statut peut porter, avec le statut qu’il signifie et ses textes. Un code peut figurer plusieurs fois dans la liste, avec des textes différents.",
  },
  code: { en: "Code", nl: "Code", fr: "Code" },
  codeHelp: {
    en: "As status changes will have it: capitals count.",
    nl: "Zoals statuswijzigingen ze zullen hebben: hoofdletters tellen.",
    fr: "Tel que les changements de statut le porteront : les majuscules comptent.",
  },
  statusHelp: {
    en: "What the code means to the order.",
    nl: "Wat de code voor de order betekent.",
    fr: "Ce que le code signifie pour la commande.",
  },
  textHelp: {
    en: "Told in this language of status changes that bring no text of their own.",
    nl: "Staat in deze taal bij statuswijzigingen die zelf geen tekst meebrengen.",
    fr: "Indiqué dans cette langue pour les changements de statut qui n’apportent pas de texte.",
  },
  new: { en: "New code", nl: "Nieuwe code", fr: "Nouveau code" },
  add: { en: "Add it:", nl: "Toevoegen:", fr: "L’ajouter :" },
  none: { en: "No code has this.", nl: "Geen enkele code heeft dit.", fr: "Aucun code n’a cela." },
  change: {
    en: (code: string) => `Change ${code}`,
    nl: (code: string) => `${code} wijzigen`,
    fr: (code: string) => `Modifier ${code}`,
  },
  several: {
    en: (count: string) => `This code has ${count} rows with different texts. Saving puts one row in their place.`,
    nl: (count: string) =>
      `Deze code heeft ${count} rijen met verschillende teksten. Opslaan vervangt ze door één rij.`,
    fr: (count: string) => `Ce code a ${count} lignes aux textes différents. Enregistrer les remplace par une seule.`,
  },
  remove: { en: "Take out of the catalogue", nl: "Uit de catalogus halen", fr: "Retirer du catalogue" },
  removeHelp: {
    en: "Status changes with this code must then bring their own status and description. What was sent stays as it is.",
    nl: "Statuswijzigingen met deze code moeten dan zelf een status en omschrijving meebrengen. Wat verzonden is, blijft zoals het is.",
    fr: "Les changements de statut portant ce code devront alors apporter leur statut et leur description. Ce qui a été envoyé reste tel quel.",
  },
  removeConfirm: {
    en: "Take this code out of the catalogue?",
    nl: "Deze code uit de catalogus halen?",
    fr: "Retirer ce code du catalogue ?",
  },
  find: { en: "Code or text", nl: "Code of tekst", fr: "Code ou texte" },
} satisfies Readonly<Record<string, Word<string | ((value: string) => string)>>>;
