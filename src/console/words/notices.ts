import type { Word } from "../word.js";

/** What is said once after something was done, by its name in the address: texts of others never get there. */
export const notices = {
  saved: { en: () => "Saved.", nl: () => "Opgeslagen.", fr: () => "Enregistré." },
  created: { en: () => "Created.", nl: () => "Aangemaakt.", fr: () => "Créé." },
  passwordChanged: {
    en: () => "The password is changed.",
    nl: () => "Het wachtwoord is gewijzigd.",
    fr: () => "Le mot de passe est changé.",
  },
  sessionEnded: { en: () => "Signed out there.", nl: () => "Daar afgemeld.", fr: () => "Déconnecté." },
  keyRevoked: {
    en: () => "The key is revoked.",
    nl: () => "De sleutel is ingetrokken.",
    fr: () => "La clé est révoquée.",
  },
  userDisabled: {
    en: () => "The user is disabled, and signed out.",
    nl: () => "De gebruiker is uitgeschakeld en afgemeld.",
    fr: () => "L’utilisateur est désactivé et déconnecté.",
  },
  notDone: {
    en: () => "Nothing was done: the page was from before you signed in again. It is up to date now.",
    nl: () => "Er is niets gebeurd: de pagina was van voor u zich opnieuw aanmeldde. Nu is ze bijgewerkt.",
    fr: () => "Rien n’a été fait : la page datait d’avant votre reconnexion. Elle est maintenant à jour.",
  },
  deleted: { en: () => "Deleted.", nl: () => "Verwijderd.", fr: () => "Supprimé." },
  imported: {
    en: (count: string) => `Imported: ${count} changed.`,
    nl: (count: string) => `Ingelezen: ${count} gewijzigd.`,
    fr: (count: string) => `Importé : ${count} modifiés.`,
  },
  deliveryRetried: {
    en: () => "It is tried again now.",
    nl: () => "Ze wordt nu opnieuw geprobeerd.",
    fr: () => "Elle est réessayée maintenant.",
  },
  deliveryCanceled: { en: () => "Canceled.", nl: () => "Geannuleerd.", fr: () => "Annulée." },
  deliveryReplayed: {
    en: () => "It is sent again, as a new delivery.",
    nl: () => "Ze wordt opnieuw verstuurd, als nieuwe levering.",
    fr: () => "Elle est renvoyée, comme nouvelle livraison.",
  },
} satisfies Readonly<Record<string, Word<(count: string) => string>>>;

export type NoticeName = keyof typeof notices;

/** Those that tell of nothing good. */
export const WARNINGS: ReadonlySet<string> = new Set<NoticeName>(["notDone"]);

/** An address with the notice that is shown there. */
export function withNotice(path: string, notice: NoticeName, count?: number): string {
  const [address = "", query = ""] = path.split("?");
  const parameters = new URLSearchParams(query);
  parameters.set("notice", notice);
  if (count !== undefined) parameters.set("count", String(count));
  return `${address}?${parameters}`;
}
