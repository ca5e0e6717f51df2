import type { Phrases } from "./phrases.js";

const statuses = (count: number) => `${count.toLocaleString("nl-BE")} ${count === 1 ? "status" : "statussen"}`;

export const phrasesNl: Phrases = {
  locale: "nl-BE",
  colon: ": ",
  subject: {
    outage: (name, count) => (count === 0 ? `${name} werkt niet` : `${name}: ${statuses(count)} niet aangekomen`),
    more: (name, count) => `${name} werkt nog steeds niet: nog ${statuses(count)} niet aangekomen`,
    recovery: (name, count) => `${name} werkt weer: ${statuses(count)} afgeleverd`,
    givenUp: (name, count) => `${name}: ${statuses(count)} opgegeven`,
    internal: (name, count) => `Fout in Waybell zelf: ${statuses(count)} voor ${name} niet afgeleverd`,
    held: (name) => `${name} staat stil: de instelling moet worden aangepast`,
    disabling: (name, when) => `${name} wordt op ${when} uitgeschakeld`,
    disabled: (name) => `${name} is uitgeschakeld`,
  },
  intro: {
    outage: (since) => `Sinds ${since} komen er geen statussen meer aan bij deze webhook.`,
    more: (since) => `De storing die op ${since} begon, is nog niet voorbij.`,
    recovery: (since, lasted) => `De statussen komen weer aan. De storing begon op ${since} en duurde ${lasted}.`,
    givenUp:
      "Waybell heeft de verzending naar deze webhook van wat hieronder staat opgegeven en probeert het niet meer uit zichzelf.",
    internal:
      "Er trad in Waybell zelf herhaaldelijk een fout op bij statussen voor deze webhook. Ze worden niet meer geprobeerd.",
    held: "Waybell verstuurt niets naar deze webhook tot de instelling is aangepast.",
    disabling: (since, when) =>
      `Sinds ${since} is elke poging om naar deze webhook te versturen mislukt. Als er geen enkele slaagt, schakelt Waybell de webhook op ${when} uit.`,
    disabled: "Deze webhook is uitgeschakeld. Waybell verstuurt er niets meer naartoe.",
    failedForDays: (since) =>
      `Sinds ${since} is elke poging om naar deze webhook te versturen mislukt. Daarom heeft Waybell hem uitgeschakeld. Er wordt niets meer naartoe verstuurd.`,
  },
  list: {
    outage: (count) =>
      count === 1 ? "Deze status is niet aangekomen:" : `Deze ${statuses(count)} zijn niet aangekomen:`,
    more: (count) =>
      count === 1
        ? "Deze status is er sinds de vorige mail bij gekomen en is niet aangekomen:"
        : `Deze ${statuses(count)} zijn er sinds de vorige mail bij gekomen en zijn niet aangekomen:`,
    delivered: (count) =>
      count === 1
        ? "Deze status is sinds het begin van de storing afgeleverd:"
        : `Deze ${statuses(count)} zijn sinds het begin van de storing afgeleverd:`,
    givenUp: (count) => (count === 1 ? "Deze status is opgegeven:" : `Deze ${statuses(count)} zijn opgegeven:`),
    waiting: (count) =>
      count === 1 ? "Deze status is niet verstuurd:" : `Deze ${statuses(count)} zijn niet verstuurd:`,
  },
  closing: {
    outage:
      "Waybell blijft het proberen, met steeds langere tussenpozen, en stuurt een mail zodra de storing voorbij is. Tot dan krijgt u hoogstens één mail per uur, met de statussen die erbij zijn gekomen.",
    partlyGivenUp: (count) => `${statuses(count)} van deze storing ${count === 1 ? "is" : "zijn"} opgegeven.`,
    stillWaiting: (count) =>
      `${statuses(count)} ${count === 1 ? "wacht" : "wachten"} nog; u hoeft niets te doen om ${count === 1 ? "die" : "ze"} te laten versturen.`,
    allArrived: "Er wachten geen statussen meer.",
    givenUp: "Zodra de oorzaak is verholpen, kan een beheerder alles vanuit Waybell opnieuw laten versturen.",
    internal:
      "In het logboek van Waybell staat wat er misging. Zodra de oorzaak is verholpen, kunnen de statussen vanuit Waybell opnieuw worden verstuurd.",
    held: "Er gaat niets verloren: de statussen wachten en vertrekken zodra de instelling is aangepast.",
    disabling:
      "Verhelp de oorzaak om dit te voorkomen: één status die aankomt, volstaat. Ook wie de instelling aanpast of de webhook pauzeert, voorkomt dit.",
    disablingKeeps:
      "Bij uitschakeling gaat er niets verloren: de wachtende statussen blijven bewaard en kunnen alsnog worden verstuurd zodra de webhook weer is ingeschakeld.",
    disabled:
      "De wachtende statussen blijven bewaard. Wordt de webhook weer ingeschakeld, dan kan men kiezen of ze alsnog worden verstuurd.",
  },
  label: {
    endpoint: "Webhook",
    endpoints: "Webhooks",
    customer: "Klant",
    address: "Adres",
    reason: "Reden",
    detail: "Technisch detail",
    change: "Wat te doen",
    since: "Sinds",
    disablesAt: "Wordt uitgeschakeld op",
    lasted: "Duur",
    order: "Order",
    item: "Barcode / container",
    status: "Status",
    code: "Code",
    description: "Omschrijving",
    time: "Tijdstip van de status",
    why: "Waarom",
  },
  shown: (shown, total) => `Hier staan er ${shown} van de ${total}.`,
  attached: "De lijst is bijgevoegd als CSV-bestand.",
  attachedPart: (attached, total) => `In het bijgevoegde CSV-bestand staan er ${attached} van de ${total}.`,
  rest: "Bekijk de lijst in Waybell",
  restWithoutLink: (path) => `De volledige lijst staat in Waybell onder ${path}.`,
  zone: (timeZone) => `Tijdstippen in de tijdzone ${timeZone}.`,
  moreAddresses: (count) => `en nog ${count}`,
  footer: "Deze mail is automatisch opgesteld door Waybell. Antwoorden worden niet gelezen.",
  shortTime: "minder dan een minuut",
  unit: {
    day: (count) => `${count} ${count === 1 ? "dag" : "dagen"}`,
    hour: (count) => `${count} uur`,
    minute: (count) => `${count} ${count === 1 ? "minuut" : "minuten"}`,
  },
};
