import type { TroubleKind } from "../../api/services-overview.js";
import type { Word } from "../word.js";

type Counted = Word<(count: number, shown: string) => string>;

/** The page that everybody sees first. */
export const overviewWords = {
  title: { en: "Overview", nl: "Overzicht", fr: "Aperçu" },
  deliveredToday: { en: "delivered today", nl: "vandaag geleverd", fr: "livrées aujourd’hui" },
  waiting: { en: "waiting", nl: "wachten", fr: "en attente" },
  sending: {
    en: (count: string) => `${count} being sent`,
    nl: (count: string) => `${count} worden verzonden`,
    fr: (count: string) => `${count} en cours d’envoi`,
  },
  more: {
    en: (count: string) => `more than ${count}`,
    nl: (count: string) => `meer dan ${count}`,
    fr: (count: string) => `plus de ${count}`,
  },
  givenUpToday: { en: "given up today", nl: "vandaag opgegeven", fr: "abandonnées aujourd’hui" },
  notLive: { en: "Not live since", nl: "Niet live sinds", fr: "Plus en direct depuis" },
  reload: { en: "reload", nl: "opnieuw laden", fr: "recharger" },
  inTrouble: { en: "endpoints in trouble", nl: "endpoints met problemen", fr: "endpoints en difficulté" },
  counting: { en: "being counted…", nl: "worden geteld…", fr: "en cours de comptage…" },
  trouble: { en: "Endpoints in trouble", nl: "Endpoints met problemen", fr: "Endpoints en difficulté" },
  allWell: {
    en: "All endpoints are well.",
    nl: "Met alle endpoints is alles in orde.",
    fr: "Tous les endpoints vont bien.",
  },
  undelivered: { en: "What did not arrive", nl: "Wat niet is aangekomen", fr: "Ce qui n’est pas arrivé" },
  download: {
    en: (format: string) => `as ${format}`,
    nl: (format: string) => `als ${format}`,
    fr: (format: string) => `en ${format}`,
  },
  allOfThem: {
    en: "The next of them",
    nl: "De volgende",
    fr: "Les suivants",
  },
  toTheFirst: { en: "To the first of them", nl: "Naar de eerste", fr: "Aux premiers" },
  reason: { en: "What is wrong", nl: "Wat er mis is", fr: "Ce qui ne va pas" },
  waits: { en: "Waiting", nl: "Wachtend", fr: "En attente" },
  justNow: { en: "just now", nl: "zojuist", fr: "à l’instant" },
  since: { en: "Since", nl: "Sinds", fr: "Depuis" },
  nextTry: { en: "Next try", nl: "Volgende poging", fr: "Prochain essai" },
  callbacks: { en: "callback URLs", nl: "callback-URL’s", fr: "URL de rappel" },
  perMinute: {
    en: "The last hour, per minute",
    nl: "Het afgelopen uur, per minuut",
    fr: "La dernière heure, par minute",
  },
  perDay: { en: "The last 30 days", nl: "De afgelopen 30 dagen", fr: "Les 30 derniers jours" },
  asTable: { en: "As a table", nl: "Als tabel", fr: "Sous forme de tableau" },
  minute: { en: "Minute", nl: "Minuut", fr: "Minute" },
  day: { en: "Day", nl: "Dag", fr: "Jour" },
  published: { en: "Published", nl: "Gepubliceerd", fr: "Publiés" },
  delivered: { en: "Delivered", nl: "Geleverd", fr: "Livrées" },
  failedAttempts: { en: "Failed attempts", nl: "Mislukte pogingen", fr: "Tentatives échouées" },
  givenUp: { en: "Given up", nl: "Opgegeven", fr: "Abandonnées" },
  days: {
    en: (zone: string) => `Days of the time zone ${zone}.`,
    nl: (zone: string) => `Dagen van de tijdzone ${zone}.`,
    fr: (zone: string) => `Jours du fuseau horaire ${zone}.`,
  },
  ofCustomer: {
    en: (customer: string) => `Overview of ${customer}`,
    nl: (customer: string) => `Overzicht van ${customer}`,
    fr: (customer: string) => `Aperçu de ${customer}`,
  },
  ofAll: { en: "Overview of all customers", nl: "Overzicht van alle klanten", fr: "Aperçu de tous les clients" },
} satisfies Readonly<Record<string, Word<unknown>>>;

/** What is said to who does not see the page, when it changes. */
export const troubleSummary: Counted = {
  en: (count, shown) => (count === 1 ? "One endpoint is in trouble." : `${shown} endpoints are in trouble.`),
  nl: (count, shown) => (count === 1 ? "Eén endpoint heeft problemen." : `${shown} endpoints hebben problemen.`),
  fr: (count, shown) => (count === 1 ? "Un endpoint est en difficulté." : `${shown} endpoints sont en difficulté.`),
};

