import type { transportRules } from "../../../schemas/rules/transports.js";
import type { Translated } from "./translated.js";

/** Rules of transports' options in other languages than the API's. */
export const transportFaults: Readonly<Record<keyof typeof transportRules, Translated>> = {
  no_url: {
    nl: "is geen URL: geef hem helemaal, zoals https://example.com/webhook",
    fr: "n’est pas une URL : donnez-la entière, par exemple https://example.com/webhook",
  },
  http_only: { nl: "moet beginnen met http:// of https://", fr: "doit commencer par http:// ou https://" },
  url_user: {
    nl: "mag geen gebruiker en wachtwoord bevatten: kies daarvoor de authenticatie basic",
    fr: "ne doit contenir ni utilisateur ni mot de passe : choisissez pour cela l’authentification basic",
  },
  token_url_user: {
    nl: "mag geen gebruiker en wachtwoord bevatten: de client-id en het geheim worden meegestuurd",
    fr: "ne doit contenir ni utilisateur ni mot de passe : l’identifiant et le secret du client sont envoyés",
  },
  url_fragment: {
    nl: "mag geen fragment (#…) bevatten: dat wordt nooit meegestuurd",
    fr: "ne doit pas contenir de fragment (#…) : il n’est jamais envoyé",
  },
  mail_port: {
    nl: "poort {port} is van mailservers; daarmee wordt nooit verbonden",
    fr: "le port {port} appartient aux serveurs de courriel ; aucune connexion n’y est faite",
  },
  no_port: { nl: "poort {port} bestaat niet", fr: "le port {port} n’existe pas" },
  other_port: {
    nl: "poort {port} is van een ander soort dienst; daarmee wordt nooit verbonden",
    fr: "le port {port} appartient à un autre type de service ; aucune connexion n’y est faite",
  },
  https_only: { nl: "dient alleen bij https://", fr: "ne sert qu’avec https://" },
  reserved_header: {
    nl: "zet Waybell zelf en kan niet gegeven worden",
    fr: "est défini par Waybell et ne peut être donné",
  },
  header_of_other: {
    nl: "is de header van {option}: geef er een andere",
    fr: "est l’en-tête de {option} : donnez-en un autre",
  },
  header_of_option: {
    nl: "is de header van {option}: geef een van de twee",
    fr: "est l’en-tête de {option} : donnez l’un des deux",
  },
  header_twice: {
    nl: "staat er tweemaal, met andere hoofdletters",
    fr: "figure deux fois, avec d’autres majuscules",
  },
  secret_form: {
    nl: "moet whsec_ met 24 tot 64 bytes in base64 zijn, of whsk_ met een ed25519-seed in base64, al dan niet met zijn publieke sleutel erachter",
    fr: "doit être whsec_ suivi de 24 à 64 octets en base64, ou whsk_ suivi d’une graine ed25519 en base64, avec ou sans sa clé publique",
  },
  beside_secret: {
    nl: "dient alleen naast een ondertekeningsgeheim",
    fr: "ne sert qu’à côté d’un secret de signature",
  },
  until_missing: {
    nl: "ontbreekt: tot wanneer het vorige geheim ook ondertekent",
    fr: "manque : jusqu’à quand l’ancien secret signe aussi",
  },
  pem_certificates: {
    nl: "moet een of meer certificaten in PEM zijn (-----BEGIN CERTIFICATE-----)",
    fr: "doit être un ou plusieurs certificats en PEM (-----BEGIN CERTIFICATE-----)",
  },
  pem_certificate: {
    nl: "moet een certificaat in PEM zijn (-----BEGIN CERTIFICATE-----)",
    fr: "doit être un certificat en PEM (-----BEGIN CERTIFICATE-----)",
  },
  pem_key: {
    nl: "moet een privésleutel in PEM zijn (-----BEGIN PRIVATE KEY-----)",
    fr: "doit être une clé privée en PEM (-----BEGIN PRIVATE KEY-----)",
  },
  pem_plain_key: {
    nl: "moet een privésleutel in PEM zijn (-----BEGIN PRIVATE KEY-----), zonder wachtwoordzin",
    fr: "doit être une clé privée en PEM (-----BEGIN PRIVATE KEY-----), sans phrase secrète",
  },
  pem_list: { nl: "is geen lijst van certificaten in PEM", fr: "n’est pas une liste de certificats en PEM" },
  key_encrypted: { nl: "is versleuteld: geef de wachtwoordzin", fr: "est chiffrée : donnez la phrase secrète" },
  key_passphrase: { nl: "gaat niet open met de wachtwoordzin", fr: "ne s’ouvre pas avec la phrase secrète" },
  key_of_another: {
    nl: "past niet bij het certificaat: het is de sleutel van een ander (het certificaat van de client zelf komt eerst)",
    fr: "ne correspond pas au certificat : c’est la clé d’un autre (le certificat du client lui-même vient en premier)",
  },
  weak_certificate: {
    nl: "wordt door OpenSSL hier niet aanvaard: de sleutel of de handtekening is te zwak",
    fr: "n’est pas accepté par OpenSSL ici : sa clé ou sa signature est trop faible",
  },
  certificate_over: { nl: "is verlopen: het eindigde op {day}", fr: "a expiré : il a pris fin le {day}" },
  certificate_early: {
    nl: "is nog niet geldig: het begint op {day}",
    fr: "n’est pas encore valide : il commence le {day}",
  },
  hs256_key: {
    nl: "is een sleutel in PEM: HS256 neemt een gedeeld geheim",
    fr: "est une clé en PEM : HS256 prend un secret partagé",
  },
  es256_key: {
    nl: "past niet bij ES256, dat een sleutel op de kromme P-256 neemt",
    fr: "ne convient pas à ES256, qui prend une clé sur la courbe P-256",
  },
  rs256_key: {
    nl: "past niet bij RS256, dat een RSA-sleutel neemt",
    fr: "ne convient pas à RS256, qui prend une clé RSA",
  },
  rs256_short: {
    nl: "is te kort: RS256 neemt RSA-sleutels vanaf {bits} bits",
    fr: "est trop courte : RS256 prend des clés RSA à partir de {bits} bits",
  },
  jwt_lifetime: { nl: "moet van 10s tot 365d zijn", fr: "doit aller de 10s à 365d" },
  no_host: { nl: "is geen servernaam of adres", fr: "n’est ni un nom de serveur ni une adresse" },
  not_public: {
    nl: "{address} is geen openbaar adres ({why}); is het de bedoeling, voeg het dan toe aan EGRESS_ALLOW",
    fr: "{address} n’est pas une adresse publique ({why}) ; si c’est voulu, ajoutez-la à EGRESS_ALLOW",
  },
  control_character: { nl: "bevat een stuurteken", fr: "contient un caractère de contrôle" },
  line_end: { nl: "bevat een regeleinde of NUL", fr: "contient une fin de ligne ou NUL" },
  dot_folder: {
    nl: "mag geen «.» of «..» bevatten; schrijf het hele pad",
    fr: "ne doit contenir ni « . » ni « .. » ; écrivez le chemin entier",
  },
  marker_suffix: {
    nl: "moet anders zijn dan het tijdelijke achtervoegsel",
    fr: "doit différer du suffixe temporaire",
  },
  tls_only: { nl: "heeft geen nut zonder TLS; zet TLS aan", fr: "ne sert à rien sans TLS ; activez TLS" },
  password_or_key: { nl: "is nodig, of een privésleutel", fr: "est nécessaire, ou une clé privée" },
  key_unreadable: {
    nl: "kan niet gelezen worden; is de sleutel versleuteld, geef dan de wachtwoordzin",
    fr: "ne peut être lue ; si elle est chiffrée, donnez sa phrase secrète",
  },
  key_wrong_passphrase: {
    nl: "kan met deze wachtwoordzin niet gelezen worden",
    fr: "ne peut être lue avec cette phrase secrète",
  },
  public_key: { nl: "is een publieke sleutel", fr: "est une clé publique" },
};
