import type { settingRules } from "../../../schemas/rules/settings.js";
import type { Translated } from "./translated.js";

/** Rules of an endpoint's setting in other languages than the API's. */
export const settingFaults: Readonly<Record<keyof typeof settingRules, Translated>> = {
  no_transport: { nl: "er is geen transport «{transport}»", fr: "il n’y a pas de transport « {transport} »" },
  no_template: { nl: "er is geen sjabloon «{template}»", fr: "il n’y a pas de modèle « {template} »" },
  masked: {
    nl: "is {mask}, wat alleen staat voor een geheim dat al ingesteld is: geef het geheim zelf",
    fr: "est {mask}, qui ne représente qu’un secret déjà défini : donnez le secret lui-même",
  },
  secret_again: {
    nl: "moet opnieuw gegeven worden: er wordt voortaan naar een andere server verzonden, en dit was voor de vorige bedoeld",
    fr: "doit être donné à nouveau : l’envoi ira vers un autre serveur, et ceci était destiné au précédent",
  },
  header_impossible: {
    nl: "{label} neemt niets aan zonder de header {header}, die {transport} niet kan meesturen",
    fr: "{label} n’accepte rien sans l’en-tête {header}, que {transport} ne peut pas envoyer",
  },
  header_demanded: {
    nl: "moet {header} bevatten, waarzonder {label} niets aanneemt; of kies een authenticatie die hem meestuurt",
    fr: "doit contenir {header}, sans quoi {label} n’accepte rien ; ou choisissez une authentification qui l’envoie",
  },
  not_for_files: {
    nl: "betekent niets voor bestanden via {transport}: laat het leeg",
    fr: "n’a pas de sens pour des fichiers par {transport} : laissez vide",
  },
  shards_concurrency: {
    nl: "mag hoogstens {limit} zijn: zoveel wordt er tegelijk verzonden, over alle banen samen",
    fr: "doit être d’au plus {limit} : c’est ce qui est envoyé en même temps, toutes voies confondues",
  },
  shards_rate: {
    nl: "mag hoogstens {limit} zijn, wat er per seconde verzonden mag worden: elke baan kan er meteen een sturen",
    fr: "doit être d’au plus {limit}, ce qui peut partir par seconde : chaque voie peut en envoyer un aussitôt",
  },
  one_in_file: {
    nl: "kan in deze versie niet: een bestand bevat één gebeurtenis",
    fr: "est impossible dans cette version : un fichier contient un seul événement",
  },
  one_at_a_time: {
    nl: "kan in deze versie niet: het sjabloon {template} neemt er één per keer",
    fr: "est impossible dans cette version : le modèle {template} en prend un à la fois",
  },
  most_events: {
    nl: "het sjabloon {template} neemt er hoogstens {limit}",
    fr: "le modèle {template} en prend au plus {limit}",
  },
  headerless_callback: {
    nl: "kan niet dienen voor callback-URL’s: de partner neemt niets aan zonder een eigen header, die alleen een endpoint kan meesturen",
    fr: "ne peut servir pour des URL de rappel : le partenaire n’accepte rien sans un en-tête à lui, que seul un endpoint peut envoyer",
  },
  longer_than_zero: { nl: "moet langer dan 0 zijn", fr: "doit être supérieur à 0" },
  shorter_than_give_up: {
    nl: "moet korter zijn dan de tijd waarna wordt opgegeven",
    fr: "doit être plus court que le délai d’abandon",
  },
  overtake_give_up: {
    nl: "moet korter zijn dan de tijd waarna wordt opgegeven (het is {duration})",
    fr: "doit être plus court que le délai d’abandon (c’est {duration})",
  },
  quiet_to_or_until: {
    nl: "heeft één einde nodig: elke dag, of eenmalig",
    fr: "demande une seule fin : chaque jour, ou une seule fois",
  },
  no_time_of_day: {
    nl: "is geen tijd van de dag: schrijf UU:MM, zoals 22:00",
    fr: "n’est pas une heure : écrivez HH:MM, par exemple 22:00",
  },
  after_from: { nl: "moet na het begin liggen", fr: "doit être après le début" },
  days_once: {
    nl: "betekent niets voor wat eenmalig is: laat leeg",
    fr: "n’a pas de sens pour ce qui n’a lieu qu’une fois : laissez vide",
  },
  always_quiet: {
    nl: "laten geen tijd om te verzenden: pauzeer liever het endpoint",
    fr: "ne laissent aucun moment pour envoyer : mettez plutôt l’endpoint en pause",
  },
  fixed_callback: {
    nl: "kan niet gewijzigd worden: dit endpoint staat voor een callback-URL",
    fr: "ne peut être modifié : cet endpoint représente une URL de rappel",
  },
  fixed_template: {
    nl: "is het sjabloon voor callbacks van de klant: wijzig het daar",
    fr: "est le modèle de rappel du client : modifiez-le là",
  },
  name_taken: { nl: "is al in gebruik", fr: "est déjà pris" },
  name_of_earlier: { nl: "is ook de naam van een eerder endpoint", fr: "est aussi le nom d’un endpoint précédent" },
  pair_formats: {
    nl: "{template} maakt {makes}; {transport} vervoert alleen {carries}",
    fr: "{template} produit {makes} ; {transport} ne transporte que {carries}",
  },
  pair_carries: {
    nl: "{transport} met {template} vervoert alleen {formats}",
    fr: "{transport} avec {template} ne transporte que {formats}",
  },
  format_needed: {
    nl: "is nodig: {transport} kan {formats} vervoeren",
    fr: "est nécessaire : {transport} peut transporter {formats}",
  },
  status_map_needed: { nl: "ontbreekt: het sjabloon gebruikt mapped", fr: "manque : le modèle utilise mapped" },
  content_type_fixed: {
    nl: "is altijd {type} bij het formaat {format}: laat leeg",
    fr: "est toujours {type} avec le format {format} : laissez vide",
  },
  csv_only: { nl: "betekent alleen iets bij het formaat csv", fr: "n’a de sens qu’avec le format csv" },
  csv_text_only: {
    nl: "betekent alleen iets bij de formaten csv en text",
    fr: "n’a de sens qu’avec les formats csv et text",
  },
  template_syntax: {
    nl: "regel {line}, kolom {column}: het sjabloon kan niet gelezen worden ({message})",
    fr: "ligne {line}, colonne {column} : le modèle ne peut être lu ({message})",
  },
  sample_fails: {
    nl: "kan niet gemaakt worden, geprobeerd met een voorbeeld ({message})",
    fr: "ne peut être produit, essayé avec un exemple ({message})",
  },
  cannot_render: { nl: "er kan niets van gemaakt worden ({message})", fr: "rien ne peut en être produit ({message})" },
};
