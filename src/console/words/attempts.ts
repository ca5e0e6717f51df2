import type { Word } from "../word.js";

/** One delivery in detail: what was sent, and what came back. */
export const detail = {
  addCode: {
    en: "Unknown code: add it to the catalogue",
    nl: "Onbekende code: toevoegen aan de catalogus",
    fr: "Code inconnu : l’ajouter au catalogue",
  },
  title: { en: "Delivery", nl: "Levering", fr: "Livraison" },
  facts: { en: "In short", nl: "In het kort", fr: "En bref" },
  id: { en: "Id (webhook-id)", nl: "Id (webhook-id)", fr: "Identifiant (webhook-id)" },
  made: { en: "Made", nl: "Aangemaakt", fr: "Créée" },
  finished: { en: "Finished", nl: "Afgerond", fr: "Terminée" },
  file: { en: "File name", nl: "Bestandsnaam", fr: "Nom du fichier" },
  waitsFor: { en: "Waits for", nl: "Wacht op", fr: "Attend" },
  overtook: { en: "Sent before", nl: "Verstuurd vóór", fr: "Envoyée avant" },
  supersededBy: { en: "Superseded by", nl: "Vervangen door", fr: "Remplacée par" },
  whatToChange: { en: "What to change", nl: "Wat te wijzigen", fr: "Ce qu’il faut modifier" },
  event: { en: "The status change", nl: "De statuswijziging", fr: "Le changement de statut" },
  eventId: { en: "Id of the status change", nl: "Id van de statuswijziging", fr: "Identifiant du changement" },
  externalId: { en: "Id at the sender", nl: "Id bij de afzender", fr: "Identifiant chez l’émetteur" },
  statusTime: { en: "Time of the status", nl: "Tijdstip van de status", fr: "Heure du statut" },
  received: { en: "Published", nl: "Gepubliceerd", fr: "Publié" },
  description: { en: "Description", nl: "Omschrijving", fr: "Description" },
  comment: { en: "Comment", nl: "Opmerking", fr: "Commentaire" },
  verifier: { en: "Verifier", nl: "Controleur", fr: "Vérificateur" },
  oldLead: { en: "Old lead", nl: "Oude lead", fr: "Ancien lead" },
  newLead: { en: "New lead", nl: "Nieuwe lead", fr: "Nouveau lead" },
  source: { en: "Source", nl: "Bron", fr: "Source" },
  location: { en: "Place", nl: "Plaats", fr: "Lieu" },
  signatures: { en: "Signatures", nl: "Handtekeningen", fr: "Signatures" },
  pictures: { en: "Pictures", nl: "Foto’s", fr: "Photos" },
  documents: { en: "Documents", nl: "Documenten", fr: "Documents" },
  forgotten: {
    en: "What it carried was forgotten",
    nl: "Wat ze bevatte, is vergeten",
    fr: "Son contenu a été oublié",
  },
  attempts: { en: "Attempts", nl: "Pogingen", fr: "Tentatives" },
  noAttempts: {
    en: "Nothing has been tried yet.",
    nl: "Er is nog niets geprobeerd.",
    fr: "Rien n’a encore été tenté.",
  },
  took: { en: "took", nl: "duurde", fr: "durée" },
  steps: { en: "Time of each step", nl: "Tijd van elke stap", fr: "Durée de chaque étape" },
  reused: {
    en: "over a connection that was open",
    nl: "over een verbinding die open stond",
    fr: "sur une connexion déjà ouverte",
  },
  late: {
    en: "It ended too late to count: another attempt decided.",
    nl: "Ze eindigde te laat om te tellen: een andere poging besliste.",
    fr: "Elle s’est terminée trop tard pour compter : une autre tentative a décidé.",
  },
  sent: { en: "What was sent", nl: "Wat verstuurd is", fr: "Ce qui a été envoyé" },
  notSent: {
    en: "Nothing was sent. This would have been:",
    nl: "Er is niets verstuurd. Dit zou verstuurd zijn:",
    fr: "Rien n’a été envoyé. Ceci l’aurait été :",
  },
  nothingMade: {
    en: "Nothing was made that could be sent.",
    nl: "Er is niets gemaakt dat verstuurd kon worden.",
    fr: "Rien n’a été produit qui puisse être envoyé.",
  },
  headersNote: {
    en: "Beside host, connection and content-length. What the endpoint sets is masked.",
    nl: "Naast host, connection en content-length. Wat het endpoint instelt, is gemaskeerd.",
    fr: "Outre host, connection et content-length. Ce que l’endpoint définit est masqué.",
  },
  headersUnknown: {
    en: "The headers of this attempt were not kept.",
    nl: "De headers van deze poging zijn niet bewaard.",
    fr: "Les en-têtes de cette tentative n’ont pas été conservés.",
  },
  request: { en: "Request", nl: "Verzoek", fr: "Requête" },
  content: { en: "Content", nl: "Inhoud", fr: "Contenu" },
  remotePath: { en: "File on the server", nl: "Bestand op de server", fr: "Fichier sur le serveur" },
  size: { en: "Size", nl: "Grootte", fr: "Taille" },
  hash: { en: "SHA-256 of what is shown", nl: "SHA-256 van wat getoond wordt", fr: "SHA-256 de ce qui est affiché" },
  answer: { en: "What came back", nl: "Wat terugkwam", fr: "Ce qui est revenu" },
  noAnswer: { en: "Nothing came back.", nl: "Er kwam niets terug.", fr: "Rien n’est revenu." },
  emptyAnswer: { en: "An answer without text.", nl: "Een antwoord zonder tekst.", fr: "Une réponse sans texte." },
  technical: { en: "Recorded as", nl: "Vastgelegd als", fr: "Enregistré comme" },
  replayed: {
    en: "Send again as a new delivery",
    nl: "Opnieuw versturen als nieuwe levering",
    fr: "Renvoyer comme nouvelle livraison",
  },
  batch: {
    en: (count) => `Sent together with others: ${count} statuses in one`,
    nl: (count) => `Samen met andere verstuurd: ${count} statussen in één`,
    fr: (count) => `Envoyée avec d’autres : ${count} statuts en un`,
  },
} satisfies Readonly<Record<string, Word | Word<(count: string) => string>>>;

