import type { Word } from "../word.js";

/** Signing in, by password or by a link. */
export const signInWords = {
  title: { en: "Sign in", nl: "Aanmelden", fr: "Se connecter" },
  email: { en: "E-mail address", nl: "E-mailadres", fr: "Adresse e-mail" },
  password: { en: "Password", nl: "Wachtwoord", fr: "Mot de passe" },
  signIn: { en: "Sign in", nl: "Aanmelden", fr: "Se connecter" },
  singleSignOn: {
    en: "Sign in with your organisation",
    nl: "Aanmelden met uw organisatie",
    fr: "Se connecter avec votre organisation",
  },
  byLink: { en: "Without a password", nl: "Zonder wachtwoord", fr: "Sans mot de passe" },
  byLinkHelp: {
    en: "Do you receive deliveries? Enter your e-mail address, and a link to sign in is sent to it.",
    nl: "Ontvangt u leveringen? Geef uw e-mailadres op; u krijgt daar een link om aan te melden.",
    fr: "Recevez-vous des livraisons ? Indiquez votre adresse e-mail : un lien de connexion vous y est envoyé.",
  },
  sendLink: { en: "Send me a link", nl: "Stuur mij een link", fr: "M’envoyer un lien" },
  noLinks: {
    en: "Links cannot be sent yet: the administrator has to set",
    nl: "Links kunnen nog niet verstuurd worden: de beheerder moet dit nog instellen:",
    fr: "L’envoi de liens n’est pas encore possible : l’administrateur doit définir",
  },
  sentTitle: { en: "Look in your mail", nl: "Kijk in uw mail", fr: "Consultez vos e-mails" },
  sent: {
    en: "If this address is known here, a link is on its way. It is good for 15 minutes, and for one use.",
    nl: "Als dit adres hier bekend is, is er een link onderweg. Hij is 15 minuten geldig, voor één keer.",
    fr: "Si cette adresse est connue ici, un lien est en route. Il est valable 15 minutes et ne sert qu’une fois.",
  },
  again: { en: "Back to signing in", nl: "Terug naar aanmelden", fr: "Retour à la connexion" },
  wrong: {
    en: "The address or the password is wrong.",
    nl: "Het adres of het wachtwoord is fout.",
    fr: "L’adresse ou le mot de passe est incorrect.",
  },
  busy: {
    en: "Too many people sign in at this moment. Try again in a few seconds.",
    nl: "Te veel mensen melden zich nu aan. Probeer het over enkele seconden opnieuw.",
    fr: "Trop de personnes se connectent en ce moment. Réessayez dans quelques secondes.",
  },
  portal: {
    en: "These pages are not switched on for you. Ask whoever sends you the deliveries.",
    nl: "Deze pagina’s zijn niet voor u ingeschakeld. Vraag het aan wie u de leveringen stuurt.",
    fr: "Ces pages ne sont pas activées pour vous. Adressez-vous à celui qui vous envoie les livraisons.",
  },
  providerFailed: {
    en: "Signing in with your organisation did not work. Try again, or sign in with your password.",
    nl: "Aanmelden met uw organisatie is niet gelukt. Probeer het opnieuw, of meld u aan met uw wachtwoord.",
    fr: "La connexion avec votre organisation a échoué. Réessayez, ou connectez-vous avec votre mot de passe.",
  },
} satisfies Readonly<Record<string, Word>>;

/** After too many wrong passwords. */
export const waitWord: Word<(seconds: string) => string> = {
  en: (seconds) => `Too many wrong attempts. Wait ${seconds} s and try again.`,
  nl: (seconds) => `Te veel foute pogingen. Wacht ${seconds} s en probeer het opnieuw.`,
  fr: (seconds) => `Trop de tentatives incorrectes. Attendez ${seconds} s et réessayez.`,
};

/** What a link leads to. */
export const welcomeWords = {
  gone: { en: "This link is of no use any more", nl: "Deze link werkt niet meer", fr: "Ce lien n’est plus valable" },
  goneHelp: {
    en: "It was used, has expired, or was replaced by a newer one.",
    nl: "Hij is gebruikt, verlopen, of vervangen door een nieuwere.",
    fr: "Il a été utilisé, a expiré ou a été remplacé par un plus récent.",
  },
  firstAdmin: { en: "Welcome to Waybell", nl: "Welkom bij Waybell", fr: "Bienvenue dans Waybell" },
  firstAdminHelp: {
    en: "Make your account: the first, which may do everything. You invite the others from there.",
    nl: "Maak uw account: het eerste, dat alles mag. Van daaruit nodigt u de anderen uit.",
    fr: "Créez votre compte : le premier, qui peut tout faire. C’est de là que vous inviterez les autres.",
  },
  invitation: { en: "Choose your password", nl: "Kies uw wachtwoord", fr: "Choisissez votre mot de passe" },
  password: { en: "Choose a new password", nl: "Kies een nieuw wachtwoord", fr: "Choisissez un nouveau mot de passe" },
  portal: { en: "Sign in", nl: "Aanmelden", fr: "Se connecter" },
  portalHelp: {
    en: "You sign in with the address",
    nl: "U meldt zich aan met het adres",
    fr: "Vous vous connectez avec l’adresse",
  },
  choose: { en: "Whose deliveries?", nl: "Wiens leveringen?", fr: "Les livraisons de qui ?" },
  forAddress: { en: "For the address", nl: "Voor het adres", fr: "Pour l’adresse" },
  name: { en: "Your name", nl: "Uw naam", fr: "Votre nom" },
  passwordHelp: {
    en: "At least 12 characters. Some words in a row are easy to remember.",
    nl: "Minstens 12 tekens. Enkele woorden na elkaar onthoudt u gemakkelijk.",
    fr: "Au moins 12 caractères. Quelques mots à la suite se retiennent facilement.",
  },
  go: { en: "Save and sign in", nl: "Opslaan en aanmelden", fr: "Enregistrer et se connecter" },
} satisfies Readonly<Record<string, Word>>;

/** What is wrong with what was chosen. */
export const faultWords = {
  short: { en: "has fewer than 12 characters", nl: "telt minder dan 12 tekens", fr: "compte moins de 12 caractères" },
  long: { en: "is longer than 200 bytes", nl: "is langer dan 200 bytes", fr: "dépasse 200 octets" },
  email: { en: "is not an e-mail address", nl: "is geen e-mailadres", fr: "n’est pas une adresse e-mail" },
  name: { en: "is longer than 200 characters", nl: "is langer dan 200 tekens", fr: "dépasse 200 caractères" },
  taken: { en: "is a user’s already", nl: "is al van een gebruiker", fr: "est déjà celle d’un utilisateur" },
  password: { en: "is not your password", nl: "is niet uw wachtwoord", fr: "n’est pas votre mot de passe" },
} satisfies Readonly<Record<string, Word>>;