export const givenUpLately: Counted = {
  en: (count, shown) =>
    count === 1 ? "One delivery was given up within a day." : `${shown} deliveries were given up within a day.`,
  nl: (count, shown) =>
    count === 1
      ? "Eén levering is de afgelopen 24 uur opgegeven."
      : `${shown} leveringen zijn de afgelopen 24 uur opgegeven.`,
  fr: (count, shown) =>
    count === 1
      ? "Une livraison a été abandonnée ces dernières 24 heures."
      : `${shown} livraisons ont été abandonnées ces dernières 24 heures.`,
};

/** What kind of trouble it is, in a word or two. */
export const troubleKinds: Readonly<Record<TroubleKind, Word>> = {
  held: { en: "held", nl: "tegengehouden", fr: "retenu" },
  failing: { en: "failing", nl: "mislukt", fr: "en échec" },
  askedToWait: { en: "asked to wait", nl: "vraagt te wachten", fr: "demande d’attendre" },
  gaveUp: { en: "given up", nl: "opgegeven", fr: "abandons" },
  disabled: { en: "disabled", nl: "uitgeschakeld", fr: "désactivé" },
  paused: { en: "paused", nl: "gepauzeerd", fr: "en pause" },
};

/** Where no failure explains it. */
export const troubleReasons = {
  held: {
    en: "Nothing is sent until the setting is changed.",
    nl: "Er wordt niets verzonden tot de instelling is gewijzigd.",
    fr: "Rien n’est envoyé tant que le réglage n’est pas modifié.",
  },
  disabled: {
    en: "It is disabled: nothing is sent.",
    nl: "Het is uitgeschakeld: er wordt niets verzonden.",
    fr: "Il est désactivé : rien n’est envoyé.",
  },
  paused: {
    en: "It is paused: what waits is sent once it is resumed.",
    nl: "Het is gepauzeerd: wat wacht, wordt verzonden zodra u het hervat.",
    fr: "Il est en pause : ce qui attend sera envoyé dès sa reprise.",
  },
} satisfies Readonly<Record<string, Word>>;

/** Why an endpoint is paused or disabled, where that was recorded. */
export const troubleWhy: Word<(reason: string) => string> = {
  en: (reason) => `Reason: ${reason}.`,
  nl: (reason) => `Reden: ${reason}.`,
  fr: (reason) => `Motif : ${reason}.`,
};

/** The first start. */
export const firstSteps = {
  title: { en: "Welcome to Waybell", nl: "Welkom bij Waybell", fr: "Bienvenue dans Waybell" },
  intro: {
    en: "Nothing has gone through yet. Three steps, and status changes reach your customers:",
    nl: "Er is nog niets doorgegaan. Drie stappen, en statuswijzigingen bereiken uw klanten:",
    fr: "Rien n’est encore passé. Trois étapes, et les changements de statut atteignent vos clients :",
  },
  customer: {
    en: "Make a customer: who is to be told.",
    nl: "Maak een klant aan: wie verwittigd moet worden.",
    fr: "Créez un client : celui qui doit être informé.",
  },
  endpoint: {
    en: "Give the customer an endpoint: how and where they want to be told, by HTTP, FTP or SFTP. Test it at once with a sample.",
    nl: "Geef de klant een endpoint: hoe en waar die verwittigd wil worden, via HTTP, FTP of SFTP. Test het meteen met een voorbeeld.",
    fr: "Donnez au client un endpoint : comment et où il veut être informé, par HTTP, FTP ou SFTP. Testez-le aussitôt avec un exemple.",
  },
  publish: {
    en: "Let your transport system publish its status changes to POST /v1/events, with a key of the role producer.",
    nl: "Laat uw transportsysteem zijn statuswijzigingen publiceren naar POST /v1/events, met een sleutel van de rol producer.",
    fr: "Faites publier à votre système de transport ses changements de statut vers POST /v1/events, avec une clé du rôle producer.",
  },
  toCustomers: { en: "Make a customer", nl: "Klant aanmaken", fr: "Créer un client" },
  toKeys: { en: "Make a key", nl: "Sleutel aanmaken", fr: "Créer une clé" },
  toDocs: { en: "The API’s documentation", nl: "Documentatie van de API", fr: "Documentation de l’API" },
  ownIntro: {
    en: "Nothing has been sent to you yet. It will be shown here as soon as something is.",
    nl: "Er is u nog niets toegezonden. Zodra dat gebeurt, ziet u het hier.",
    fr: "Rien ne vous a encore été envoyé. Vous le verrez ici dès que ce sera le cas.",
  },
} satisfies Readonly<Record<string, Word>>;
