import type { Word } from "../word.js";

type With = Word<(a: string, b: string) => string>;

/** The story of an order, and the proof of what was delivered of it. */
export const orders = {
  title: { en: "Orders", nl: "Orders", fr: "Commandes" },
  find: { en: "Find an order", nl: "Een order zoeken", fr: "Trouver une commande" },
  found: { en: "Orders that fit", nl: "Orders die voldoen", fr: "Commandes correspondantes" },
  newest: {
    en: "Orders with the newest deliveries",
    nl: "Orders met de nieuwste leveringen",
    fr: "Commandes aux livraisons les plus récentes",
  },
  none: {
    en: "No status change of such an order is known. Numbers, references and barcodes are looked up whole.",
    nl: "Er is geen statuswijziging van zo’n order bekend. Nummers, referenties en barcodes worden in hun geheel opgezocht.",
    fr: "Aucun changement de statut d’une telle commande n’est connu. Numéros, références et codes-barres sont recherchés en entier.",
  },
  lastStatus: { en: "Last status", nl: "Laatste status", fr: "Dernier statut" },
  order: { en: (order) => `Order ${order}`, nl: (order) => `Order ${order}`, fr: (order) => `Commande ${order}` },
  story: {
    en: "What happened, and who was told",
    nl: "Wat er gebeurde, en wie het vernam",
    fr: "Ce qui s’est passé, et qui l’a su",
  },
  summary: { en: "Deliveries of this order", nl: "Leveringen van deze order", fr: "Livraisons de cette commande" },
  notArrived: { en: "What did not arrive", nl: "Wat niet aankwam", fr: "Ce qui n’est pas arrivé" },
  allArrived: {
    en: "Everything that was sent has arrived.",
    nl: "Alles wat verstuurd is, is aangekomen.",
    fr: "Tout ce qui a été envoyé est arrivé.",
  },
  retryFailed: { en: "Retry what failed", nl: "Wat mislukte opnieuw proberen", fr: "Réessayer ce qui a échoué" },
  nobody: {
    en: "Nobody was told: no endpoint of the customer takes this status.",
    nl: "Niemand is verwittigd: geen enkel endpoint van de klant neemt deze status aan.",
    fr: "Personne n’a été prévenu : aucun endpoint du client n’accepte ce statut.",
  },
  noStatuses: {
    en: "No status of this order has been published yet.",
    nl: "Er is nog geen status van deze order gepubliceerd.",
    fr: "Aucun statut de cette commande n’a encore été publié.",
  },
  cut: {
    en: (count) => `Only the newest ${count} are shown here.`,
    nl: (count) => `Hier staan alleen de nieuwste ${count}.`,
    fr: (count) => `Seuls les ${count} plus récents figurent ici.`,
  },
  told: { en: "Told", nl: "Verwittigd", fr: "Prévenu" },
  to: { en: "To", nl: "Aan", fr: "À" },
  when: { en: "When", nl: "Wanneer", fr: "Quand" },
  deliveries: { en: "Its deliveries", nl: "De leveringen ervan", fr: "Ses livraisons" },
  details: { en: "Details of the order", nl: "Gegevens van de order", fr: "Détails de la commande" },
  callbackUrls: { en: "Callback URLs", nl: "Callback-URL’s", fr: "URL de rappel" },
  ownEndpoints: {
    en: "Endpoints of this order alone",
    nl: "Endpoints van alleen deze order",
    fr: "Endpoints propres à cette commande",
  },
  proof: { en: "Proof of delivery", nl: "Leveringsbewijs", fr: "Preuve de livraison" },
  print: { en: "Print", nl: "Afdrukken", fr: "Imprimer" },
  backToOrder: { en: "Back to the order", nl: "Terug naar de order", fr: "Retour à la commande" },
  statement: {
    en: (order, customer) =>
      `Waybell sent the status changes of order ${order} to ${customer} as listed below. For each it recorded when it sent what, and how the receiving server answered. "Delivered" means that this server confirmed it had taken the data over; what happens there afterwards is outside of Waybell’s sight.`,
    nl: (order, customer) =>
      `Waybell heeft de statuswijzigingen van order ${order} aan ${customer} verstuurd zoals hieronder opgesomd. Van elke verzending is vastgelegd wanneer wat verstuurd werd en hoe de ontvangende server antwoordde. “Geleverd” betekent dat deze server bevestigde dat hij de gegevens had overgenomen; wat daar daarna gebeurt, ziet Waybell niet.`,
    fr: (order, customer) =>
      `Waybell a envoyé à ${customer} les changements de statut de la commande ${order} énumérés ci-dessous. Pour chacun, il a enregistré le moment de l’envoi, le contenu envoyé et la réponse du serveur destinataire. « Livrée » signifie que ce serveur a confirmé avoir pris les données en charge ; Waybell ne voit pas ce qu’il en advient ensuite.`,
  },
  printedBy: {
    en: (who, when) => `Drawn up by ${who} on ${when}.`,
    nl: (who, when) => `Opgemaakt door ${who} op ${when}.`,
    fr: (who, when) => `Établi par ${who} le ${when}.`,
  },
  address: { en: "Sent to", nl: "Verstuurd naar", fr: "Envoyée à" },
  sentAt: { en: "Sent", nl: "Verstuurd", fr: "Envoyée" },
  answered: { en: "Answered", nl: "Antwoord", fr: "Réponse" },
  attempt: {
    en: (number, of) => `attempt ${number} of ${of}`,
    nl: (number, of) => `poging ${number} van ${of}`,
    fr: (number, of) => `tentative ${number} sur ${of}`,
  },
  receipt: { en: "Text of the answer", nl: "Tekst van het antwoord", fr: "Texte de la réponse" },
  hash: { en: "SHA-256 of the content", nl: "SHA-256 van de inhoud", fr: "SHA-256 du contenu" },
  hashNote: {
    en: "The SHA-256 is that of the text that was sent, in which each picture stands by its own hash and size.",
    nl: "De SHA-256 is die van de verstuurde tekst, waarin elke foto door haar eigen hash en grootte staat.",
    fr: "Le SHA-256 est celui du texte envoyé, dans lequel chaque image est représentée par son propre hachage et sa taille.",
  },
} satisfies Readonly<Record<string, Word | With>>;