/** What came of an attempt. */
export const outcomes: Readonly<Record<"delivered" | "retry" | "held" | "failed" | "split", Word>> = {
  delivered: { en: "arrived", nl: "aangekomen", fr: "arrivée" },
  retry: { en: "to be tried again", nl: "wordt opnieuw geprobeerd", fr: "à réessayer" },
  held: {
    en: "held until the setting is mended",
    nl: "wacht op een juiste instelling",
    fr: "en attente d’un réglage correct",
  },
  failed: { en: "given up", nl: "opgegeven", fr: "abandonnée" },
  split: { en: "sent again in halves", nl: "opnieuw in helften verstuurd", fr: "renvoyée en deux moitiés" },
};

/** The steps of an attempt, in their order. */
export const steps = {
  token: { en: "Token", nl: "Token", fr: "Jeton" },
  resolve: { en: "DNS", nl: "DNS", fr: "DNS" },
  connect: { en: "Connect", nl: "Verbinden", fr: "Connexion" },
  tls: { en: "TLS", nl: "TLS", fr: "TLS" },
  "host-key": { en: "SSH handshake", nl: "SSH-handshake", fr: "Négociation SSH" },
  login: { en: "Log in", nl: "Inloggen", fr: "Authentification" },
  folder: { en: "Folder", nl: "Map", fr: "Dossier" },
  probe: { en: "Look for the file", nl: "Bestand zoeken", fr: "Recherche du fichier" },
  send: { en: "Send", nl: "Versturen", fr: "Envoi" },
  wait: { en: "Wait for the answer", nl: "Wachten op antwoord", fr: "Attente de la réponse" },
  size: { en: "Check the size", nl: "Grootte nagaan", fr: "Contrôle de la taille" },
  rename: { en: "Rename", nl: "Hernoemen", fr: "Renommage" },
  marker: { en: "Done-marker", nl: "Klaar-markering", fr: "Marqueur de fin" },
} satisfies Readonly<Record<string, Word>>;
