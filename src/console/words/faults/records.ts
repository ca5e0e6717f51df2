import type { recordRules } from "../../../schemas/rules/records.js";
import type { Translated } from "./translated.js";

/** Rules of customers, users, keys, events and files of endpoints in other languages than the API's. */
export const recordFaults: Readonly<Record<keyof typeof recordRules, Translated>> = {
  customer_for_key: {
    nl: "ontbreekt: een sleutel met de rol klant is van één klant",
    fr: "manque : une clé au rôle client appartient à un client",
  },
  customer_for_user: {
    nl: "ontbreekt: een gebruiker met de rol klant is van één klant",
    fr: "manque : un utilisateur au rôle client appartient à un client",
  },
  no_customer_for_role: {
    nl: "moet leeg blijven: alleen de rol klant is van één klant",
    fr: "doit rester vide : seul le rôle client appartient à un client",
  },
  no_such_customer: { nl: "is geen bestaande klant", fr: "n’est pas un client existant" },
  unknown_customer: { nl: "er is geen klant «{customer}»", fr: "il n’y a pas de client « {customer} »" },
  past: { nl: "ligt in het verleden", fr: "est dans le passé" },
  code_known: { nl: "staat al in de catalogus", fr: "figure déjà au catalogue" },
  email_used: { nl: "is al van een gebruiker", fr: "est déjà celle d’un utilisateur" },
  payload_days: {
    nl: "mag niet meer zijn dan het aantal dagen dat gebeurtenissen bewaard worden",
    fr: "ne doit pas dépasser le nombre de jours de conservation des événements",
  },
  other_customer: {
    nl: "is niet de klant van het endpoint, «{customer}»",
    fr: "n’est pas le client de l’endpoint, « {customer} »",
  },
  status_needed: {
    nl: "is nodig: de catalogus kent de code {code} niet",
    fr: "est nécessaire : le catalogue ne connaît pas le code {code}",
  },
  status_needed_case: {
    nl: "is nodig: de catalogus kent de code {code} niet (wel {near}; hoofdletters tellen)",
    fr: "est nécessaire : le catalogue ne connaît pas le code {code} (mais {near} ; les majuscules comptent)",
  },
  text_needed: {
    nl: "heeft minstens één tekst nodig: de catalogus kent de code {code} niet",
    fr: "demande au moins un texte : le catalogue ne connaît pas le code {code}",
  },
  text_needed_case: {
    nl: "heeft minstens één tekst nodig: de catalogus kent de code {code} niet (wel {near}; hoofdletters tellen)",
    fr: "demande au moins un texte : le catalogue ne connaît pas le code {code} (mais {near} ; les majuscules comptent)",
  },
  partner_needs: { nl: "is nodig voor de partner", fr: "est nécessaire au partenaire" },
  one_event_only: { nl: "gaat niet samen met een gebeurtenis", fr: "ne va pas avec un événement" },
  event_object: { nl: "moet één statuswijziging zijn", fr: "doit être un changement de statut" },
  no_status_time: {
    nl: "is geen tijdstip: schrijf ISO 8601 (2023-07-19T11:06:49+02:00) of YYYYMMDDHHmmss",
    fr: "n’est pas une date : écrivez en ISO 8601 (2023-07-19T11:06:49+02:00) ou YYYYMMDDHHmmss",
  },
  half_character: {
    nl: "bevat een half teken: geef een andere id",
    fr: "contient un demi-caractère : donnez un autre identifiant",
  },
  file_twice: { nl: "staat hier tweemaal", fr: "figure deux fois ici" },
  file_object: { nl: "moet een object zijn", fr: "doit être un objet" },
  file_list: { nl: "moet een lijst zijn", fr: "doit être une liste" },
  file_second_customer: {
    nl: "is van een andere klant: importeer het daar",
    fr: "appartient à un autre client : importez-le là",
  },
  file_other_customer: {
    nl: "is niet {customer}: importeer het op de pagina van die klant",
    fr: "n’est pas {customer} : importez-le sur la page de ce client",
  },
  file_most_endpoints: {
    nl: "heeft er meer dan {limit}: maak er meerdere bestanden van",
    fr: "en contient plus de {limit} : faites-en plusieurs fichiers",
  },
  may_not_change: { nl: "mag niet gewijzigd worden", fr: "ne peut être modifié" },
  may_not_make: { nl: "mag niet aangemaakt worden", fr: "ne peut être créé" },
  file_too_much: {
    nl: "bevat meer dan gelezen kan worden: maak er meerdere bestanden van",
    fr: "contient plus que ce qui peut être lu : faites-en plusieurs fichiers",
  },
  file_depth: { nl: "is meer dan {limit} diep genest", fr: "est imbriqué sur plus de {limit} niveaux" },
  file_directive: { nl: "heeft een directive (%): laat die weg", fr: "contient une directive (%) : retirez-la" },
  file_escape: {
    nl: "heeft een tekst tussen dubbele aanhalingstekens met een foute escape: schrijf \\\\ voor een backslash",
    fr: "contient un texte entre guillemets doubles avec un échappement fautif : écrivez \\\\ pour une barre oblique inverse",
  },
  file_anchor: { nl: "er staat geen &{anchor} voor", fr: "il n’y a pas de &{anchor} avant" },
  file_number: { nl: "is geen getal dat bewaard kan worden", fr: "n’est pas un nombre qui puisse être conservé" },
  file_empty: { nl: "is leeg", fr: "est vide" },
  file_several: {
    nl: "bevat meerdere documenten: maak er een lijst van",
    fr: "contient plusieurs documents : faites-en une liste",
  },
  file_yaml: { nl: "kan niet als YAML gelezen worden ({message})", fr: "ne peut être lu comme YAML ({message})" },
};
