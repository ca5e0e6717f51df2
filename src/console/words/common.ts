import type { StateFilter } from "../../schemas/delivery.js";
import type { DeliveryState, Language } from "../../types.js";
import type { Word } from "../word.js";

/** Words of many pages. */
export const common = {
  save: { en: "Save", nl: "Opslaan", fr: "Enregistrer" },
  cancel: { en: "Cancel", nl: "Annuleren", fr: "Annuler" },
  delete: { en: "Delete", nl: "Verwijderen", fr: "Supprimer" },
  edit: { en: "Edit", nl: "Bewerken", fr: "Modifier" },
  create: { en: "Create", nl: "Aanmaken", fr: "Créer" },
  addRow: { en: "Add a row", nl: "Rij toevoegen", fr: "Ajouter une ligne" },
  search: { en: "Search", nl: "Zoeken", fr: "Rechercher" },
  clear: { en: "Clear", nl: "Wissen", fr: "Effacer" },
  newer: { en: "To the first page", nl: "Naar de eerste pagina", fr: "À la première page" },
  older: { en: "Next page", nl: "Volgende pagina", fr: "Page suivante" },
  nothing: { en: "Nothing to show.", nl: "Niets te tonen.", fr: "Rien à afficher." },
  yes: { en: "Yes", nl: "Ja", fr: "Oui" },
  no: { en: "No", nl: "Nee", fr: "Non" },
  none: { en: "none", nl: "geen", fr: "aucun" },
  all: { en: "All", nl: "Alle", fr: "Tous" },
  optional: { en: "optional", nl: "optioneel", fr: "facultatif" },
  copy: { en: "Copy", nl: "Kopiëren", fr: "Copier" },
  copied: { en: "Copied", nl: "Gekopieerd", fr: "Copié" },
  download: { en: "Download", nl: "Downloaden", fr: "Télécharger" },
  order: { en: "Order", nl: "Order", fr: "Commande" },
  customer: { en: "Customer", nl: "Klant", fr: "Client" },
  endpoint: { en: "Endpoint", nl: "Endpoint", fr: "Endpoint" },
  state: { en: "State", nl: "Toestand", fr: "État" },
  status: { en: "Status", nl: "Status", fr: "Statut" },
  time: { en: "Time", nl: "Tijd", fr: "Heure" },
  actions: { en: "Actions", nl: "Acties", fr: "Actions" },
  name: { en: "Name", nl: "Naam", fr: "Nom" },
  from: { en: "From", nl: "Van", fr: "Du" },
  to: { en: "To", nl: "Tot", fr: "Au" },
  fault: { en: "Faulty field", nl: "Fout veld", fr: "Champ incorrect" },
} satisfies Readonly<Record<string, Word>>;

/** What is said of a form that would undo what another has changed. */
export const changedMeanwhile = {
  title: {
    en: "This was changed meanwhile, by somebody else or in another tab.",
    nl: "Dit werd intussen gewijzigd, door iemand anders of in een ander tabblad.",
    fr: "Ceci a été modifié entre-temps, par quelqu’un d’autre ou dans un autre onglet.",
  },
  help: {
    en: "Nothing is saved: below stands what you typed, but for passwords and keys. If you save now, it takes the place of what the other has changed.",
    nl: "Er is niets opgeslagen: hieronder staat wat u invulde, behalve wachtwoorden en sleutels. Slaat u nu op, dan vervangt dat de wijziging van de ander.",
    fr: "Rien n’est enregistré : votre saisie figure ci-dessous, sauf les mots de passe et les clés. Si vous enregistrez maintenant, elle remplace la modification de l’autre.",
  },
  look: {
    en: "Look at how it is now, in a new tab",
    nl: "Bekijk hoe het nu is, in een nieuw tabblad",
    fr: "Voir l’état actuel, dans un nouvel onglet",
  },
  save: { en: "Save all the same", nl: "Toch opslaan", fr: "Enregistrer quand même" },
} satisfies Readonly<Record<string, Word>>;

/** The states of a delivery. */
export const deliveryStates: Readonly<Record<DeliveryState, Word>> = {
  pending: { en: "waiting", nl: "wacht", fr: "en attente" },
  sending: { en: "sending", nl: "wordt verzonden", fr: "en cours d’envoi" },
  delivered: { en: "delivered", nl: "geleverd", fr: "livrée" },
  failed: { en: "failed", nl: "mislukt", fr: "échouée" },
  canceled: { en: "canceled", nl: "geannuleerd", fr: "annulée" },
};

/** Which times a page holds. */
export const timesIn: Word<(zone: string) => string> = {
  en: (zone) => `All times are in the time zone ${zone}.`,
  nl: (zone) => `Alle tijden gelden in de tijdzone ${zone}.`,
  fr: (zone) => `Toutes les heures sont exprimées dans le fuseau horaire ${zone}.`,
};

/** The states of a delivery, and what holds several of them. */
export const stateFilters: Readonly<Record<StateFilter, Word>> = {
  ...deliveryStates,
  undelivered: { en: "not arrived", nl: "niet aangekomen", fr: "non arrivée" },
};

/** The states of an endpoint. */
export const endpointStates: Readonly<Record<"active" | "paused" | "disabled", Word>> = {
  active: { en: "active", nl: "actief", fr: "actif" },
  paused: { en: "paused", nl: "gepauzeerd", fr: "en pause" },
  disabled: { en: "disabled", nl: "uitgeschakeld", fr: "désactivé" },
};

/** The languages, as each language calls them. */
export const languageNames: Readonly<Record<Language, Word>> = {
  nl: { en: "Dutch", nl: "Nederlands", fr: "néerlandais" },
  fr: { en: "French", nl: "Frans", fr: "français" },
  en: { en: "English", nl: "Engels", fr: "anglais" },
};
