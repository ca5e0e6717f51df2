import type { Word } from "../word.js";

/** What a receiver is told of what it gets. */
export const documentation = {
  title: { en: "Documentation", nl: "Documentatie", fr: "Documentation" },
  of: {
    en: (name: string) => `What ${name} receives`,
    nl: (name: string) => `Wat ${name} ontvangt`,
    fr: (name: string) => `Ce que ${name} reçoit`,
  },
  choose: {
    en: "Choose an endpoint to see what it receives, and how to verify it.",
    nl: "Kies een endpoint om te zien wat het ontvangt en hoe u dat nagaat.",
    fr: "Choisissez un endpoint pour voir ce qu’il reçoit et comment le vérifier.",
  },
  none: {
    en: "There is no endpoint yet.",
    nl: "Er is nog geen endpoint.",
    fr: "Il n’y a pas encore d’endpoint.",
  },
  how: { en: "How it arrives", nl: "Hoe het aankomt", fr: "Comment cela arrive" },
  transport: { en: "Transport", nl: "Transport", fr: "Transport" },
  format: { en: "Format", nl: "Formaat", fr: "Format" },
  contentType: { en: "Content type", nl: "Inhoudstype", fr: "Type de contenu" },
  fileName: { en: "File name", nl: "Bestandsnaam", fr: "Nom de fichier" },
  timeZone: { en: "Times are in", nl: "Tijden zijn in", fr: "Les heures sont en" },
  timeout: { en: "Answer within", nl: "Antwoord binnen", fr: "Répondre dans les" },
  seconds: {
    en: (count: string) => `${count} seconds`,
    nl: (count: string) => `${count} seconden`,
    fr: (count: string) => `${count} secondes`,
  },
  success: { en: "Counts as received", nl: "Telt als ontvangen", fr: "Compte comme reçu" },
  anyStatus: {
    en: "any answer from 200 to 299",
    nl: "elk antwoord van 200 tot 299",
    fr: "toute réponse de 200 à 299",
  },
  fileReceived: {
    en: "the file has its full size under its final name",
    nl: "het bestand heeft zijn volle grootte onder zijn definitieve naam",
    fr: "le fichier a sa taille complète sous son nom définitif",
  },
  retries: { en: "Otherwise tried again after", nl: "Anders opnieuw geprobeerd na", fr: "Sinon, nouvel essai après" },
  sample: { en: "A sample", nl: "Een voorbeeld", fr: "Un exemple" },
  ownSample: {
    en: (moment: string) => `What was sent to you on ${moment}`,
    nl: (moment: string) => `Wat u op ${moment} kreeg`,
    fr: (moment: string) => `Ce qui vous a été envoyé le ${moment}`,
  },
  address: { en: "Address", nl: "Adres", fr: "Adresse" },
  body: { en: "Body", nl: "Inhoud", fr: "Corps" },
  headers: { en: "Headers", nl: "Headers", fr: "En-têtes" },
  idHeader: {
    en: "The same on every retry: a receiver that remembers it takes no status twice.",
    nl: "Gelijk bij elke nieuwe poging: een ontvanger die hem onthoudt, neemt geen status twee keer.",
    fr: "Identique à chaque nouvel essai : un récepteur qui la retient ne prend aucun statut deux fois.",
  },
  timestampHeader: {
    en: "When it was sent, in seconds since 1970.",
    nl: "Wanneer het verzonden is, in seconden sinds 1970.",
    fr: "Quand cela a été envoyé, en secondes depuis 1970.",
  },
  signatureHeader: {
    en: "Shows that it comes from us and was not changed.",
    nl: "Toont dat het van ons komt en niet gewijzigd is.",
    fr: "Prouve que cela vient de nous et n’a pas été modifié.",
  },
  keyHeader: {
    en: "The key that was agreed with you.",
    nl: "De sleutel die met u is afgesproken.",
    fr: "La clé convenue avec vous.",
  },
  fields: { en: "What each field holds", nl: "Wat elk veld bevat", fr: "Ce que contient chaque champ" },
  field: { en: "Field", nl: "Veld", fr: "Champ" },
  meaning: { en: "Meaning", nl: "Betekenis", fr: "Signification" },
  verify: { en: "Verify that it is genuine", nl: "Nagaan of het echt is", fr: "Vérifier l’authenticité" },
  unsigned: {
    en: "This endpoint has no signature: anybody who knows your address could send to it. Ask for a signing secret.",
    nl: "Dit endpoint heeft geen handtekening: wie uw adres kent, kan ernaartoe sturen. Vraag een ondertekeningsgeheim aan.",
    fr: "Cet endpoint n’a pas de signature : quiconque connaît votre adresse peut y envoyer. Demandez un secret de signature.",
  },
  files: {
    en: "Files are not signed: the login of your server protects them.",
    nl: "Bestanden worden niet ondertekend: het wachtwoord van uw server beschermt ze.",
    fr: "Les fichiers ne sont pas signés : l’accès à votre serveur les protège.",
  },
  standard: {
    en: "Signed as Standard Webhooks describes, with the secret that was agreed with you. Verify the bytes as they arrive, before they are read as JSON.",
    nl: "Ondertekend zoals Standard Webhooks het beschrijft, met het geheim dat met u is afgesproken. Controleer de bytes zoals ze aankomen, voordat ze als JSON gelezen worden.",
    fr: "Signé comme le décrit Standard Webhooks, avec le secret convenu avec vous. Vérifiez les octets tels qu’ils arrivent, avant de les lire comme JSON.",
  },
  ed25519: {
    en: "Signed as Standard Webhooks describes, by a key of which you have the public half: it can verify and not sign.",
    nl: "Ondertekend zoals Standard Webhooks het beschrijft, met een sleutel waarvan u de publieke helft hebt: die kan controleren en niet ondertekenen.",
    fr: "Signé comme le décrit Standard Webhooks, par une clé dont vous avez la moitié publique : elle vérifie et ne signe pas.",
  },
  hmac: {
    en: (header: string) => `Signed in the header ${header}, with the secret that was agreed with you.`,
    nl: (header: string) => `Ondertekend in de header ${header}, met het geheim dat met u is afgesproken.`,
    fr: (header: string) => `Signé dans l’en-tête ${header}, avec le secret convenu avec vous.`,
  },
  publicKey: { en: "Public key", nl: "Publieke sleutel", fr: "Clé publique" },
} satisfies Readonly<Record<string, Word<string | ((value: string) => string)>>>;

