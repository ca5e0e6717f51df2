import type { StepCode } from "../../../schemas/rules/rules.js";
import type { Word } from "../../word.js";
import type { Translated } from "./translated.js";

/** What the steps of a connection test say that succeed, in other languages than the API's. */
export const stepWords: Readonly<Record<StepCode, Translated>> = {
  addresses: { nl: "{addresses}", fr: "{addresses}" },
  connected: { nl: "verbonden met {address}, poort {port}", fr: "connecté à {address}, port {port}" },
  reached: { nl: "{address}:{port}", fr: "{address}:{port}" },
  greeting: { nl: "De server zegt: {text}", fr: "Le serveur dit : {text}" },
  tls_until: { nl: "{protocol}, certificaat geldig tot {day}", fr: "{protocol}, certificat valide jusqu’au {day}" },
  tls_ready: { nl: "{protocol}", fr: "{protocol}" },
  token_from: {
    nl: "Er is een token gemaakt: van {host}, {seconds} s geldig.",
    fr: "Un jeton a été obtenu : de {host}, valide {seconds} s.",
  },
  token_signed: {
    nl: "Er is een token gemaakt: ondertekend met {algorithm}, {seconds} s geldig.",
    fr: "Un jeton a été créé : signé avec {algorithm}, valide {seconds} s.",
  },
  answered: {
    nl: "De server antwoordt via HTTP: {status} op een OPTIONS-verzoek. Er is niets afgeleverd.",
    fr: "Le serveur répond en HTTP : {status} à une requête OPTIONS. Rien n’a été livré.",
  },
  pinned: { nl: "{fingerprint}", fr: "{fingerprint}" },
  logged_in: { nl: "aangemeld als {username}", fr: "connecté en tant que {username}" },
  written: { nl: "{bytes} bytes geschreven", fr: "{bytes} octets écrits" },
  written_unsized: {
    nl: "geschreven; de server zegt niet hoe groot het is",
    fr: "écrit ; le serveur n’en indique pas la taille",
  },
};

/** What stands before a server's own words. */
export const serverSays: Word = { en: "The server says:", nl: "De server zegt:", fr: "Le serveur dit :" };
