import type { Word } from "../word.js";

/** The keys of programs that use the API. */
export const keyWords = {
  title: { en: "API keys", nl: "API-sleutels", fr: "Clés d’API" },
  intro: {
    en: "What lets programs use the API. Each has the role that it needs.",
    nl: "Waarmee programma’s de API gebruiken. Elk heeft de rol die het nodig heeft.",
    fr: "Ce qui permet aux programmes d’utiliser l’API. Chacune a le rôle qu’il lui faut.",
  },
  create: { en: "Make a key", nl: "Sleutel maken", fr: "Créer une clé" },
  nameHelp: {
    en: "Who holds it: the audit log names it",
    nl: "Wie hem heeft: het auditlog noemt hem",
    fr: "Qui la détient : le journal d’audit la nomme",
  },
  roleHelp: {
    en: "What a program with this key may do: give it no more than it needs.",
    nl: "Wat een programma met deze sleutel mag: geef niet meer dan het nodig heeft.",
    fr: "Ce qu’un programme peut faire avec cette clé : n’accordez que le nécessaire.",
  },
  role: { en: "Role", nl: "Rol", fr: "Rôle" },
  producerHelp: {
    en: "publishes events, nothing else",
    nl: "publiceert events, verder niets",
    fr: "publie des événements, rien d’autre",
  },
  customerHelp: {
    en: "reads what is one customer’s, and changes its endpoints, orders and deliveries",
    nl: "leest wat van één klant is, en wijzigt de endpoints, orders en leveringen ervan",
    fr: "lit ce qui est à un seul client, et modifie ses endpoints, commandes et livraisons",
  },
  expires: { en: "Expires", nl: "Vervalt", fr: "Expire" },
  expiresHelp: {
    en: "Left empty, it does not expire",
    nl: "Leeg gelaten vervalt hij niet",
    fr: "Laissée vide, elle n’expire pas",
  },
  never: { en: "never", nl: "nooit", fr: "jamais" },
  lastUsed: { en: "Last used", nl: "Laatst gebruikt", fr: "Dernière utilisation" },
  valid: { en: "valid", nl: "geldig", fr: "valable" },
  expired: { en: "expired", nl: "vervallen", fr: "expirée" },
  revoked: { en: "revoked", nl: "ingetrokken", fr: "révoquée" },
  revoke: { en: "Revoke", nl: "Intrekken", fr: "Révoquer" },
  revokeSure: {
    en: "Revoke this key? Programs that use it are let in no more.",
    nl: "Deze sleutel intrekken? Programma’s die hem gebruiken komen niet meer binnen.",
    fr: "Révoquer cette clé ? Les programmes qui l’utilisent n’entrent plus.",
  },
  madeTitle: { en: "The key", nl: "De sleutel", fr: "La clé" },
  made: {
    en: "It is shown this once, and kept nowhere. Copy it to where only its holder reads it.",
    nl: "Hij wordt alleen nu getoond en nergens bewaard. Kopieer hem naar waar alleen de houder hem leest.",
    fr: "Elle n’est affichée que cette fois et n’est conservée nulle part. Copiez-la là où seul son détenteur la lit.",
  },
  back: { en: "All keys", nl: "Alle sleutels", fr: "Toutes les clés" },
} satisfies Readonly<Record<string, Word>>;
