import type { Word } from "../word.js";

type Counted = Word<(count: string, of: string) => string>;

/** What is done to many deliveries at once. */
export const bulkVerbs = {
  retry: {
    title: { en: "Retry deliveries", nl: "Leveringen opnieuw proberen", fr: "Réessayer des livraisons" },
    meaning: {
      en: "They are tried again now, under the same ids; their schedule begins anew. Unless a state is chosen: those that failed.",
      nl: "Ze worden nu opnieuw geprobeerd, onder dezelfde id’s; hun schema begint opnieuw. Tenzij er een toestand gekozen is: die mislukt zijn.",
      fr: "Elles sont réessayées maintenant, sous les mêmes identifiants ; leur calendrier recommence. Sauf si un état est choisi : celles qui ont échoué.",
    },
    count: {
      en: (count) => `${count} deliveries will be tried again.`,
      nl: (count) => `${count} leveringen worden opnieuw geprobeerd.`,
      fr: (count) => `${count} livraisons seront réessayées.`,
    },
    go: { en: "Retry them", nl: "Opnieuw proberen", fr: "Les réessayer" },
    done: {
      en: (count, of) => `${count} of ${of} are being tried again`,
      nl: (count, of) => `${count} van ${of} worden opnieuw geprobeerd`,
      fr: (count, of) => `${count} sur ${of} sont réessayées`,
    },
  },
  replay: {
    title: { en: "Send again", nl: "Opnieuw versturen", fr: "Renvoyer" },
    meaning: {
      en: "The status of each is sent to the same endpoint once more, as a new delivery, also where it arrived before.",
      nl: "De status van elke levering wordt nog eens naar hetzelfde endpoint gestuurd, als nieuwe levering, ook waar ze al aankwam.",
      fr: "Le statut de chacune est envoyé une nouvelle fois au même endpoint, comme nouvelle livraison, même s’il était déjà arrivé.",
    },
    count: {
      en: (count) => `${count} new deliveries will be made.`,
      nl: (count) => `Er worden ${count} nieuwe leveringen gemaakt.`,
      fr: (count) => `${count} nouvelles livraisons seront créées.`,
    },
    go: { en: "Send them again", nl: "Opnieuw versturen", fr: "Les renvoyer" },
    done: {
      en: (count, of) => `${count} of ${of} new deliveries are made`,
      nl: (count, of) => `${count} van ${of} nieuwe leveringen zijn gemaakt`,
      fr: (count, of) => `${count} nouvelles livraisons sur ${of} sont créées`,
    },
  },
  cancel: {
    title: { en: "Cancel deliveries", nl: "Leveringen annuleren", fr: "Annuler des livraisons" },
    meaning: {
      en: "What still waits is not sent any more. It can be retried later.",
      nl: "Wat nog wacht, wordt niet meer verstuurd. Het kan later opnieuw geprobeerd worden.",
      fr: "Ce qui attend encore n’est plus envoyé. Il est possible de le réessayer plus tard.",
    },
    count: {
      en: (count) => `${count} deliveries that wait will be canceled.`,
      nl: (count) => `${count} wachtende leveringen worden geannuleerd.`,
      fr: (count) => `${count} livraisons en attente seront annulées.`,
    },
    go: { en: "Cancel them", nl: "Leveringen annuleren", fr: "Annuler ces livraisons" },
    done: {
      en: (count, of) => `${count} of ${of} are canceled`,
      nl: (count, of) => `${count} van ${of} zijn geannuleerd`,
      fr: (count, of) => `${count} sur ${of} sont annulées`,
    },
  },
} satisfies Readonly<Record<string, { title: Word; meaning: Word; count: Counted; go: Word; done: Counted }>>;

export const bulk = {
  which: { en: "Which", nl: "Welke", fr: "Lesquelles" },
  everything: { en: "All deliveries", nl: "Alle leveringen", fr: "Toutes les livraisons" },
  picked: {
    en: (count) => `The ${count} that were selected`,
    nl: (count) => `De ${count} die gekozen zijn`,
    fr: (count) => `Les ${count} qui ont été choisies`,
  },
  countingOn: { en: "Counting…", nl: "Bezig met tellen…", fr: "Comptage en cours…" },
  countOn: { en: "Count on", nl: "Verder tellen", fr: "Continuer le comptage" },
  notAll: {
    en: (count) => `Counted so far: ${count}. There are more to look at.`,
    nl: (count) => `Tot nu toe geteld: ${count}. Er is nog meer te bekijken.`,
    fr: (count) => `Comptées jusqu’ici : ${count}. Il en reste à examiner.`,
  },
  nothing: {
    en: "There is nothing to do: nothing fits, or nothing of it is in a state that allows this.",
    nl: "Er valt niets te doen: niets voldoet, of niets ervan is in een toestand die dit toelaat.",
    fr: "Il n’y a rien à faire : rien ne correspond, ou rien n’est dans un état qui le permette.",
  },
  working: { en: "At work", nl: "Bezig", fr: "En cours" },
  finished: { en: "Finished", nl: "Klaar", fr: "Terminé" },
  stopped: { en: "Stopped for now", nl: "Voorlopig gestopt", fr: "Arrêté pour l’instant" },
  continue: { en: "Continue", nl: "Verdergaan", fr: "Continuer" },
  stop: { en: "Stop here", nl: "Hier stoppen", fr: "Arrêter ici" },
  leaving: {
    en: "It goes on as long as this page is open. What is done stays done; keep the address of this page to go on later.",
    nl: "Het gaat verder zolang deze pagina open is. Wat gebeurd is, blijft gebeurd; bewaar het adres van deze pagina om later verder te gaan.",
    fr: "Cela continue tant que cette page est ouverte. Ce qui est fait reste fait ; gardez l’adresse de cette page pour continuer plus tard.",
  },
  nothingPicked: {
    en: "Nothing was selected. Tick deliveries in the list, or choose among what is done to all that fit.",
    nl: "Er is niets geselecteerd. Vink leveringen aan in de lijst, of kies wat er met alle passende gebeurt.",
    fr: "Rien n’a été sélectionné. Cochez des livraisons dans la liste, ou choisissez parmi ce qui se fait à toutes.",
  },
  toList: { en: "To the deliveries", nl: "Naar de leveringen", fr: "Vers les livraisons" },
} satisfies Readonly<Record<string, Word | Word<(count: string) => string>>>;
