import type { Fault } from "../../errors.js";
import type { Word } from "../word.js";

/** Looking for deliveries, and what is said of them in lists. */
export const deliveries = {
  title: { en: "Deliveries", nl: "Leveringen", fr: "Livraisons" },
  list: { en: "All deliveries", nl: "Alle leveringen", fr: "Toutes les livraisons" },
  byCause: { en: "By cause", nl: "Per oorzaak", fr: "Par cause" },
  views: { en: "Views", nl: "Weergaven", fr: "Vues" },
  filters: { en: "Search deliveries", nl: "Leveringen zoeken", fr: "Rechercher des livraisons" },
  moreFilters: { en: "More filters", nl: "Meer filters", fr: "Plus de filtres" },
  orderNumber: { en: "Order number", nl: "Ordernummer", fr: "Numéro de commande" },
  reference: { en: "Reference", nl: "Referentie", fr: "Référence" },
  barcode: { en: "Barcode", nl: "Barcode", fr: "Code-barres" },
  container: { en: "Container", nl: "Container", fr: "Conteneur" },
  statusCode: { en: "Status code", nl: "Statuscode", fr: "Code de statut" },
  failureCode: { en: "Failure code", nl: "Foutcode", fr: "Code d’échec" },
  failureCodeHelp: { en: "Such as http_503", nl: "Zoals http_503", fr: "Par exemple http_503" },
  errorText: { en: "Text of the error", nl: "Tekst van de fout", fr: "Texte de l’erreur" },
  errorTextHelp: {
    en: "In English, as it was recorded",
    nl: "In het Engels, zoals ze werd vastgelegd",
    fr: "En anglais, tel qu’il a été enregistré",
  },
  fault: { en: "Whose fault", nl: "Aard van de fout", fr: "Nature de l’échec" },
  transport: { en: "How", nl: "Hoe", fr: "Moyen" },
  attempts: { en: "Attempts", nl: "Pogingen", fr: "Tentatives" },
  why: { en: "Why", nl: "Waarom", fr: "Pourquoi" },
  made: { en: "Made", nl: "Aangemaakt", fr: "Créée" },
  nextTry: { en: "Next try", nl: "Volgende poging", fr: "Prochaine tentative" },
  endpointHelp: {
    en: "Its id; by name once a customer is given",
    nl: "Zijn id; op naam zodra er een klant opgegeven is",
    fr: "Son identifiant ; par son nom dès qu’un client est indiqué",
  },
  anyEndpoint: { en: "All endpoints", nl: "Alle endpoints", fr: "Tous les endpoints" },
  parked: {
    en: "waits until its endpoint sends again",
    nl: "wacht tot het endpoint weer verstuurt",
    fr: "attend que l’endpoint envoie à nouveau",
  },
  pick: { en: "Select", nl: "Kiezen", fr: "Choisir" },
  orderAndCustomer: { en: "Order, customer", nl: "Order, klant", fr: "Commande, client" },
  picked: { en: "The selected ones:", nl: "De gekozen leveringen:", fr: "Les livraisons choisies :" },
  allThatFit: { en: "All that fit:", nl: "Alle die voldoen:", fr: "Toutes celles qui correspondent :" },
  retry: { en: "Retry", nl: "Opnieuw proberen", fr: "Réessayer" },
  replay: { en: "Send again", nl: "Opnieuw versturen", fr: "Renvoyer" },
  cancel: { en: "Cancel", nl: "Annuleren", fr: "Annuler" },
  export: { en: "Export:", nl: "Exporteren:", fr: "Exporter :" },
  searchOn: { en: "Search on", nl: "Verder zoeken", fr: "Continuer la recherche" },
  searchedTo: {
    en: (until) => `Searched back to ${until}. There may be older ones.`,
    nl: (until) => `Doorzocht tot ${until}. Er kunnen oudere zijn.`,
    fr: (until) => `Recherche effectuée jusqu’au ${until}. Il peut y en avoir de plus anciennes.`,
  },
  noneYet: {
    en: "Nothing fits among those looked at so far.",
    nl: "Tot hiertoe voldoet er niets.",
    fr: "Rien ne correspond jusqu’ici.",
  },
  none: {
    en: "No delivery fits. Numbers, references, barcodes and ids of customers are looked up whole, with their capitals.",
    nl: "Geen enkele levering voldoet. Nummers, referenties, barcodes en id’s van klanten worden in hun geheel opgezocht, met hun hoofdletters.",
    fr: "Aucune livraison ne correspond. Numéros, références, codes-barres et identifiants de clients sont recherchés en entier, avec leurs majuscules.",
  },
  causesFailed: { en: "What failed", nl: "Wat mislukt is", fr: "Ce qui a échoué" },
  causesWaiting: {
    en: "What will be tried again after a failure",
    nl: "Wat na een fout opnieuw geprobeerd wordt",
    fr: "Ce qui sera réessayé après un échec",
  },
  causesLookedAt: {
    en: (until) => `The newest deliveries were looked at, back to ${until}.`,
    nl: (until) => `De nieuwste leveringen zijn bekeken, tot ${until}.`,
    fr: (until) => `Les livraisons les plus récentes ont été examinées, jusqu’au ${until}.`,
  },
  noCauses: { en: "Nothing has failed.", nl: "Er is niets mislukt.", fr: "Rien n’a échoué." },
  noneWaiting: {
    en: "Nothing waits after a failure.",
    nl: "Er wacht niets na een fout.",
    fr: "Rien n’attend après un échec.",
  },
  cause: { en: "Cause", nl: "Oorzaak", fr: "Cause" },
  count: { en: "Deliveries", nl: "Leveringen", fr: "Livraisons" },
  newest: { en: "Newest", nl: "Nieuwste", fr: "La plus récente" },
  show: { en: "Show", nl: "Tonen", fr: "Afficher" },
} satisfies Readonly<Record<string, Word | Word<(until: string) => string>>>;

/** Whose fault a failure is. */
export const faults: Readonly<Record<Fault, Word>> = {
  internal: { en: "within Waybell", nl: "binnen Waybell", fr: "au sein de Waybell" },
  config: { en: "the setting", nl: "de instelling", fr: "le réglage" },
  connection: { en: "the connection", nl: "de verbinding", fr: "la connexion" },
  ambiguous: { en: "no answer", nl: "geen antwoord", fr: "pas de réponse" },
  response: { en: "the receiver refused", nl: "de ontvanger weigerde", fr: "le destinataire a refusé" },
};

/** The transports, as people call them. */
export const transportNames: Readonly<Record<string, string>> = {
  "http-get": "HTTP GET",
  "http-post": "HTTP POST",
  ftp: "FTP(S)",
  sftp: "SFTP",
};
