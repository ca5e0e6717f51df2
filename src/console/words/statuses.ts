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
  find: { en: "Code or text", nl: "Code of tekst", fr: "Code ou texte" },
} satisfies Readonly<Record<string, Word>>;
