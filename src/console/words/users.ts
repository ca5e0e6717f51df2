import type { UserRole } from "../../account-types.js";
import type { KeyRole } from "../../types.js";
import type { Word } from "../word.js";

/** What somebody may do, by what they are. */
export const roleNames: Readonly<Record<KeyRole | "service", Word>> = {
  admin: { en: "Admin", nl: "Beheerder", fr: "Administrateur" },
  operator: { en: "Operator", nl: "Operator", fr: "Opérateur" },
  auditor: { en: "Auditor", nl: "Auditor", fr: "Auditeur" },
  customer: { en: "Customer", nl: "Klant", fr: "Client" },
  producer: { en: "Producer", nl: "Producent", fr: "Producteur" },
  service: { en: "Waybell itself", nl: "Waybell zelf", fr: "Waybell même" },
};

/** What a user of a role may do in the pages. */
export const roleHelp: Readonly<Record<UserRole, Word>> = {
  admin: { en: "everything", nl: "alles", fr: "tout" },
  operator: {
    en: "everything but users, keys, the audit log, purges and the rotation of secrets",
    nl: "alles behalve gebruikers, sleutels, het auditlog, het wissen van gegevens en het rouleren van geheimen",
    fr: "tout sauf les utilisateurs, les clés, le journal d’audit, les purges et la rotation des secrets",
  },
  auditor: {
    en: "reads everything but users, and changes nothing",
    nl: "leest alles behalve gebruikers, en wijzigt niets",
    fr: "lit tout sauf les utilisateurs, et ne modifie rien",
  },
  customer: {
    en: "sees what is one customer’s, and changes there what its portal allows",
    nl: "ziet wat van één klant is, en wijzigt daar wat het portaal toelaat",
    fr: "voit ce qui est à un seul client, et y modifie ce que son portail permet",
  },
};

