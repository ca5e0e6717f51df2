import type { valueRules } from "../../../schemas/rules/values.js";
import type { Translated } from "./translated.js";

/** Rules of values in other languages than the API's. */
export const valueFaults: Readonly<Record<keyof typeof valueRules, Translated>> = {
  required: { nl: "ontbreekt", fr: "manque" },
  unknown_field: { nl: "is geen bekend veld", fr: "n’est pas un champ connu" },
  name_form: {
    nl: "kan niet zo heten: namen hier voldoen aan {pattern}",
    fr: "ne peut porter ce nom : ici, les noms suivent {pattern}",
  },
  one_of: { nl: "moet een van deze zijn: {allowed}", fr: "doit être parmi : {allowed}" },
  constant: { nl: "moet {value} zijn", fr: "doit être {value}" },
  format: { nl: "is geen geldige waarde van de vorm {format}", fr: "n’est pas une valeur valide du format {format}" },
  too_long: { nl: "is langer dan {limit} tekens", fr: "dépasse {limit} caractères" },
  empty: { nl: "mag niet leeg zijn", fr: "ne doit pas être vide" },
  too_many: { nl: "heeft meer dan {limit} items", fr: "contient plus de {limit} éléments" },
  too_few: { nl: "heeft minder dan {limit} items", fr: "contient moins de {limit} éléments" },
  no_members: { nl: "is leeg: geef minstens één waarde", fr: "est vide : donnez au moins une valeur" },
  too_many_members: { nl: "heeft meer dan {limit} waarden", fr: "contient plus de {limit} valeurs" },
  twice: { nl: "noemt iets tweemaal", fr: "nomme deux fois la même chose" },
  form: { nl: "heeft niet de juiste vorm ({form})", fr: "n’a pas la forme voulue ({form})" },
  pattern: { nl: "heeft niet de juiste vorm ({form})", fr: "n’a pas la forme voulue ({form})" },
  type: { nl: "moet {type} zijn", fr: "doit être {type}" },
  minimum: { nl: "moet minstens {limit} zijn", fr: "doit être d’au moins {limit}" },
  maximum: { nl: "mag hoogstens {limit} zijn", fr: "doit être d’au plus {limit}" },
  not_valid: { nl: "is niet geldig", fr: "n’est pas valide" },
  more_faults: { nl: "heeft nog {count} fouten", fr: "contient encore {count} erreurs" },
  deep: { nl: "is dieper genest dan {limit} niveaus", fr: "est imbriqué sur plus de {limit} niveaux" },
  forbidden_name: { nl: "is als naam niet toegestaan", fr: "n’est pas permis comme nom" },
  body_needed: { nl: "er is inhoud nodig", fr: "un contenu est nécessaire" },
  no_body: { nl: "dit adres neemt geen inhoud aan", fr: "cette adresse ne prend aucun contenu" },
  unknown_parameter: { nl: "is geen bekende parameter", fr: "n’est pas un paramètre connu" },
  parameter_twice: { nl: "is meer dan eens gegeven", fr: "est donné plus d’une fois" },
  no_time: {
    nl: "is geen tijdstip: schrijf ISO 8601, zoals {example}",
    fr: "n’est pas une date : écrivez en ISO 8601, par exemple {example}",
  },
  cursor: { nl: "is geen plaats in deze lijst", fr: "n’est pas une place de cette liste" },
  with_limit_only: { nl: "dient alleen samen met een grens", fr: "ne sert qu’avec une limite" },
  with_check_only: { nl: "dient alleen bij het testen van de verbinding", fr: "ne sert qu’au test de la connexion" },
  order_length: { nl: "moet 1 tot 200 tekens hebben", fr: "doit avoir de 1 à 200 caractères" },
  state_of: {
    nl: "moet {allowed} zijn: met andere kan dit niet",
    fr: "doit être {allowed} : avec d’autres, c’est impossible",
  },
};
