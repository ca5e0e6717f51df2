import type { Word } from "../word.js";

/** What becomes of a form whose session has ended. */
export const endedWords = {
  ended: {
    en: "Your session has ended.",
    nl: "Uw sessie is afgelopen.",
    fr: "Votre session est terminée.",
  },
  stays: {
    en: "What you have typed here stays: sign in again in a new tab, then go on here.",
    nl: "Wat u hier invulde, blijft staan: meld u opnieuw aan in een nieuw tabblad en ga dan hier verder.",
    fr: "Ce que vous avez saisi ici reste : reconnectez-vous dans un nouvel onglet, puis continuez ici.",
  },
  renewed: {
    en: "You have signed in again. What you have typed here stays. If you save it, the form comes back once more, with all but passwords and keys; anything else here works again once the page is loaded anew.",
    nl: "U bent weer aangemeld. Wat u hier invulde, blijft staan. Slaat u het op, dan komt het formulier nog één keer terug, met alles behalve wachtwoorden en sleutels; al het andere hier werkt weer als u de pagina opnieuw laadt.",
    fr: "Vous êtes reconnecté. Ce que vous avez saisi ici reste. Si vous l’enregistrez, le formulaire revient une dernière fois, avec tout sauf les mots de passe et les clés ; le reste fonctionne de nouveau une fois la page rechargée.",
  },
  signIn: { en: "Sign in again", nl: "Opnieuw aanmelden", fr: "Se reconnecter" },
  kept: {
    en: "Nothing is saved yet. Sign in again, and the form comes back with what you typed, but for passwords and keys.",
    nl: "Er is nog niets opgeslagen. Meld u opnieuw aan: u krijgt het formulier terug met wat u invulde, behalve wachtwoorden en sleutels.",
    fr: "Rien n’est encore enregistré. Reconnectez-vous : le formulaire revient avec votre saisie, sauf les mots de passe et les clés.",
  },
  tooLong: {
    en: "Nothing was saved, and what you typed is too long to be kept. Your browser’s back button may still have it.",
    nl: "Er is niets opgeslagen, en wat u invulde is te lang om te bewaren. Misschien heeft de vorige-knop van uw browser het nog.",
    fr: "Rien n’a été enregistré, et votre saisie est trop longue pour être conservée. Le bouton « précédent » de votre navigateur l’a peut-être encore.",
  },
  otherTab: {
    en: "If you have signed in in another tab, go on here:",
    nl: "Hebt u zich in een ander tabblad aangemeld, ga dan hier verder:",
    fr: "Si vous vous êtes reconnecté dans un autre onglet, continuez ici :",
  },
  goOn: { en: "Show what I typed", nl: "Toon wat ik invulde", fr: "Afficher ma saisie" },
  back: {
    en: "This is what you typed before your session ended. Nothing is saved yet: fill in passwords and keys anew, then save.",
    nl: "Dit vulde u in voor uw sessie afliep. Er is nog niets opgeslagen: vul wachtwoorden en sleutels opnieuw in en sla dan op.",
    fr: "Voici ce que vous aviez saisi avant la fin de votre session. Rien n’est encore enregistré : saisissez à nouveau les mots de passe et les clés, puis enregistrez.",
  },
  signedIn: { en: "You are signed in again", nl: "U bent weer aangemeld", fr: "Vous êtes reconnecté" },
} satisfies Readonly<Record<string, Word>>;

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