/** Who signs in to the pages. */
export const userWords = {
  title: { en: "Users", nl: "Gebruikers", fr: "Utilisateurs" },
  intro: {
    en: "Who signs in to these pages. Customers’ people also come in by a link sent to one of the customer’s addresses, where their portal is on.",
    nl: "Wie zich bij deze pagina’s aanmeldt. Mensen van klanten komen ook binnen met een link die naar een adres van de klant gaat, als hun portaal aan staat.",
    fr: "Qui se connecte à ces pages. Les personnes d’un client entrent aussi par un lien envoyé à l’une de ses adresses, si son portail est activé.",
  },
  invite: { en: "Invite somebody", nl: "Iemand uitnodigen", fr: "Inviter quelqu’un" },
  inviteTitle: { en: "Invite a user", nl: "Gebruiker uitnodigen", fr: "Inviter un utilisateur" },
  email: { en: "E-mail address", nl: "E-mailadres", fr: "Adresse e-mail" },
  emailHelp: {
    en: "The invitation goes to it, and the user signs in with it. It cannot be changed.",
    nl: "De uitnodiging gaat hierheen, en de gebruiker meldt zich hiermee aan. Het kan niet gewijzigd worden.",
    fr: "L’invitation y est envoyée, et l’utilisateur se connecte avec elle. Elle ne peut être modifiée.",
  },
  nameHelp: {
    en: "What these pages call the user, who can change it. May stay empty.",
    nl: "Hoe deze pagina’s de gebruiker noemen, die het zelf kan wijzigen. Mag leeg blijven.",
    fr: "Comment ces pages nomment l’utilisateur, qui peut le modifier. Peut rester vide.",
  },
  roleHelp: {
    en: "What the user may see and do: choose the least that is enough.",
    nl: "Wat de gebruiker mag zien en doen: kies het minste dat volstaat.",
    fr: "Ce que l’utilisateur peut voir et faire : choisissez le minimum suffisant.",
  },
  role: { en: "Role", nl: "Rol", fr: "Rôle" },
  customerHelp: {
    en: "Only for the role customer: the customer’s id",
    nl: "Alleen voor de rol klant: de id van de klant",
    fr: "Uniquement pour le rôle client : l’identifiant du client",
  },
  language: { en: "Language", nl: "Taal", fr: "Langue" },
  languageHelp: {
    en: "Of these pages and of mails with a link to sign in. For the pages another can be chosen in the browser.",
    nl: "Van deze pagina’s en van mails met een link om zich aan te melden. Voor de pagina’s kan in de browser een andere gekozen worden.",
    fr: "Celle de ces pages et des e-mails contenant un lien de connexion. Pour les pages, une autre peut être choisie dans le navigateur.",
  },
  asBrowser: { en: "As the browser asks", nl: "Zoals de browser vraagt", fr: "Selon le navigateur" },
  lastSeen: { en: "Last signed in", nl: "Laatst aangemeld", fr: "Dernière connexion" },
  since: { en: "Since", nl: "Sinds", fr: "Depuis" },
  active: { en: "active", nl: "actief", fr: "actif" },
  invited: { en: "invited", nl: "uitgenodigd", fr: "invité" },
  disabled: { en: "disabled", nl: "uitgeschakeld", fr: "désactivé" },
  disable: { en: "Disable", nl: "Uitschakelen", fr: "Désactiver" },
  enable: { en: "Enable", nl: "Inschakelen", fr: "Activer" },
  disableHelp: {
    en: "Disabled, they are signed out at once and let in no more.",
    nl: "Uitgeschakeld worden ze meteen afgemeld en niet meer binnengelaten.",
    fr: "Désactivé, l’utilisateur est déconnecté aussitôt et n’entre plus.",
  },
  newLink: {
    en: "New link for a password",
    nl: "Nieuwe link voor een wachtwoord",
    fr: "Nouveau lien pour un mot de passe",
  },
  newLinkHelp: {
    en: "For who has lost their password or their invitation. It replaces earlier links.",
    nl: "Voor wie zijn wachtwoord of uitnodiging kwijt is. Hij vervangt eerdere links.",
    fr: "Pour qui a perdu son mot de passe ou son invitation. Il remplace les liens précédents.",
  },
  linkTitle: { en: "The link", nl: "De link", fr: "Le lien" },
  linkMailed: {
    en: "It was sent by mail. It is shown this once, should the mail not arrive:",
    nl: "Hij is per mail verstuurd. Hij wordt alleen nu getoond, mocht de mail niet aankomen:",
    fr: "Il a été envoyé par e-mail. Il n’est affiché que cette fois, au cas où l’e-mail n’arriverait pas :",
  },
  linkNotMailed: {
    en: "Mails are not set up: give this link to the user yourself. It is shown this once:",
    nl: "Mails zijn niet ingesteld: geef deze link zelf aan de gebruiker. Hij wordt alleen nu getoond:",
    fr: "L’envoi d’e-mails n’est pas configuré : transmettez vous-même ce lien. Il n’est affiché que cette fois :",
  },
  linkUntil: { en: "Good for one use, until", nl: "Geldig voor één keer, tot", fr: "Valable une seule fois, jusqu’au" },
  deleteSure: {
    en: "Delete this user? They are signed out at once.",
    nl: "Deze gebruiker verwijderen? Hij wordt meteen afgemeld.",
    fr: "Supprimer cet utilisateur ? Il est déconnecté aussitôt.",
  },
  lastAdmin: {
    en: "This is the last admin who can sign in: make another one first.",
    nl: "Dit is de laatste beheerder die zich kan aanmelden: maak er eerst nog een.",
    fr: "C’est le dernier administrateur qui peut se connecter : créez-en d’abord un autre.",
  },
  faultyCustomer: {
    en: "is needed for the role customer, and for no other: the id of a customer that exists",
    nl: "is nodig voor de rol klant, en voor geen andere: de id van een klant die bestaat",
    fr: "est nécessaire pour le rôle client, et pour aucun autre : l’identifiant d’un client existant",
  },
  back: { en: "All users", nl: "Alle gebruikers", fr: "Tous les utilisateurs" },
  you: { en: "you", nl: "u", fr: "vous" },
} satisfies Readonly<Record<string, Word>>;
