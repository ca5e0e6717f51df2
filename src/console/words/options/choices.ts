import type { Word } from "../../word.js";

type Choices = Readonly<Record<string, Word>>;

/** What a choice of an option is called, by the option's place; one that is not here is called what it is. */
export const optionChoices: Readonly<Record<string, Choices>> = {
  auth: {
    basic: {
      en: "User name and password (Basic)",
      nl: "Gebruikersnaam en wachtwoord (Basic)",
      fr: "Nom d’utilisateur et mot de passe (Basic)",
    },
    bearer: { en: "Token (Bearer)", nl: "Vast token (Bearer)", fr: "Jeton (Bearer)" },
    jwt: { en: "Signed token (JWT)", nl: "Ondertekend token (JWT)", fr: "Jeton signé (JWT)" },
    oauth2: {
      en: "Token of a server (OAuth 2)",
      nl: "Token van een server (OAuth 2)",
      fr: "Jeton d’un serveur (OAuth 2)",
    },
  },
  "auth.credentials": {
    header: { en: "in the header", nl: "in de header", fr: "dans l’en-tête" },
    body: { en: "in the form", nl: "in het formulier", fr: "dans le formulaire" },
  },
  "hmac.over": {
    body: { en: "the body", nl: "de inhoud", fr: "le corps" },
    "timestamp.body": { en: "timestamp and body", nl: "tijdstip en inhoud", fr: "l’heure et le corps" },
  },
  trace: {
    none: { en: "none of them", nl: "geen ervan", fr: "aucun d’eux" },
    full: { en: "all of them", nl: "allemaal", fr: "tous" },
  },
  tls: {
    none: { en: "none: in clear", nl: "geen: leesbaar", fr: "aucun : en clair" },
    explicit: { en: "explicit TLS", nl: "expliciete TLS", fr: "TLS explicite" },
    implicit: { en: "implicit TLS", nl: "impliciete TLS", fr: "TLS implicite" },
  },
  upload: {
    temporary: { en: "under another name first", nl: "eerst onder een andere naam", fr: "d’abord sous un autre nom" },
    direct: { en: "directly", nl: "rechtstreeks", fr: "directement" },
  },
  format: {
    json: { en: "JSON", nl: "JSON", fr: "JSON" },
    xml: { en: "XML", nl: "XML", fr: "XML" },
    csv: { en: "CSV", nl: "CSV", fr: "CSV" },
    form: { en: "fields of a form", nl: "velden van een formulier", fr: "champs d’un formulaire" },
    text: { en: "plain text", nl: "platte tekst", fr: "texte brut" },
    query: { en: "query string", nl: "querystring", fr: "chaîne de requête" },
  },
  shipmentId: {
    order: { en: "number of the order", nl: "nummer van de order", fr: "numéro de la commande" },
    barcode: { en: "barcode", nl: "barcode", fr: "code-barres" },
  },
  proofs: {
    array: { en: "all, as a list", nl: "alle, als lijst", fr: "toutes, en liste" },
    object: { en: "the first one alone", nl: "alleen het eerste", fr: "la première seule" },
  },
  document: {
    short: { en: "the status alone", nl: "alleen de status", fr: "le statut seul" },
    full: { en: "with the shipment", nl: "met de zending", fr: "avec l’envoi" },
  },
  envelope: {
    standard: { en: "Standard Webhooks", nl: "Standard Webhooks", fr: "Standard Webhooks" },
    cloudevents: { en: "CloudEvents", nl: "CloudEvents", fr: "CloudEvents" },
  },
  delimiter: {
    ",": { en: "comma", nl: "komma", fr: "virgule" },
    ";": { en: "semicolon", nl: "puntkomma", fr: "point-virgule" },
    "\t": { en: "tab", nl: "tab", fr: "tabulation" },
    "|": { en: "vertical bar", nl: "verticale streep", fr: "barre verticale" },
  },
};
