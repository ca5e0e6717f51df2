import type { Word } from "../../word.js";
import { deliveryStates } from "../common.js";
import { roleNames } from "../users.js";

const TAG: Word = {
  en: "a language tag, such as en or nl-BE",
  nl: "een taalcode, zoals en of nl-BE",
  fr: "un code de langue, par exemple en ou nl-BE",
};
const VISIBLE: Word = {
  en: "letters, digits and signs without spaces",
  nl: "letters, cijfers en tekens zonder spaties",
  fr: "lettres, chiffres et signes sans espaces",
};

/** What values of a pattern look like, by the pattern. */
export const forms: Readonly<Record<string, Word>> = {
  "^\\d{1,6}(ms|s|m|h|d)$": {
    en: "a number and ms, s, m, h or d",
    nl: "een getal en ms, s, m, h of d",
    fr: "un nombre et ms, s, m, h ou d",
  },
  "^\\d{1,6}(s|m|h|d)$": {
    en: "a number and s, m, h or d",
    nl: "een getal en s, m, h of d",
    fr: "un nombre et s, m, h ou d",
  },
  "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$": {
    en: "a time of day, such as 06:00",
    nl: "een tijd van de dag, zoals 06:00",
    fr: "une heure, par exemple 06:00",
  },
  "^\\d{4}-\\d\\d-\\d\\d$": {
    en: "a day, such as 2026-08-01",
    nl: "een dag, zoals 2026-08-01",
    fr: "un jour, par exemple 2026-08-01",
  },
  "^https?://": {
    en: "an address that begins with http:// or https://",
    nl: "een adres dat begint met http:// of https://",
    fr: "une adresse qui commence par http:// ou https://",
  },
  "^[A-Za-z0-9][A-Za-z0-9._-]*$": {
    en: "letters, digits, dots, dashes and underscores, beginning with a letter or digit",
    nl: "letters, cijfers, punten, streepjes en onderstreepjes, te beginnen met een letter of cijfer",
    fr: "lettres, chiffres, points, tirets et traits de soulignement, en commençant par une lettre ou un chiffre",
  },
  "^SHA256:[A-Za-z0-9+/]{43}$": {
    en: "SHA256: and 43 characters in base64",
    nl: "SHA256: en 43 tekens in base64",
    fr: "SHA256: et 43 caractères en base64",
  },
  "^[A-Za-z0-9._~-]{1,20}$": {
    en: "1 to 20 letters, digits, dots, dashes, underscores and tildes",
    nl: "1 tot 20 letters, cijfers, punten, streepjes, onderstreepjes en tildes",
    fr: "de 1 à 20 lettres, chiffres, points, tirets, traits de soulignement et tildes",
  },
  "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$": {
    en: "the name of a header: at most 100 letters, digits and dashes",
    nl: "de naam van een header: hoogstens 100 letters, cijfers en streepjes",
    fr: "le nom d’un en-tête : au plus 100 lettres, chiffres et tirets",
  },
  "^([!-~\\u00a0-\\u00ff]([\\t -~\\u00a0-\\u00ff]*[!-~\\u00a0-\\u00ff])?)?$": {
    en: "the value of a header: Latin characters, without spaces around it",
    nl: "de waarde van een header: Latijnse tekens, zonder spaties eromheen",
    fr: "la valeur d’un en-tête : caractères latins, sans espaces autour",
  },
  "^whs(ec|k)_[A-Za-z0-9+/]+={0,2}$": {
    en: "whsec_ or whsk_ and base64",
    nl: "whsec_ of whsk_ en base64",
    fr: "whsec_ ou whsk_ et du base64",
  },
  "^[^\\u0000-\\u001f\\u007f:]*$": {
    en: "without a colon or control characters",
    nl: "zonder dubbelpunt of stuurtekens",
    fr: "sans deux-points ni caractères de contrôle",
  },
  "^[^\\u0000-\\u001f\\u007f]*$": {
    en: "without control characters",
    nl: "zonder stuurtekens",
    fr: "sans caractères de contrôle",
  },
  "^[!-~]*$": VISIBLE,
  "^([!-~][ -~]*)?$": VISIBLE,
  "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": TAG,
  "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": TAG,
  "^[a-z]{2,8}(-[a-z0-9]{1,8})*$": {
    en: "a language tag in small letters, such as en or nl-be",
    nl: "een taalcode in kleine letters, zoals en of nl-be",
    fr: "un code de langue en minuscules, par exemple en ou nl-be",
  },
  "^[^\\s@]+@[^\\s@]+$": { en: "an e-mail address", nl: "een e-mailadres", fr: "une adresse e-mail" },
  "^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*$": {
    en: "words of letters and digits with dots between them",
    nl: "woorden van letters en cijfers met punten ertussen",
    fr: "des mots de lettres et de chiffres séparés par des points",
  },
  "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9_-]+=[A-Za-z0-9._+-]+)*$": {
    en: "a media type, such as application/json",
    nl: "een mediatype, zoals application/json",
    fr: "un type de média, par exemple application/json",
  },
  "^.*$": { en: "one line", nl: "één regel", fr: "une seule ligne" },
};

const formats: Readonly<Record<string, Word>> = {
  email: { en: "email", nl: "e-mailadres", fr: "adresse e-mail" },
  uri: { en: "uri", nl: "URL", fr: "URL" },
  "time-zone": { en: "time-zone", nl: "tijdzone", fr: "fuseau horaire" },
  "date-time": { en: "date-time", nl: "tijdstip in ISO 8601", fr: "date en ISO 8601" },
};

const types: Readonly<Record<string, Word>> = {
  string: { en: "string", nl: "een tekst", fr: "un texte" },
  integer: { en: "integer", nl: "een geheel getal", fr: "un nombre entier" },
  number: { en: "number", nl: "een getal", fr: "un nombre" },
  boolean: { en: "boolean", nl: "ja of nee", fr: "oui ou non" },
  object: { en: "object", nl: "een object", fr: "un objet" },
  array: { en: "array", nl: "een lijst", fr: "une liste" },
  null: { en: "null", nl: "leeg", fr: "vide" },
};

const things: Readonly<Record<string, Word>> = {
  customer: { en: "customer", nl: "klant", fr: "client" },
  endpoint: { en: "endpoint", nl: "endpoint", fr: "endpoint" },
  delivery: { en: "delivery", nl: "levering", fr: "livraison" },
  event: { en: "event", nl: "statuswijziging", fr: "changement de statut" },
  order: { en: "order", nl: "order", fr: "commande" },
  user: { en: "user", nl: "gebruiker", fr: "utilisateur" },
  key: { en: "key", nl: "sleutel", fr: "clé" },
  action: { en: "action", nl: "actie", fr: "action" },
  purge: { en: "purge", nl: "wissing", fr: "effacement" },
  "status code": { en: "status code", nl: "statuscode", fr: "code de statut" },
};

/** The parameters of sentences that are words themselves, by their name and value. */
export const paramWords: Readonly<Record<string, Readonly<Record<string, Word>>>> = {
  thing: things,
  type: types,
  format: formats,
  role: roleNames,
  state: deliveryStates,
};
