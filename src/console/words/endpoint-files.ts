import type { Word } from "../word.js";

/** Endpoints as a file. */
export const endpointFiles = {
  export: { en: "Export as YAML", nl: "Exporteren als YAML", fr: "Exporter en YAML" },
  import: { en: "Import YAML", nl: "YAML importeren", fr: "Importer du YAML" },
  title: {
    en: (customer: string) => `Import endpoints of ${customer}`,
    nl: (customer: string) => `Endpoints van ${customer} importeren`,
    fr: (customer: string) => `Importer des endpoints de ${customer}`,
  },
  intro: {
    en: "Endpoints are found by their name. What the file leaves out stays as it is, a secret that reads ******** too; nothing is deleted. You see what would change before anything does.",
    nl: "Endpoints worden op hun naam gevonden. Wat het bestand weglaat, blijft zoals het is, ook een geheim waar ******** staat; er wordt niets verwijderd. U ziet wat er zou wijzigen voor er iets wijzigt.",
    fr: "Les endpoints sont trouvés par leur nom. Ce que le fichier omet reste tel quel, de même qu’un secret noté ******** ; rien n’est supprimé. Vous voyez ce qui changerait avant tout changement.",
  },
  file: { en: "A file", nl: "Een bestand", fr: "Un fichier" },
  fileHelp: {
    en: "YAML or JSON, up to 256 KiB. It comes before the text below.",
    nl: "YAML of JSON, tot 256 KiB. Het gaat voor op de tekst hieronder.",
    fr: "YAML ou JSON, jusqu’à 256 Kio. Il prime sur le texte ci-dessous.",
  },
  text: { en: "Or its text", nl: "Of de tekst ervan", fr: "Ou son texte" },
  textHelp: {
    en: "As YAML or JSON. It is read where no file is chosen.",
    nl: "Als YAML of JSON. Dit wordt gelezen als er geen bestand gekozen is.",
    fr: "En YAML ou JSON. Il est lu si aucun fichier n’est choisi.",
  },
  look: { en: "Show what would change", nl: "Tonen wat er zou wijzigen", fr: "Montrer ce qui changerait" },
  apply: { en: "Apply these changes", nl: "Deze wijzigingen toepassen", fr: "Appliquer ces changements" },
  faulty: {
    en: "Nothing can be applied. Mend the file and send it again: it is not shown here, as it may hold secrets.",
    nl: "Er kan niets toegepast worden. Verbeter het bestand en stuur het opnieuw: het wordt hier niet getoond, omdat er geheimen in kunnen staan.",
    fr: "Rien ne peut être appliqué. Corrigez le fichier et renvoyez-le : il n’est pas montré ici, car il peut contenir des secrets.",
  },
  faults: { en: "What is wrong with it", nl: "Wat er fout aan is", fr: "Ce qui n’y va pas" },
  line: {
    en: (line: string) => `line ${line}`,
    nl: (line: string) => `regel ${line}`,
    fr: (line: string) => `ligne ${line}`,
  },
  changes: { en: "What would change", nl: "Wat er zou wijzigen", fr: "Ce qui changerait" },
  outcome: { en: "What was done", nl: "Wat er gedaan is", fr: "Ce qui a été fait" },
  nothing: { en: "Nothing would change.", nl: "Er zou niets wijzigen.", fr: "Rien ne changerait." },
  changedSince: {
    en: "Something has changed meanwhile. Look at it again.",
    nl: "Intussen is er iets gewijzigd. Kijk het opnieuw na.",
    fr: "Quelque chose a changé entre-temps. Vérifiez à nouveau.",
  },
  notSent: {
    en: "Send the file again: what you looked at is of another session.",
    nl: "Stuur het bestand opnieuw: wat u bekeek, is van een andere sessie.",
    fr: "Renvoyez le fichier : ce que vous avez vu est d’une autre session.",
  },
  partly: {
    en: "Some of it was refused. The rest is done.",
    nl: "Een deel werd geweigerd. De rest is gedaan.",
    fr: "Une partie a été refusée. Le reste est fait.",
  },
  what: { en: "What happens", nl: "Wat er gebeurt", fr: "Ce qui se passe" },
  differences: { en: "Differences", nl: "Verschillen", fr: "Différences" },
  settings: { en: "The customer’s settings", nl: "De instellingen van de klant", fr: "Les réglages du client" },
  again: {
    en: "set again; a secret cannot be compared",
    nl: "opnieuw ingesteld; een geheim kan niet vergeleken worden",
    fr: "défini à nouveau ; un secret ne peut être comparé",
  },
  notSet: { en: "not set", nl: "niet ingesteld", fr: "non défini" },
  notShown: { en: "set", nl: "ingesteld", fr: "défini" },
} satisfies Readonly<Record<string, Word<string | ((value: string) => string)>>>;

/** What happens, or has happened, to one endpoint. */
export const fileActions: Readonly<Record<"create" | "change" | "same" | "refused", Word>> = {
  create: { en: "created", nl: "aangemaakt", fr: "créé" },
  change: { en: "changed", nl: "gewijzigd", fr: "modifié" },
  same: { en: "as it is", nl: "blijft zoals het is", fr: "tel quel" },
  refused: { en: "refused", nl: "geweigerd", fr: "refusé" },
};
