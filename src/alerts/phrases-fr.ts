import type { Phrases } from "./phrases.js";

// French counts zero and one as singular.
const one = (count: number) => count < 2;
const s = (count: number) => (one(count) ? "" : "s");
const statuses = (count: number) => `${count.toLocaleString("fr-BE")} statut${s(count)}`;

export const phrasesFr: Phrases = {
  locale: "fr-BE",
  colon: " : ",
  subject: {
    outage: (name, count) => (count === 0 ? `${name} est en panne` : `${name} : ${statuses(count)} non remis`),
    more: (name, count) => `${name} est toujours en panne : ${statuses(count)} de plus non remis`,
    recovery: (name, count) => `${name} fonctionne à nouveau : ${statuses(count)} remis`,
    givenUp: (name, count) => `${name} : ${statuses(count)} abandonné${s(count)}`,
    internal: (name, count) => `Erreur dans Waybell même : ${statuses(count)} pour ${name} non remis`,
    held: (name) => `${name} est suspendu : son paramétrage doit être corrigé`,
    disabling: (name, when) => `${name} sera désactivé le ${when}`,
    disabled: (name) => `${name} est désactivé`,
  },
  intro: {
    outage: (since) => `Depuis le ${since}, les statuts ne parviennent plus à ce webhook.`,
    more: (since) => `La panne qui a commencé le ${since} n'est pas terminée.`,
    recovery: (since, lasted) => `Les statuts arrivent à nouveau. La panne a commencé le ${since} et a duré ${lasted}.`,
    givenUp: "Waybell a renoncé à envoyer à ce webhook ce qui figure ci-dessous et ne réessaiera plus de lui-même.",
    internal:
      "Une erreur s'est produite à plusieurs reprises dans Waybell même pour des statuts destinés à ce webhook. Ils ne seront plus envoyés.",
    held: "Waybell n'envoie plus rien à ce webhook tant que son paramétrage n'a pas été corrigé.",
    disabling: (since, when) =>
      `Depuis le ${since}, toutes les tentatives d'envoi à ce webhook ont échoué. Si aucune n'aboutit d'ici là, Waybell désactivera le webhook le ${when}.`,
    disabled: "Ce webhook est désactivé. Waybell ne lui envoie plus rien.",
    failedForDays: (since) =>
      `Depuis le ${since}, toutes les tentatives d'envoi à ce webhook ont échoué. Waybell l'a donc désactivé et ne lui envoie plus rien.`,
  },
  list: {
    outage: (count) => (one(count) ? "Ce statut n'a pas été remis :" : `Ces ${statuses(count)} n'ont pas été remis :`),
    more: (count) =>
      one(count)
        ? "Ce statut s'est ajouté depuis le dernier e-mail et n'a pas été remis :"
        : `Ces ${statuses(count)} se sont ajoutés depuis le dernier e-mail et n'ont pas été remis :`,
    delivered: (count) =>
      one(count)
        ? "Ce statut a été remis depuis le début de la panne :"
        : `Ces ${statuses(count)} ont été remis depuis le début de la panne :`,
    givenUp: (count) => (one(count) ? "Ce statut a été abandonné :" : `Ces ${statuses(count)} ont été abandonnés :`),
    waiting: (count) =>
      one(count) ? "Ce statut n'a pas été envoyé :" : `Ces ${statuses(count)} n'ont pas été envoyés :`,
  },
  closing: {
    outage:
      "Waybell continue d'essayer, à intervalles croissants, et enverra un e-mail dès que la panne sera terminée. D'ici là, vous recevrez au plus un e-mail par heure, avec les statuts qui se seront ajoutés.",
    partlyGivenUp: (count) =>
      `${statuses(count)} de cette panne ${one(count) ? "a été abandonné" : "ont été abandonnés"}.`,
    stillWaiting: (count) =>
      one(count)
        ? `${statuses(count)} est encore en attente et sera envoyé sans que vous ayez à intervenir.`
        : `${statuses(count)} sont encore en attente et seront envoyés sans que vous ayez à intervenir.`,
    allArrived: "Plus aucun statut n'est en attente.",
    givenUp: "Une fois la cause corrigée, un administrateur peut tout faire renvoyer depuis Waybell.",
    internal:
      "Le journal de Waybell indique ce qui s'est passé. Une fois la cause corrigée, les statuts peuvent être renvoyés depuis Waybell.",
    held: "Rien n'est perdu : les statuts sont en attente et partiront dès que le paramétrage aura été corrigé.",
    disabling:
      "Pour l'éviter, corrigez la cause : il suffit qu'un statut soit remis. Modifier le paramétrage ou mettre le webhook en pause l'évite également.",
    disablingKeeps:
      "En cas de désactivation, rien n'est perdu : les statuts en attente sont conservés et pourront encore être envoyés une fois le webhook réactivé.",
    disabled:
      "Les statuts en attente sont conservés. Lorsque le webhook sera réactivé, on pourra choisir s'ils doivent encore être envoyés.",
  },
  label: {
    endpoint: "Webhook",
    endpoints: "Webhooks",
    customer: "Client",
    address: "Adresse",
    reason: "Raison",
    detail: "Détail technique",
    change: "À corriger",
    since: "Depuis",
    disablesAt: "Sera désactivé le",
    lasted: "Durée",
    order: "Commande",
    item: "Code-barres / conteneur",
    status: "Statut",
    code: "Code",
    description: "Description",
    time: "Moment du statut",
    why: "Pourquoi",
  },
  shown: (shown, total) => `${shown} sur ${total} figurent ici.`,
  attached: "La liste est jointe sous forme de fichier CSV.",
  attachedPart: (attached, total) => `${attached} sur ${total} figurent dans le fichier CSV joint.`,
  rest: "Voir la liste dans Waybell",
  restWithoutLink: (path) => `La liste complète se trouve dans Waybell sous ${path}.`,
  zone: (timeZone) => `Heures du fuseau horaire ${timeZone}.`,
  moreAddresses: (count) => `et ${count} de plus`,
  footer: "Cet e-mail a été rédigé automatiquement par Waybell. Les réponses ne sont pas lues.",
  shortTime: "moins d'une minute",
  unit: {
    day: (count) => `${count} jour${s(count)}`,
    hour: (count) => `${count} heure${s(count)}`,
    minute: (count) => `${count} minute${s(count)}`,
  },
};
