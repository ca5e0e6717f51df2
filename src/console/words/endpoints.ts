import type { Word } from "../word.js";

/** The pages of endpoints. */
export const endpoints = {
  title: { en: "Endpoints", nl: "Endpoints", fr: "Endpoints" },
  none: {
    en: "No endpoint yet: nothing is sent to this customer.",
    nl: "Nog geen endpoint: naar deze klant wordt niets verzonden.",
    fr: "Pas encore d’endpoint : rien n’est envoyé à ce client.",
  },
  new: { en: "New endpoint", nl: "Nieuw endpoint", fr: "Nouvel endpoint" },
  copyOf: {
    en: (name: string) => `Copy of ${name}`,
    nl: (name: string) => `Kopie van ${name}`,
    fr: (name: string) => `Copie de ${name}`,
  },
  change: {
    en: (name: string) => `Change ${name}`,
    nl: (name: string) => `${name} wijzigen`,
    fr: (name: string) => `Modifier ${name}`,
  },
  copy: { en: "Copy", nl: "Kopiëren", fr: "Copier" },
  secretsNotCopied: {
    en: "Passwords and keys are not copied: fill them in anew.",
    nl: "Wachtwoorden en sleutels worden niet gekopieerd: vul ze opnieuw in.",
    fr: "Les mots de passe et les clés ne sont pas copiés : saisissez-les à nouveau.",
  },
  transport: { en: "Transport", nl: "Transport", fr: "Transport" },
  template: { en: "Template", nl: "Sjabloon", fr: "Modèle" },
  transportHelp: {
    en: "The way to the receiver: by requests or as files. The form below is made for it.",
    nl: "De weg naar de ontvanger: met verzoeken of als bestanden. Het formulier hieronder hangt ervan af.",
    fr: "La voie vers le récepteur : par requêtes ou en fichiers. Le formulaire ci-dessous en dépend.",
  },
  templateHelp: {
    en: "The form of what is sent. The list holds those that fit the transport.",
    nl: "De vorm van wat verzonden wordt. De lijst bevat wat bij het transport past.",
    fr: "La forme de ce qui est envoyé. La liste contient ceux qui conviennent au transport.",
  },
  choose: { en: "Choose", nl: "Kiezen", fr: "Choisir" },
  address: { en: "Address", nl: "Adres", fr: "Adresse" },
  sends: { en: "What is sent", nl: "Wat verzonden wordt", fr: "Ce qui est envoyé" },
  lastChange: { en: "Last changed", nl: "Laatst gewijzigd", fr: "Dernière modification" },
  since: { en: "since", nl: "sinds", fr: "depuis" },
  held: {
    en: "Nothing is sent until the setting is changed.",
    nl: "Er wordt niets verzonden tot de instelling gewijzigd is.",
    fr: "Rien n’est envoyé tant que le réglage n’est pas modifié.",
  },
  quietUntil: { en: "Quiet until", nl: "Stil tot", fr: "Silencieux jusqu’à" },
  deliveries: { en: "Its deliveries", nl: "De leveringen", fr: "Ses livraisons" },
  failures: { en: "Its failures", nl: "De mislukkingen", fr: "Ses échecs" },
  pause: { en: "Pause", nl: "Pauzeren", fr: "Mettre en pause" },
  pauseHelp: {
    en: "Nothing is sent until it is resumed. What waits is kept, and nothing is given up for its age.",
    nl: "Er wordt niets verzonden tot u hervat. Wat wacht, wordt bewaard; niets wordt wegens ouderdom opgegeven.",
    fr: "Rien n’est envoyé avant la reprise. Ce qui attend est conservé ; rien n’est abandonné pour son âge.",
  },
  disable: { en: "Disable", nl: "Uitschakelen", fr: "Désactiver" },
  disableHelp: {
    en: "For an endpoint that is out of use. Nothing is sent to it any more, and no mail tells of it. Its settings and history stay. What waits is kept, new statuses wait with it, and nothing is given up for its age. To undo it, resume the endpoint: you then choose whether what waited is sent or canceled.",
    nl: "Voor een endpoint dat niet meer in gebruik is. Er wordt niets meer naartoe verzonden, en er vertrekt geen mail over. De instellingen en de geschiedenis blijven. Wat wacht, wordt bewaard; nieuwe statussen wachten mee, en niets wordt wegens ouderdom opgegeven. Met hervatten maakt u het ongedaan: dan kiest u of wat wachtte verzonden of geannuleerd wordt.",
    fr: "Pour un endpoint qui ne sert plus. Plus rien ne lui est envoyé, et aucun courriel ne l’annonce. Ses réglages et son historique restent. Ce qui attend est conservé ; les nouveaux statuts attendent aussi, et rien n’est abandonné pour son âge. Pour revenir en arrière, reprenez l’endpoint : vous choisissez alors si ce qui attendait est envoyé ou annulé.",
  },
  disableConfirm: {
    en: "Disable this endpoint?",
    nl: "Dit endpoint uitschakelen?",
    fr: "Désactiver cet endpoint ?",
  },
  reason: { en: "Reason", nl: "Reden", fr: "Motif" },
  reasonHelp: {
    en: "May stay empty. Whoever sees the endpoint reads it, the customer’s people too.",
    nl: "Mag leeg blijven. Wie het endpoint ziet, leest dit, ook de mensen van de klant.",
    fr: "Peut rester vide. Qui voit l’endpoint le lit, y compris les personnes du client.",
  },
  resume: { en: "Resume", nl: "Hervatten", fr: "Reprendre" },
  backlog: {
    en: "What becomes of what waited",
    nl: "Wat er gebeurt met wat wachtte",
    fr: "Que devient ce qui attendait",
  },
  "send-all": { en: "Send all of it", nl: "Alles verzenden", fr: "Tout envoyer" },
  "latest-per-order": {
    en: "Send the latest status of each order, cancel the rest",
    nl: "De laatste status van elke order verzenden, de rest annuleren",
    fr: "Envoyer le dernier statut de chaque commande, annuler le reste",
  },
  cancel: { en: "Cancel all of it", nl: "Alles annuleren", fr: "Tout annuler" },
  waiting: {
    en: (count: string) => `${count} waiting`,
    nl: (count: string) => `${count} wachtend`,
    fr: (count: string) => `${count} en attente`,
  },
  deleteConfirm: {
    en: "Delete this endpoint? What waits is canceled; the history stays.",
    nl: "Dit endpoint verwijderen? Wat wacht, wordt geannuleerd; de geschiedenis blijft.",
    fr: "Supprimer cet endpoint ? Ce qui attend est annulé ; l’historique reste.",
  },
  rotate: {
    en: "Make a new signing secret",
    nl: "Nieuw ondertekeningsgeheim maken",
    fr: "Créer un nouveau secret de signature",
  },
  rotateHelp: {
    en: "It is shown this once. The old one signs beside it for 24 hours.",
    nl: "Het wordt deze ene keer getoond. Het oude ondertekent nog 24 uur mee.",
    fr: "Il n’est montré que cette fois. L’ancien signe encore pendant 24 heures.",
  },
  newSecret: {
    en: "The new secret, shown this once",
    nl: "Het nieuwe geheim, nu eenmalig getoond",
    fr: "Le nouveau secret, montré cette seule fois",
  },
  tryOut: { en: "Try it out", nl: "Uitproberen", fr: "Essayer" },
  check: { en: "Test connection", nl: "Verbinding testen", fr: "Tester la connexion" },
  checkHelp: {
    en: "Connects, logs in, and for files writes, renames and deletes one. No status is sent.",
    nl: "Verbindt, meldt aan en schrijft, hernoemt en verwijdert bij bestanden een proefbestand. Er wordt geen status verzonden.",
    fr: "Se connecte, s’identifie et, pour les fichiers, en écrit, renomme et supprime un. Aucun statut n’est envoyé.",
  },
  checking: { en: "The test is going on …", nl: "De test loopt …", fr: "Le test est en cours …" },
  checkBroken: {
    en: "The answer broke off: what is shown is not the whole test. Try again.",
    nl: "Het antwoord brak af: dit is niet de hele test. Probeer opnieuw.",
    fr: "La réponse s’est interrompue : le test n’est pas complet. Réessayez.",
  },
  checkGood: {
    en: "The endpoint can be reached and takes what it is given.",
    nl: "Het endpoint is bereikbaar en neemt aan wat het krijgt.",
    fr: "L’endpoint est joignable et accepte ce qu’on lui donne.",
  },
  checkBad: {
    en: "The endpoint does not work yet.",
    nl: "Het endpoint werkt nog niet.",
    fr: "L’endpoint ne fonctionne pas encore.",
  },
  test: { en: "Send a test status", nl: "Teststatus verzenden", fr: "Envoyer un statut d’essai" },
  testHelp: {
    en: "Sends one status at once, marked as a test, and shows what came back. It counts for nothing.",
    nl: "Verzendt meteen één status, gemarkeerd als test, en toont wat terugkwam. Hij telt nergens mee.",
    fr: "Envoie aussitôt un statut, marqué comme essai, et montre ce qui est revenu. Il ne compte nulle part.",
  },
  preview: { en: "Preview", nl: "Voorbeeld", fr: "Aperçu" },
  previewHelp: {
    en: "Shows the exact request or file, and sends nothing.",
    nl: "Toont het exacte verzoek of bestand, en verzendt niets.",
    fr: "Montre la requête ou le fichier exact, et n’envoie rien.",
  },
  previewOf: {
    en: "The exact request or file",
    nl: "Het exacte verzoek of bestand",
    fr: "La requête ou le fichier exact",
  },
  headers: { en: "Headers", nl: "Headers", fr: "En-têtes" },
  previewAsked: {
    en: (button: string) => `Press ${button} below the form: what would be sent is then shown here.`,
    nl: (button: string) => `Klik onder het formulier op ${button}: dan verschijnt hier wat verzonden zou worden.`,
    fr: (button: string) => `Cliquez sur ${button} sous le formulaire : ce qui serait envoyé s’affichera ici.`,
  },
  previewHint: {
    en: "What would be sent is shown here as you fill the form in.",
    nl: "Wat verzonden zou worden, verschijnt hier terwijl u het formulier invult.",
    fr: "Ce qui serait envoyé s’affiche ici à mesure que vous remplissez le formulaire.",
  },
  event: {
    en: "With a real event (its id)",
    nl: "Met een echte gebeurtenis (het id)",
    fr: "Avec un événement réel (son id)",
  },
  ownHelp: { en: "Empty: as in the sample.", nl: "Leeg: zoals in het voorbeeld.", fr: "Vide : comme dans l’exemple." },
  eventHelp: { en: "Empty: a sample.", nl: "Leeg: een voorbeeld.", fr: "Vide : un exemple." },
  ownValues: {
    en: "Or a sample with values of your own",
    nl: "Of een voorbeeld met eigen waarden",
    fr: "Ou un exemple avec vos propres valeurs",
  },
  unmapped: {
    en: "Codes that the status map does not know:",
    nl: "Codes die de statustabel niet kent:",
    fr: "Codes que la table des statuts ne connaît pas :",
  },
  stepOk: { en: "all right", nl: "in orde", fr: "en ordre" },
  stepFailed: { en: "failed", nl: "mislukt", fr: "échec" },
  fingerprint: { en: "Offered fingerprint", nl: "Aangeboden vingerafdruk", fr: "Empreinte présentée" },
  pin: { en: "Trust it", nl: "Vertrouwen", fr: "L’accepter" },
  pinConfirm: {
    en: (known: string) =>
      `The server shows another key than the one that is trusted. Trusted: ${known}. Replace it only if whoever runs the server says that the key has changed.`,
    nl: (known: string) =>
      `De server toont een andere sleutel dan wat vertrouwd wordt. Vertrouwd: ${known}. Vervang hem alleen als de beheerder van de server zegt dat de sleutel gewijzigd is.`,
    fr: (known: string) =>
      `Le serveur présente une autre clé que celle qui est acceptée. Acceptée : ${known}. Ne la remplacez que si le gestionnaire du serveur dit que la clé a changé.`,
  },
  pinChanged: {
    en: (server: string) =>
      `The endpoint was changed since the connection to ${server} was tested: nothing is trusted. Test the connection again.`,
    nl: (server: string) =>
      `Het endpoint is gewijzigd sinds de verbinding met ${server} getest werd: er is niets vertrouwd. Test de verbinding opnieuw.`,
    fr: (server: string) =>
      `L’endpoint a été modifié depuis le test de la connexion à ${server} : rien n’est accepté. Testez à nouveau la connexion.`,
  },
  arrived: { en: "It arrived.", nl: "Het is aangekomen.", fr: "C’est arrivé." },
  notArrived: { en: "It did not arrive.", nl: "Het is niet aangekomen.", fr: "Cela n’est pas arrivé." },
  sent: { en: "Sent", nl: "Verzonden", fr: "Envoyé" },
  answer: { en: "Answer", nl: "Antwoord", fr: "Réponse" },
} satisfies Readonly<Record<string, Word<string | ((value: string) => string)>>>;

