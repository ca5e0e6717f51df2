import type { OptionWords } from "./option.js";

const language = {
  label: { en: "Language", nl: "Taal", fr: "Langue" },
  help: {
    en: "Of the texts: a tag such as en or nl-BE.",
    nl: "Van de teksten: een code zoals en of nl-BE.",
    fr: "Des textes : un code tel que en ou nl-BE.",
  },
} as const;

/** The options of the templates, by their names. */
export const templateOptions: OptionWords = {
  format: {
    label: { en: "Format", nl: "Formaat", fr: "Format" },
    help: {
      en: "What the document is; a GET always carries a query string.",
      nl: "Wat het document is; een GET heeft altijd een querystring.",
      fr: "La nature du document ; un GET porte toujours une chaîne de requête.",
    },
  },
  shipmentId: {
    label: { en: "Shipment number", nl: "Zendingsnummer", fr: "Numéro d’envoi" },
    help: {
      en: "What id_envio is: the order, or the barcode if there is one.",
      nl: "Wat id_envio is: de order, of de barcode als die er is.",
      fr: "Ce qu’est id_envio : la commande, ou le code-barres s’il existe.",
    },
  },
  proofs: {
    label: { en: "Proofs of delivery", nl: "Leveringsbewijzen", fr: "Preuves de livraison" },
    help: {
      en: "As a list, or the first one alone.",
      nl: "Als lijst, of alleen het eerste.",
      fr: "Sous forme de liste, ou la première seule.",
    },
  },
  language,
  statusMap: {
    label: { en: "Status map", nl: "Statustabel", fr: "Table des statuts" },
    help: {
      en: "Our status codes to those of the receiver, and the texts that go with them.",
      nl: "Onze statuscodes naar die van de ontvanger, met de bijbehorende teksten.",
      fr: "Nos codes de statut vers ceux du récepteur, avec leurs textes.",
    },
  },
  "statusMap.codes": {
    label: { en: "By status code", nl: "Per statuscode", fr: "Par code de statut" },
    help: {
      en: "Comes first. Without a text of theirs, ours is sent. To take a row away, empty it.",
      nl: "Gaat voor. Zonder tekst van hen wordt de onze verzonden. Maak een rij leeg om ze weg te halen.",
      fr: "Passe en premier. Sans texte de leur part, le nôtre est envoyé. Videz une ligne pour la retirer.",
    },
  },
  "statusMap.statuses": {
    label: { en: "By status", nl: "Per status", fr: "Par statut" },
    help: {
      en: "Where no code fits.",
      nl: "Waar geen code past.",
      fr: "Si aucun code ne convient.",
    },
  },
  "statusMap.default": {
    label: { en: "For all others", nl: "Voor alle andere", fr: "Pour tous les autres" },
    help: {
      en: "Where neither a code nor a status fits.",
      nl: "Waar geen code en geen status past.",
      fr: "Si ni un code ni un statut ne convient.",
    },
  },
  email: {
    label: { en: "Account’s e-mail address", nl: "E-mailadres van het account", fr: "Adresse e-mail du compte" },
    help: {
      en: "The key of the signature; kept like a password.",
      nl: "De sleutel van de handtekening; bewaard als een wachtwoord.",
      fr: "La clé de la signature ; conservée comme un mot de passe.",
    },
  },
  requireStatus200: {
    label: { en: "Only 200 means delivered", nl: "Alleen 200 betekent geleverd", fr: "Seul 200 signifie livré" },
    help: {
      en: "“Callback” in the partner’s document; otherwise any answer from 200 to 299.",
      nl: "“Callback” in het document van de partner; anders elk antwoord van 200 tot 299.",
      fr: "« Callback » dans le document du partenaire ; sinon toute réponse de 200 à 299.",
    },
  },
  document: {
    label: { en: "Document", nl: "Document", fr: "Document" },
    help: {
      en: "How much of it is sent.",
      nl: "Hoeveel ervan verzonden wordt.",
      fr: "Ce qui en est envoyé.",
    },
  },
  timeZone: {
    label: { en: "Time zone", nl: "Tijdzone", fr: "Fuseau horaire" },
    help: {
      en: "Of the account’s local times, such as Asia/Riyadh.",
      nl: "Van de lokale tijden van het account, zoals Asia/Riyadh.",
      fr: "Des heures locales du compte, par exemple Asia/Riyadh.",
    },
  },
  envelope: {
    label: { en: "Envelope", nl: "Omhulsel", fr: "Enveloppe" },
    help: {
      en: "As Standard Webhooks, or CloudEvents 1.0.",
      nl: "Zoals Standard Webhooks, of CloudEvents 1.0.",
      fr: "Selon Standard Webhooks ou CloudEvents 1.0.",
    },
  },
  type: {
    label: { en: "Beginning of the type", nl: "Begin van het type", fr: "Début du type" },
    help: {
      en: "The status follows in small letters: order.status.delivered.",
      nl: "De status volgt in kleine letters: order.status.delivered.",
      fr: "Le statut suit en minuscules : order.status.delivered.",
    },
  },
  source: {
    label: { en: "Source", nl: "Bron", fr: "Source" },
    help: { en: "Of CloudEvents: a URI.", nl: "Van CloudEvents: een URI.", fr: "De CloudEvents : une URI." },
  },
  details: {
    label: { en: "Details of the order", nl: "Gegevens van de order", fr: "Détails de la commande" },
    help: {
      en: "What is known of the order goes along.",
      nl: "Wat over de order bekend is, gaat mee.",
      fr: "Ce que l’on sait de la commande est joint.",
    },
  },
  attachments: {
    label: { en: "Pictures and documents", nl: "Foto’s en documenten", fr: "Photos et documents" },
    help: { en: "As data URIs.", nl: "Als data-URI’s.", fr: "En URI de données." },
  },
  body: {
    label: { en: "Document, in Liquid", nl: "Document, in Liquid", fr: "Document, en Liquid" },
    help: {
      en: "What is sent. {{ order }}, {{ statusCode }}, {{ statusTime }} and the rest are put in.",
      nl: "Wat verzonden wordt. {{ order }}, {{ statusCode }}, {{ statusTime }} enzovoort worden ingevuld.",
      fr: "Ce qui est envoyé. {{ order }}, {{ statusCode }}, {{ statusTime }}, etc. sont remplacés.",
    },
  },
  fileName: {
    label: { en: "File name, in Liquid", nl: "Bestandsnaam, in Liquid", fr: "Nom de fichier, en Liquid" },
    help: {
      en: "Of files; empty: order, status code and time.",
      nl: "Van bestanden; leeg: order, statuscode en tijd.",
      fr: "Des fichiers ; vide : commande, code de statut et heure.",
    },
  },
  contentType: {
    label: { en: "Content type", nl: "Inhoudstype", fr: "Type de contenu" },
    help: { en: "Empty: that of the format.", nl: "Leeg: dat van het formaat.", fr: "Vide : celui du format." },
  },
  delimiter: {
    label: { en: "Between the fields of CSV", nl: "Tussen de velden van CSV", fr: "Entre les champs CSV" },
    help: { en: "By default a comma.", nl: "Standaard een komma.", fr: "Par défaut une virgule." },
  },
  lineEnd: {
    label: { en: "Line ends", nl: "Regeleinden", fr: "Fins de ligne" },
    help: { en: "Of CSV and plain text.", nl: "Van CSV en platte tekst.", fr: "Du CSV et du texte brut." },
  },
};
