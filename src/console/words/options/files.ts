import { httpOptions } from "./http.js";
import type { OptionWords } from "./option.js";

/** The options of FTP, FTPS and SFTP. */
export const fileOptions: OptionWords = {
  host: {
    label: { en: "Server", nl: "Server", fr: "Serveur" },
    help: { en: "Its name or address.", nl: "De naam of het adres ervan.", fr: "Son nom ou son adresse." },
  },
  port: {
    label: { en: "Port", nl: "Poort", fr: "Port" },
    help: {
      en: "Empty: the usual one (FTP 21, implicit TLS 990, SFTP 22).",
      nl: "Leeg: de gebruikelijke (FTP 21, impliciete TLS 990, SFTP 22).",
      fr: "Vide : le port habituel (FTP 21, TLS implicite 990, SFTP 22).",
    },
  },
  tls: {
    label: { en: "Encryption", nl: "Versleuteling", fr: "Chiffrement" },
    help: {
      en: "Explicit: FTPS on the ordinary port; implicit: FTPS from the start. Usually none.",
      nl: "Expliciet: FTPS op de gewone poort; impliciet: FTPS vanaf het begin. Gewoonlijk geen.",
      fr: "Explicite : FTPS sur le port ordinaire ; implicite : FTPS dès le début. D’ordinaire aucun.",
    },
  },
  username: {
    label: { en: "User name", nl: "Gebruikersnaam", fr: "Nom d’utilisateur" },
    help: { en: "Of the login.", nl: "Van de aanmelding.", fr: "Pour la connexion." },
  },
  password: {
    label: { en: "Password", nl: "Wachtwoord", fr: "Mot de passe" },
    help: { en: "Kept encrypted.", nl: "Wordt versleuteld bewaard.", fr: "Conservé chiffré." },
  },
  privateKey: {
    label: { en: "Private key", nl: "Private sleutel", fr: "Clé privée" },
    help: {
      en: "In OpenSSH or PEM form, instead of a password.",
      nl: "In OpenSSH- of PEM-vorm, in plaats van een wachtwoord.",
      fr: "Au format OpenSSH ou PEM, au lieu d’un mot de passe.",
    },
  },
  passphrase: {
    label: { en: "Passphrase", nl: "Wachtwoordzin", fr: "Phrase secrète" },
    help: { en: "Of the private key.", nl: "Van de private sleutel.", fr: "De la clé privée." },
  },
  hostKey: {
    label: { en: "Host key fingerprints", nl: "Vingerafdrukken van de hostsleutel", fr: "Empreintes de la clé d’hôte" },
    help: {
      en: "SHA256:…, one on each line. Needed to send; test the connection to see what the server offers.",
      nl: "SHA256:…, één per regel. Nodig om te verzenden; test de verbinding om te zien wat de server aanbiedt.",
      fr: "SHA256:…, une par ligne. Nécessaire pour envoyer ; testez la connexion pour voir ce que le serveur présente.",
    },
  },
  ca: httpOptions.ca as OptionWords[string],
  fingerprint: {
    label: { en: "Certificate fingerprint", nl: "Vingerafdruk van het certificaat", fr: "Empreinte du certificat" },
    help: {
      en: "SHA256:…: the one certificate to trust, such as a self-signed one.",
      nl: "SHA256:…: het enige certificaat om te vertrouwen, bijvoorbeeld een zelfondertekend.",
      fr: "SHA256:… : le seul certificat à accepter, par exemple auto-signé.",
    },
  },
  directory: {
    label: { en: "Folder", nl: "Map", fr: "Dossier" },
    help: {
      en: "Empty: the one that the login lands in.",
      nl: "Leeg: die waarin de aanmelding terechtkomt.",
      fr: "Vide : celui où la connexion arrive.",
    },
  },
  createDirectory: {
    label: { en: "Make the folder", nl: "Map aanmaken", fr: "Créer le dossier" },
    help: { en: "If it is not there.", nl: "Als ze er niet is.", fr: "S’il n’existe pas." },
  },
  upload: {
    label: { en: "Writing", nl: "Schrijven", fr: "Écriture" },
    help: {
      en: "Usually under another name, renamed when the file is whole; directly where a server knows no rename.",
      nl: "Gewoonlijk onder een andere naam, hernoemd als het bestand volledig is; rechtstreeks waar een server niet hernoemt.",
      fr: "D’ordinaire sous un autre nom, renommé une fois complet ; directement si le serveur ne renomme pas.",
    },
  },
  temporarySuffix: {
    label: {
      en: "Ending while it is written",
      nl: "Uitgang tijdens het schrijven",
      fr: "Terminaison pendant l’écriture",
    },
    help: { en: "By default .part.", nl: "Standaard .part.", fr: "Par défaut .part." },
  },
  doneMarker: {
    label: { en: "Ending of a done-marker", nl: "Uitgang van een klaar-bestand", fr: "Terminaison du fichier témoin" },
    help: {
      en: "An empty file that is written after each one; empty: none.",
      nl: "Een leeg bestand dat na elk bestand geschreven wordt; leeg: geen.",
      fr: "Un fichier vide écrit après chaque fichier ; vide : aucun.",
    },
  },
};