/** Templates whose names are no names of partners. */
export const templateNames: Readonly<Record<string, Word>> = {
  standard: {
    en: "Standard Webhooks or CloudEvents",
    nl: "Standard Webhooks of CloudEvents",
    fr: "Standard Webhooks ou CloudEvents",
  },
  custom: { en: "A format of one’s own", nl: "Een eigen formaat", fr: "Un format propre" },
};

/** The steps of a connection test. */
export const checkSteps: Readonly<Record<string, Word>> = {
  resolve: { en: "Look the name up", nl: "Naam opzoeken", fr: "Chercher le nom" },
  connect: { en: "Connect", nl: "Verbinden", fr: "Se connecter" },
  tls: { en: "Secure the connection (TLS)", nl: "Verbinding beveiligen (TLS)", fr: "Sécuriser la connexion (TLS)" },
  "host-key": { en: "Compare the host key", nl: "Hostsleutel vergelijken", fr: "Comparer la clé d’hôte" },
  login: { en: "Log in", nl: "Aanmelden", fr: "S’identifier" },
  write: { en: "Write a file", nl: "Bestand schrijven", fr: "Écrire un fichier" },
  rename: { en: "Rename it", nl: "Hernoemen", fr: "Le renommer" },
  delete: { en: "Delete it", nl: "Verwijderen", fr: "Le supprimer" },
  token: { en: "Fetch a token", nl: "Token halen", fr: "Obtenir un jeton" },
  request: { en: "Ask the receiver", nl: "Ontvanger aanspreken", fr: "Interroger le récepteur" },
};