/** The order's details, by the names that the API gives them. */
export const orderFields: Readonly<Record<string, Word>> = {
  reference: { en: "Reference", nl: "Referentie", fr: "Référence" },
  customerOrderId: { en: "Customer’s order id", nl: "Order-id van de klant", fr: "Numéro chez le client" },
  supplierOrderNumber: {
    en: "Supplier’s order number",
    nl: "Ordernummer van de leverancier",
    fr: "Numéro chez le fournisseur",
  },
  title: { en: "Title", nl: "Titel", fr: "Titre" },
  createdAt: { en: "Created", nl: "Aangemaakt", fr: "Créée" },
  trackingNumber: { en: "Tracking number", nl: "Trackingnummer", fr: "Numéro de suivi" },
  trackingUrl: { en: "Tracking page", nl: "Trackingpagina", fr: "Page de suivi" },
  statusPageUrl: { en: "Status page", nl: "Statuspagina", fr: "Page de statut" },
  carrier: { en: "Carrier", nl: "Vervoerder", fr: "Transporteur" },
  destinationCarrier: {
    en: "Carrier at the destination",
    nl: "Vervoerder op bestemming",
    fr: "Transporteur à destination",
  },
  originCountry: { en: "Country of origin", nl: "Land van herkomst", fr: "Pays d’origine" },
  destinationCountry: { en: "Country of destination", nl: "Land van bestemming", fr: "Pays de destination" },
  sender: { en: "Sender", nl: "Afzender", fr: "Expéditeur" },
  recipient: { en: "Recipient", nl: "Ontvanger", fr: "Destinataire" },
  account: { en: "Account", nl: "Account", fr: "Compte" },
  pieces: { en: "Pieces", nl: "Colli", fr: "Colis" },
  weight: { en: "Weight", nl: "Gewicht", fr: "Poids" },
  codAmount: { en: "Cash on delivery", nl: "Rembours", fr: "Contre-remboursement" },
  paymentMethod: { en: "Payment", nl: "Betaling", fr: "Paiement" },
  isReturn: { en: "Return", nl: "Retour", fr: "Retour" },
  receivedAt: { en: "Received", nl: "Ontvangen", fr: "Reçue" },
  pickedUpAt: { en: "Picked up", nl: "Opgehaald", fr: "Enlevée" },
  deliveredAt: { en: "Delivered", nl: "Afgeleverd", fr: "Livrée" },
  packages: { en: "Packages", nl: "Pakketten", fr: "Paquets" },
  extra: { en: "Other fields", nl: "Andere velden", fr: "Autres champs" },
};
