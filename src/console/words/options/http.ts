import type { OptionWords } from "./option.js";

/** The options of HTTP, by their names; of nested ones with a dot. */
export const httpOptions: OptionWords = {
  url: {
    label: { en: "Address (URL)", nl: "Adres (URL)", fr: "Adresse (URL)" },
    help: {
      en: "Where to send: http or https, without user and password.",
      nl: "Waarheen verzonden wordt: http of https, zonder gebruiker en wachtwoord.",
      fr: "Où envoyer : http ou https, sans utilisateur ni mot de passe.",
    },
  },
  apiKey: {
    label: { en: "API key", nl: "API-sleutel", fr: "Clé d’API" },
    help: {
      en: "Sent in the header X-API-KEY.",
      nl: "Wordt meegestuurd in de header X-API-KEY.",
      fr: "Envoyée dans l’en-tête X-API-KEY.",
    },
  },
  headers: {
    label: { en: "More headers", nl: "Extra headers", fr: "Autres en-têtes" },
    help: {
      en: "Values are kept encrypted, and not shown again. To take a header away, empty its name.",
      nl: "Waarden worden versleuteld bewaard en niet meer getoond. Maak de naam leeg om een header weg te halen.",
      fr: "Les valeurs sont conservées chiffrées et ne sont plus affichées. Videz le nom pour retirer un en-tête.",
    },
  },
  trace: {
    label: { en: "Trace headers", nl: "Traceringsheaders", fr: "En-têtes de traçage" },
    help: {
      en: "Which headers of W3C Trace Context are sent. Leave it unless you know that you need it.",
      nl: "Welke headers van W3C Trace Context meegaan. Laat dit zo, tenzij u weet dat u het nodig hebt.",
      fr: "Quels en-têtes W3C Trace Context sont envoyés. À laisser tel quel, sauf besoin précis.",
    },
  },
  signingSecret: {
    label: { en: "Signing secret", nl: "Ondertekeningsgeheim", fr: "Secret de signature" },
    help: {
      en: "whsec_… or whsk_…: signs every request as Standard Webhooks describes. It can also be made on the endpoint’s page.",
      nl: "whsec_… of whsk_…: ondertekent elk verzoek zoals Standard Webhooks het beschrijft. Het kan ook op de pagina van het endpoint gemaakt worden.",
      fr: "whsec_… ou whsk_… : signe chaque requête selon Standard Webhooks. Il peut aussi être créé sur la page de l’endpoint.",
    },
  },
  auth: {
    label: { en: "Authentication", nl: "Authenticatie", fr: "Authentification" },
    help: {
      en: "How the receiver recognises Waybell.",
      nl: "Hoe de ontvanger Waybell herkent.",
      fr: "Comment le récepteur reconnaît Waybell.",
    },
  },
  "auth.username": {
    label: { en: "User name", nl: "Gebruikersnaam", fr: "Nom d’utilisateur" },
    help: { en: "Without a colon.", nl: "Zonder dubbelpunt.", fr: "Sans deux-points." },
  },
  "auth.password": {
    label: { en: "Password", nl: "Wachtwoord", fr: "Mot de passe" },
    help: { en: "Kept encrypted.", nl: "Wordt versleuteld bewaard.", fr: "Conservé chiffré." },
  },
  "auth.token": {
    label: { en: "Token", nl: "Token", fr: "Jeton" },
    help: { en: "Without the word Bearer.", nl: "Zonder het woord Bearer.", fr: "Sans le mot Bearer." },
  },
  "auth.algorithm": {
    label: { en: "Algorithm", nl: "Algoritme", fr: "Algorithme" },
    help: {
      en: "HS256 with a shared secret; RS256 or ES256 with a private key.",
      nl: "HS256 met een gedeeld geheim; RS256 of ES256 met een private sleutel.",
      fr: "HS256 avec un secret partagé ; RS256 ou ES256 avec une clé privée.",
    },
  },
  "auth.key": {
    label: { en: "Key", nl: "Sleutel", fr: "Clé" },
    help: {
      en: "The shared secret, or a private key in PEM.",
      nl: "Het gedeelde geheim, of een private sleutel in PEM.",
      fr: "Le secret partagé, ou une clé privée en PEM.",
    },
  },
  "auth.header": {
    label: { en: "Header", nl: "Header", fr: "En-tête" },
    help: { en: "By default Authorization.", nl: "Standaard Authorization.", fr: "Par défaut Authorization." },
  },
  "auth.scheme": {
    label: { en: "Word before the token", nl: "Woord vóór het token", fr: "Mot avant le jeton" },
    help: {
      en: "By default Bearer in Authorization, and none elsewhere.",
      nl: "Standaard Bearer in Authorization, en elders geen.",
      fr: "Par défaut Bearer dans Authorization, et aucun ailleurs.",
    },
  },
  "auth.keyId": {
    label: { en: "Key id (kid)", nl: "Sleutel-id (kid)", fr: "Identifiant de clé (kid)" },
    help: { en: "In the token’s header.", nl: "In de header van het token.", fr: "Dans l’en-tête du jeton." },
  },
  "auth.issuer": {
    label: { en: "Issuer (iss)", nl: "Uitgever (iss)", fr: "Émetteur (iss)" },
    help: { en: "Left out when empty.", nl: "Weggelaten als het leeg is.", fr: "Omis s’il est vide." },
  },
  "auth.audience": {
    label: { en: "Audience", nl: "Doelgroep (aud)", fr: "Audience (aud)" },
    help: { en: "Whom the token is for.", nl: "Voor wie het token is.", fr: "À qui le jeton est destiné." },
  },
  "auth.subject": {
    label: { en: "Subject (sub)", nl: "Onderwerp (sub)", fr: "Sujet (sub)" },
    help: { en: "Left out when empty.", nl: "Weggelaten als het leeg is.", fr: "Omis s’il est vide." },
  },
  "auth.lifetime": {
    label: { en: "Lifetime", nl: "Levensduur", fr: "Durée de vie" },
    help: {
      en: "A number and s, m, h or d, such as 1h.",
      nl: "Een getal en s, m, h of d, zoals 1h.",
      fr: "Un nombre et s, m, h ou d, par exemple 1h.",
    },
  },
  "auth.tokenUrl": {
    label: { en: "Token address", nl: "Tokenadres", fr: "Adresse des jetons" },
    help: {
      en: "Where the access token is fetched.",
      nl: "Waar het toegangstoken gehaald wordt.",
      fr: "Où le jeton d’accès est demandé.",
    },
  },
  "auth.clientId": {
    label: { en: "Client id", nl: "Client-id", fr: "Identifiant du client" },
    help: {
      en: "As the token server knows Waybell.",
      nl: "Zoals de tokenserver Waybell kent.",
      fr: "Tel que le serveur de jetons connaît Waybell.",
    },
  },
  "auth.clientSecret": {
    label: { en: "Client secret", nl: "Clientgeheim", fr: "Secret du client" },
    help: { en: "Kept encrypted.", nl: "Wordt versleuteld bewaard.", fr: "Conservé chiffré." },
  },
  "auth.scope": {
    label: { en: "Scope", nl: "Scope", fr: "Portée (scope)" },
    help: { en: "Separated by blanks.", nl: "Gescheiden door spaties.", fr: "Séparées par des espaces." },
  },
  "auth.credentials": {
    label: {
      en: "Where the token server takes them",
      nl: "Waar de tokenserver ze verwacht",
      fr: "Où le serveur de jetons les prend",
    },
    help: {
      en: "In a header (default) or in the form.",
      nl: "In een header (standaard) of in het formulier.",
      fr: "Dans un en-tête (par défaut) ou dans le formulaire.",
    },
  },
  "auth.ca": {
    label: {
      en: "Authority of the token server",
      nl: "Autoriteit van de tokenserver",
      fr: "Autorité du serveur de jetons",
    },
    help: {
      en: "PEM certificates to trust instead of the public authorities.",
      nl: "PEM-certificaten om te vertrouwen in plaats van de publieke autoriteiten.",
      fr: "Certificats PEM à accepter au lieu des autorités publiques.",
    },
  },
  hmac: {
    label: {
      en: "HMAC signature in a header",
      nl: "HMAC-handtekening in een header",
      fr: "Signature HMAC dans un en-tête",
    },
    help: {
      en: "For receivers with a signature of their own kind.",
      nl: "Voor ontvangers met een eigen soort handtekening.",
      fr: "Pour les récepteurs qui ont leur propre signature.",
    },
  },
  "hmac.header": {
    label: { en: "Header", nl: "Header", fr: "En-tête" },
    help: { en: "Such as X-Signature.", nl: "Zoals X-Signature.", fr: "Par exemple X-Signature." },
  },
  "hmac.secret": {
    label: { en: "Secret", nl: "Geheim", fr: "Secret" },
    help: { en: "The key, as text.", nl: "De sleutel, als tekst.", fr: "La clé, sous forme de texte." },
  },
  "hmac.over": {
    label: { en: "What is signed", nl: "Wat ondertekend wordt", fr: "Ce qui est signé" },
    help: {
      en: "The body, or timestamp, full stop and body.",
      nl: "De inhoud, of tijdstip, punt en inhoud.",
      fr: "Le corps, ou l’heure, un point et le corps.",
    },
  },
  "hmac.encoding": {
    label: { en: "Encoding", nl: "Codering", fr: "Codage" },
    help: { en: "By default hex.", nl: "Standaard hex.", fr: "Par défaut hex." },
  },
  "hmac.algorithm": {
    label: { en: "Algorithm", nl: "Algoritme", fr: "Algorithme" },
    help: { en: "By default sha256.", nl: "Standaard sha256.", fr: "Par défaut sha256." },
  },
  "hmac.prefix": {
    label: { en: "Before the signature", nl: "Vóór de handtekening", fr: "Avant la signature" },
    help: { en: "Such as sha256=.", nl: "Zoals sha256=.", fr: "Par exemple sha256=." },
  },
  "hmac.timestampHeader": {
    label: { en: "Header of the timestamp", nl: "Header van het tijdstip", fr: "En-tête de l’heure" },
    help: {
      en: "One more header for the time, which is always in webhook-timestamp.",
      nl: "Nog een header voor de tijd, die altijd in webhook-timestamp staat.",
      fr: "Un autre en-tête pour l’heure, toujours présente dans webhook-timestamp.",
    },
  },
  clientCertificate: {
    label: { en: "Client certificate", nl: "Clientcertificaat", fr: "Certificat client" },
    help: {
      en: "For receivers that ask for one (mutual TLS).",
      nl: "Voor ontvangers die erom vragen (mutual TLS).",
      fr: "Pour les récepteurs qui en demandent un (TLS mutuel).",
    },
  },
  "clientCertificate.certificate": {
    label: { en: "Certificate", nl: "Certificaat", fr: "Certificat" },
    help: {
      en: "PEM, the client’s own first.",
      nl: "PEM, dat van de client eerst.",
      fr: "PEM, celui du client en premier.",
    },
  },
  "clientCertificate.key": {
    label: { en: "Private key", nl: "Private sleutel", fr: "Clé privée" },
    help: { en: "PEM.", nl: "PEM.", fr: "PEM." },
  },
  "clientCertificate.passphrase": {
    label: { en: "Passphrase", nl: "Wachtwoordzin", fr: "Phrase secrète" },
    help: { en: "Of an encrypted key.", nl: "Van een versleutelde sleutel.", fr: "D’une clé chiffrée." },
  },
  ca: {
    label: { en: "Authority to trust", nl: "Te vertrouwen autoriteit", fr: "Autorité à accepter" },
    help: {
      en: "PEM certificates to trust instead of the public authorities.",
      nl: "PEM-certificaten om te vertrouwen in plaats van de publieke autoriteiten.",
      fr: "Certificats PEM à accepter au lieu des autorités publiques.",
    },
  },
};
