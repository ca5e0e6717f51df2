import { type Letter, letterHtml, letterText, subjectOf } from "../alerts/letter.js";
import type { Language } from "../types.js";

/** Stands for the link, which the mailer alone puts in. */
export const LINK_PLACE = "{{link}}";

export type LetterKind = "invitation" | "password" | "portal";

interface Texts {
  readonly subject: string;
  readonly intro: string;
  readonly link: string;
  readonly until: string;
  readonly once: string;
  readonly ignore: string;
}

const TEXTS: Readonly<Record<LetterKind, Readonly<Record<Language, Texts>>>> = {
  invitation: {
    en: {
      subject: "You are invited",
      intro: "You have been given an account in Waybell. Open this link to choose your password.",
      link: "Choose a password",
      until: "Good until",
      once: "The link can be used once.",
      ignore: "If you did not expect this, you need not do anything.",
    },
    nl: {
      subject: "U bent uitgenodigd",
      intro: "U hebt een account in Waybell gekregen. Open deze link om uw wachtwoord te kiezen.",
      link: "Wachtwoord kiezen",
      until: "Geldig tot",
      once: "De link kan één keer gebruikt worden.",
      ignore: "Had u dit niet verwacht, dan hoeft u niets te doen.",
    },
    fr: {
      subject: "Vous êtes invité(e)",
      intro: "Un compte Waybell a été créé pour vous. Ouvrez ce lien pour choisir votre mot de passe.",
      link: "Choisir un mot de passe",
      until: "Valable jusqu’au",
      once: "Le lien ne peut être utilisé qu’une fois.",
      ignore: "Si vous n’attendiez pas ce message, vous n’avez rien à faire.",
    },
  },
  password: {
    en: {
      subject: "Choose a new password",
      intro: "An administrator has made a link with which you choose a new password for Waybell.",
      link: "Choose a new password",
      until: "Good until",
      once: "The link can be used once.",
      ignore: "If you did not expect this, you need not do anything: your password stays as it is.",
    },
    nl: {
      subject: "Kies een nieuw wachtwoord",
      intro: "Een beheerder heeft een link gemaakt waarmee u een nieuw wachtwoord voor Waybell kiest.",
      link: "Nieuw wachtwoord kiezen",
      until: "Geldig tot",
      once: "De link kan één keer gebruikt worden.",
      ignore: "Had u dit niet verwacht, dan hoeft u niets te doen: uw wachtwoord blijft zoals het is.",
    },
    fr: {
      subject: "Choisissez un nouveau mot de passe",
      intro: "Un administrateur a créé un lien qui vous permet de choisir un nouveau mot de passe pour Waybell.",
      link: "Choisir un nouveau mot de passe",
      until: "Valable jusqu’au",
      once: "Le lien ne peut être utilisé qu’une fois.",
      ignore: "Si vous n’attendiez pas ce message, vous n’avez rien à faire : votre mot de passe reste inchangé.",
    },
  },
  portal: {
    en: {
      subject: "Your link to sign in",
      intro: "Open this link to sign in to Waybell and see your deliveries.",
      link: "Sign in",
      until: "Good until",
      once: "The link can be used once. Give it to nobody.",
      ignore: "If you did not ask for it, you need not do anything: without this link nobody gets in.",
    },
    nl: {
      subject: "Uw link om aan te melden",
      intro: "Open deze link om u aan te melden bij Waybell en uw leveringen te bekijken.",
      link: "Aanmelden",
      until: "Geldig tot",
      once: "De link kan één keer gebruikt worden. Geef hem aan niemand door.",
      ignore: "Hebt u hem niet gevraagd, dan hoeft u niets te doen: zonder deze link komt niemand binnen.",
    },
    fr: {
      subject: "Votre lien de connexion",
      intro: "Ouvrez ce lien pour vous connecter à Waybell et voir vos livraisons.",
      link: "Se connecter",
      until: "Valable jusqu’au",
      once: "Le lien ne peut être utilisé qu’une fois. Ne le transmettez à personne.",
      ignore: "Si vous ne l’avez pas demandé, vous n’avez rien à faire : sans ce lien, personne n’entre.",
    },
  },
};

const FOOTER: Readonly<Record<Language, string>> = {
  en: "Waybell wrote this mail by itself.",
  nl: "Waybell heeft deze mail automatisch verstuurd.",
  fr: "Waybell a envoyé ce message automatiquement.",
};

const LOCALES: Readonly<Record<Language, string>> = { nl: "nl-BE", fr: "fr-BE", en: "en-GB" };

/** A mail that lets its reader in. Nothing of others stands in it but the time zone. */
export function signInLetter(kind: LetterKind, language: Language, expiresAt: number, timeZone: string) {
  const { subject, intro, link, until, once, ignore } = TEXTS[kind][language];
  const shown = { dateStyle: "long", timeStyle: "short", timeZone } as const;
  const letter: Letter = {
    language,
    subject,
    intro,
    facts: [[until, `${new Intl.DateTimeFormat(LOCALES[language], shown).format(expiresAt)} (${timeZone})`]],
    tables: [],
    link: { text: link, url: LINK_PLACE },
    closing: [once, ignore],
    footer: FOOTER[language],
  };
  return { subject: subjectOf(letter), text: letterText(letter), html: letterHtml(letter) };
}
