import type { Word } from "../word.js";

/** The frame around every page. */
export const shell = {
  skip: { en: "Skip to the content", nl: "Naar de inhoud", fr: "Aller au contenu" },
  menu: { en: "Menu", nl: "Menu", fr: "Menu" },
  overview: { en: "Overview", nl: "Overzicht", fr: "Aperçu" },
  deliveries: { en: "Deliveries", nl: "Leveringen", fr: "Livraisons" },
  orders: { en: "Orders", nl: "Orders", fr: "Commandes" },
  customers: { en: "Customers", nl: "Klanten", fr: "Clients" },
  endpoints: { en: "Endpoints", nl: "Endpoints", fr: "Endpoints" },
  statuses: { en: "Status codes", nl: "Statuscodes", fr: "Codes de statut" },
  users: { en: "Users", nl: "Gebruikers", fr: "Utilisateurs" },
  keys: { en: "API keys", nl: "API-sleutels", fr: "Clés d’API" },
  audit: { en: "Audit log", nl: "Auditlog", fr: "Journal d’audit" },
  documentation: { en: "Documentation", nl: "Documentatie", fr: "Documentation" },
  account: { en: "My account", nl: "Mijn account", fr: "Mon compte" },
  signOut: { en: "Sign out", nl: "Afmelden", fr: "Se déconnecter" },
  signedInAs: { en: "Signed in as", nl: "Aangemeld als", fr: "Connecté en tant que" },
  language: { en: "Language", nl: "Taal", fr: "Langue" },
  theme: { en: "Colours", nl: "Kleuren", fr: "Couleurs" },
  light: { en: "Light", nl: "Licht", fr: "Clair" },
  dark: { en: "Dark", nl: "Donker", fr: "Sombre" },
  system: { en: "Auto", nl: "Auto", fr: "Auto" },
  apply: { en: "Apply", nl: "Toepassen", fr: "Appliquer" },
  administration: { en: "Administration", nl: "Beheer", fr: "Administration" },
  times: { en: "Times", nl: "Tijden", fr: "Heures" },
  notAnswered: {
    en: "Waybell did not answer. Try again; what went on here by itself goes on once the page is loaded anew.",
    nl: "Waybell antwoordde niet. Probeer opnieuw; wat hier vanzelf verderging, gaat verder als u de pagina opnieuw laadt.",
    fr: "Waybell n’a pas répondu. Réessayez ; ce qui avançait ici de soi-même reprend une fois la page rechargée.",
  },
  close: { en: "Close", nl: "Sluiten", fr: "Fermer" },
} satisfies Readonly<Record<string, Word>>;

/** Why a page cannot be shown. */
export const refusals = {
  notFound: { en: "There is nothing here", nl: "Hier is niets", fr: "Il n’y a rien ici" },
  forbidden: { en: "Not for your role", nl: "Niet voor uw rol", fr: "Pas pour votre rôle" },
  busy: { en: "Too much at once", nl: "Te veel tegelijk", fr: "Trop à la fois" },
  faulty: { en: "That did not work", nl: "Dat lukte niet", fr: "Cela n’a pas fonctionné" },
  broken: { en: "A fault of Waybell", nl: "Een fout van Waybell", fr: "Une erreur de Waybell" },
  incident: {
    en: "Tell your administrator this number:",
    nl: "Geef uw beheerder dit nummer door:",
    fr: "Communiquez ce numéro à votre administrateur :",
  },
  back: { en: "Back to the start", nl: "Terug naar het begin", fr: "Retour au début" },
} satisfies Readonly<Record<string, Word>>;