/** The fields of ON TIME's document, in their order. */
export const ontimeFields: readonly (readonly [name: string, meaning: Word])[] = [
  ["order", { en: "Number of the order", nl: "Nummer van de order", fr: "Numéro de la commande" }],
  [
    "barcode",
    {
      en: "Barcode of the parcel, or empty",
      nl: "Barcode van het pakket, of leeg",
      fr: "Code-barres du colis, ou vide",
    },
  ],
  ["container", { en: "Container, or empty", nl: "Container, of leeg", fr: "Conteneur, ou vide" }],
  [
    "status",
    {
      en: "PROCESSING, WARNING, DELIVERED, NOTOK or CANCELLED",
      nl: "PROCESSING, WARNING, DELIVERED, NOTOK of CANCELLED",
      fr: "PROCESSING, WARNING, DELIVERED, NOTOK ou CANCELLED",
    },
  ],
  [
    "statustime",
    {
      en: "When it happened: year, month, day, hours, minutes and seconds, 14 digits",
      nl: "Wanneer het gebeurde: jaar, maand, dag, uren, minuten en seconden, 14 cijfers",
      fr: "Quand cela s’est produit : année, mois, jour, heures, minutes et secondes, 14 chiffres",
    },
  ],
  ["statuscode", { en: "Code of the status", nl: "Code van de status", fr: "Code du statut" }],
  ["statusNL", { en: "The status in Dutch", nl: "De status in het Nederlands", fr: "Le statut en néerlandais" }],
  ["statusEN", { en: "The status in English", nl: "De status in het Engels", fr: "Le statut en anglais" }],
  ["statusFR", { en: "The status in French", nl: "De status in het Frans", fr: "Le statut en français" }],
  ["referentie", { en: "Your own reference", nl: "Uw eigen referentie", fr: "Votre propre référence" }],
];

/** Those that a GET does not have. */
export const ontimeMoreFields: readonly (readonly [name: string, meaning: Word])[] = [
  ["comment", { en: "Remark of the courier", nl: "Opmerking van de koerier", fr: "Remarque du coursier" }],
  ["oldlead", { en: "The lead time before", nl: "De vorige lead", fr: "Le délai précédent" }],
  ["newlead", { en: "The lead time now", nl: "De nieuwe lead", fr: "Le nouveau délai" }],
  ["verifier", { en: "Who verified it", nl: "Wie het nakeek", fr: "Qui l’a vérifié" }],
  [
    "signatures",
    {
      en: "Each with the picture (data URI) and who signed",
      nl: "Elk met de afbeelding (data-URI) en wie tekende",
      fr: "Chacune avec l’image (URI de données) et le signataire",
    },
  ],
  ["pictures", { en: "Photographs, as data URIs", nl: "Foto’s, als data-URI’s", fr: "Photos, en URI de données" }],
];
