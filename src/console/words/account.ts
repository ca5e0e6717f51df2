import type { Word } from "../word.js";

/** The account of who is signed in. */
export const accountWords = {
  title: { en: "My account", nl: "Mijn account", fr: "Mon compte" },
  noAccount: {
    en: "You came in by a link sent to this address. There is no account to change.",
    nl: "U kwam binnen met een link naar dit adres. Er is geen account om te wijzigen.",
    fr: "Vous êtes entré par un lien envoyé à cette adresse. Il n’y a pas de compte à modifier.",
  },
  you: { en: "You", nl: "U", fr: "Vous" },
  name: { en: "Name", nl: "Naam", fr: "Nom" },
  nameHelp: {
    en: "What these pages call you. May stay empty.",
    nl: "Hoe deze pagina’s u noemen. Mag leeg blijven.",
    fr: "Comment ces pages vous nomment. Peut rester vide.",
  },
  email: { en: "E-mail address", nl: "E-mailadres", fr: "Adresse e-mail" },
  password: { en: "Password", nl: "Wachtwoord", fr: "Mot de passe" },
  current: { en: "Your password now", nl: "Uw wachtwoord nu", fr: "Votre mot de passe actuel" },
  currentHelp: {
    en: "So that nobody else changes it while you are away.",
    nl: "Zodat niemand anders het wijzigt terwijl u weg bent.",
    fr: "Pour que personne d’autre ne le change en votre absence.",
  },
  next: { en: "New password", nl: "Nieuw wachtwoord", fr: "Nouveau mot de passe" },
  change: { en: "Change the password", nl: "Wachtwoord wijzigen", fr: "Changer le mot de passe" },
  changeHelp: {
    en: "You stay signed in here; everywhere else you are signed out.",
    nl: "Hier blijft u aangemeld; overal elders wordt u afgemeld.",
    fr: "Vous restez connecté ici ; partout ailleurs, vous êtes déconnecté.",
  },
  sessions: { en: "Where you are signed in", nl: "Waar u aangemeld bent", fr: "Où vous êtes connecté" },
  browser: { en: "Browser", nl: "Browser", fr: "Navigateur" },
  address: { en: "From", nl: "Vanaf", fr: "Depuis" },
  began: { en: "Since", nl: "Sinds", fr: "Depuis le" },
  seen: { en: "Last seen", nl: "Laatst gezien", fr: "Dernière activité" },
  here: { en: "here", nl: "hier", fr: "ici" },
  end: { en: "Sign out there", nl: "Daar afmelden", fr: "Déconnecter" },
} satisfies Readonly<Record<string, Word>>;
