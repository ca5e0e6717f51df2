import type { Word } from "../word.js";

/** The pages of customers. */
export const customers = {
  title: { en: "Customers", nl: "Klanten", fr: "Clients" },
  new: { en: "New customer", nl: "Nieuwe klant", fr: "Nouveau client" },
  none: {
    en: "No customer yet. Make the first one, and then its endpoints.",
    nl: "Nog geen klant. Maak de eerste aan, en daarna de endpoints.",
    fr: "Pas encore de client. Créez le premier, puis ses endpoints.",
  },
  id: { en: "Id", nl: "Id", fr: "Identifiant" },
  idHelp: {
    en: "As your transport management system calls the customer: letters, digits, dots and dashes. It cannot be changed.",
    nl: "Zoals uw transportsysteem de klant noemt: letters, cijfers, punten en streepjes. Het kan niet gewijzigd worden.",
    fr: "Tel que votre système de transport nomme le client : lettres, chiffres, points et tirets. Il ne peut être modifié.",
  },
  name: { en: "Name", nl: "Naam", fr: "Nom" },
  nameHelp: {
    en: "What the customer is called in these pages and in mails. Empty: by its id.",
    nl: "Hoe de klant op deze pagina’s en in mails heet. Leeg: zoals de id.",
    fr: "Comment le client est nommé dans ces pages et les courriels. Vide : par son identifiant.",
  },
  timeZone: { en: "Time zone", nl: "Tijdzone", fr: "Fuseau horaire" },
  timeZoneHelp: {
    en: "Of times in the customer’s pages and mails, and of status times that come without a zone. An endpoint can have another.",
    nl: "Van tijden op de pagina’s en in de mails van de klant, en van statustijden die zonder zone binnenkomen. Een endpoint kan een andere hebben.",
    fr: "Celui des heures dans les pages et courriels du client, et des heures de statut reçues sans fuseau. Un endpoint peut en avoir un autre.",
  },
  asService: { en: "as the service", nl: "zoals de dienst", fr: "comme le service" },
  emails: { en: "E-mail addresses", nl: "E-mailadressen", fr: "Adresses e-mail" },
  emailsHelp: {
    en: "Told when deliveries fail; separated by commas.",
    nl: "Krijgen bericht als leveringen mislukken; gescheiden door komma’s.",
    fr: "Avertis si des livraisons échouent ; séparées par des virgules.",
  },
  language: { en: "Language", nl: "Taal", fr: "Langue" },
  languageHelp: {
    en: "Of mails to the customer, and of the pages of its people until they choose another. An endpoint’s alert mails can have another.",
    nl: "Van mails aan de klant, en van de pagina’s van zijn mensen tot ze een andere kiezen. De waarschuwingsmails van een endpoint kunnen een andere hebben.",
    fr: "Celle des courriels au client, et des pages de ses utilisateurs tant qu’ils n’en choisissent pas une autre. Les courriels d’alerte d’un endpoint peuvent en avoir une autre.",
  },
  retentionDays: {
    en: "Keep events for (days)",
    nl: "Gebeurtenissen bewaren (dagen)",
    fr: "Conserver les événements (jours)",
  },
  payloadDays: {
    en: "Keep what was sent for (days)",
    nl: "Wat verzonden is bewaren (dagen)",
    fr: "Conserver les envois (jours)",
  },
  daysHelp: { en: "Empty: as the service.", nl: "Leeg: zoals de dienst.", fr: "Vide : comme le service." },
  orders: { en: "Orders", nl: "Orders", fr: "Commandes" },
  deliveries: { en: "Deliveries", nl: "Leveringen", fr: "Livraisons" },
  settings: { en: "Settings", nl: "Instellingen", fr: "Réglages" },
  find: { en: "Id or name", nl: "Id of naam", fr: "Identifiant ou nom" },
  deleteConfirm: {
    en: "Delete this customer with its endpoints and orders? What waits is canceled; the history stays.",
    nl: "Deze klant met endpoints en orders verwijderen? Wat wacht, wordt geannuleerd; de geschiedenis blijft.",
    fr: "Supprimer ce client avec ses endpoints et commandes ? Ce qui attend est annulé ; l’historique reste.",
  },
  change: {
    en: (name: string) => `Change ${name}`,
    nl: (name: string) => `${name} wijzigen`,
    fr: (name: string) => `Modifier ${name}`,
  },
  portal: { en: "Customer portal", nl: "Klantenportaal", fr: "Portail client" },
  portalEnabled: {
    en: "People of this customer may sign in",
    nl: "Mensen van deze klant mogen zich aanmelden",
    fr: "Les personnes de ce client peuvent se connecter",
  },
  portalMay: {
    en: "What they may do beside looking",
    nl: "Wat ze mogen naast kijken",
    fr: "Ce qu’elles peuvent faire en plus de consulter",
  },
} satisfies Readonly<Record<string, Word<string | ((value: string) => string)>>>;

/** What an operator can allow the people of a customer. */
export const portalActions: Readonly<Record<"test" | "retry" | "pause" | "edit" | "create", Word>> = {
  test: {
    en: "test connections and send test statuses",
    nl: "verbindingen testen en teststatussen verzenden",
    fr: "tester les connexions et envoyer des statuts d’essai",
  },
  retry: {
    en: "retry and replay deliveries",
    nl: "leveringen opnieuw proberen en herhalen",
    fr: "réessayer et rejouer des livraisons",
  },
  pause: {
    en: "pause, disable and resume endpoints, cancel deliveries",
    nl: "endpoints pauzeren, uitschakelen en hervatten, leveringen annuleren",
    fr: "mettre des endpoints en pause, les désactiver et les reprendre, annuler des livraisons",
  },
  edit: {
    en: "change and delete endpoints",
    nl: "endpoints wijzigen en verwijderen",
    fr: "modifier et supprimer des endpoints",
  },
  create: { en: "make endpoints", nl: "endpoints aanmaken", fr: "créer des endpoints" },
};
