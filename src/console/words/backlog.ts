import type { Word } from "../word.js";

type Said = string | ((count: string) => string) | ((count: string, canceled: string) => string);

/** What waits for an endpoint, and what becomes of it. */
export const backlog = {
  nothing: { en: "Nothing waits.", nl: "Er wacht niets.", fr: "Rien n’est en attente." },
  oneWaits: { en: "One delivery waits,", nl: "Eén levering wacht,", fr: "Une livraison attend," },
  waits: {
    en: (count: string) => `${count} deliveries wait,`,
    nl: (count: string) => `${count} leveringen wachten,`,
    fr: (count: string) => `${count} livraisons attendent,`,
  },
  oldest: { en: "the oldest since", nl: "de oudste sinds", fr: "la plus ancienne depuis le" },
  orMore: {
    en: (count: string) => `${count} or more`,
    nl: (count: string) => `${count} of meer`,
    fr: (count: string) => `${count} ou plus`,
  },
  sendsAll: {
    en: (count: string) => `Sends ${count}.`,
    nl: (count: string) => `Verzendt er ${count}.`,
    fr: (count: string) => `En envoie ${count}.`,
  },
  sendsLatest: {
    en: (count: string, canceled: string) =>
      `Sends ${count}, and cancels ${canceled} of which a later status of the same order waits.`,
    nl: (count: string, canceled: string) =>
      `Verzendt er ${count} en annuleert er ${canceled} waarvan een latere status van dezelfde order wacht.`,
    fr: (count: string, canceled: string) =>
      `En envoie ${count} et en annule ${canceled} dont un statut ultérieur de la même commande attend.`,
  },
  sendsLatestOf: {
    en: (count: string, canceled: string) =>
      `Of the ${count} that were looked at, cancels ${canceled} of which a later status of the same order waits; of the rest likewise.`,
    nl: (count: string, canceled: string) =>
      `Annuleert van de ${count} bekeken er ${canceled} waarvan een latere status van dezelfde order wacht; van de rest evenzo.`,
    fr: (count: string, canceled: string) =>
      `Des ${count} examinées, en annule ${canceled} dont un statut ultérieur de la même commande attend ; de même pour le reste.`,
  },
  cancelsAll: {
    en: (count: string) => `Cancels ${count}. Each can still be sent by hand.`,
    nl: (count: string) => `Annuleert er ${count}. Elk kan nog met de hand verzonden worden.`,
    fr: (count: string) => `En annule ${count}. Chacune peut encore être envoyée à la main.`,
  },
} satisfies Readonly<Record<string, Word<Said>>>;
