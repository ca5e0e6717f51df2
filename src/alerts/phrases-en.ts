import type { Phrases } from "./phrases.js";

const statuses = (count: number) => `${count.toLocaleString("en-GB")} ${count === 1 ? "status" : "statuses"}`;
const unit = (word: string) => (count: number) => `${count} ${word}${count === 1 ? "" : "s"}`;

export const phrasesEn: Phrases = {
  locale: "en-GB",
  colon: ": ",
  subject: {
    outage: (name, count) => (count === 0 ? `${name} is failing` : `${name}: ${statuses(count)} did not arrive`),
    more: (name, count) => `${name} is still failing: ${statuses(count)} more did not arrive`,
    recovery: (name, count) => `${name} works again: ${statuses(count)} delivered`,
    givenUp: (name, count) => `${name}: ${statuses(count)} given up`,
    internal: (name, count) => `Fault within Waybell: ${statuses(count)} for ${name} not delivered`,
    held: (name) => `${name} is on hold: its setting must be changed`,
    disabling: (name, when) => `${name} will be disabled on ${when}`,
    disabled: (name) => `${name} is disabled`,
  },
  intro: {
    outage: (since) => `Statuses have not been arriving at this endpoint since ${since}.`,
    more: (since) => `The outage that began on ${since} is not over.`,
    recovery: (since, lasted) => `Statuses are arriving again. The outage began on ${since} and lasted ${lasted}.`,
    givenUp: "Waybell has given up sending what is listed below to this endpoint, and will not try again by itself.",
    internal: "Waybell itself failed on statuses for this endpoint, again and again, and does not try them any more.",
    held: "Waybell sends nothing to this endpoint until its setting is changed.",
    disabling: (since, when) =>
      `Every attempt to send to this endpoint has failed since ${since}. Unless one succeeds, Waybell disables the endpoint on ${when}.`,
    disabled: "This endpoint is disabled. Waybell sends nothing to it any more.",
    failedForDays: (since) =>
      `Every attempt to send to this endpoint has failed since ${since}. Waybell has therefore disabled it, as was announced, and sends nothing to it any more.`,
  },
  list: {
    outage: (count) => (count === 1 ? "This status did not arrive:" : `These ${statuses(count)} did not arrive:`),
    more: (count) =>
      count === 1
        ? "This status was added since the last mail and did not arrive:"
        : `These ${statuses(count)} were added since the last mail and did not arrive:`,
    delivered: (count) =>
      count === 1
        ? "This status was delivered since the outage began:"
        : `These ${statuses(count)} were delivered since the outage began:`,
    givenUp: (count) => (count === 1 ? "This status was given up:" : `These ${statuses(count)} were given up:`),
    waiting: (count) =>
      count === 1 ? "This status has not been sent:" : `These ${statuses(count)} have not been sent:`,
  },
  closing: {
    outage:
      "Waybell keeps trying, at growing intervals, and sends a mail when the outage is over. Until then you get at most one mail an hour, with the statuses added since.",
    partlyGivenUp: (count) => `${statuses(count)} of this outage ${count === 1 ? "was" : "were"} given up.`,
    stillWaiting: (count) =>
      `${statuses(count)} still ${count === 1 ? "waits" : "wait"} and will be sent without your doing anything.`,
    allArrived: "No status is waiting any more.",
    givenUp: "Once the cause is cured, an administrator can have everything sent again from Waybell.",
    internal:
      "Waybell's log says what went wrong. Once the cause is cured, the statuses can be sent again from Waybell.",
    held: "Nothing is lost: the statuses wait, and go out as soon as the setting has been changed.",
    disabling:
      "To prevent it, cure the cause: one status that arrives is enough. Changing the setting, or pausing the endpoint, prevents it too.",
    disablingKeeps:
      "Nothing is lost if it is disabled: the statuses that wait are kept, and can still be sent when the endpoint is enabled again.",
    disabled:
      "The statuses that wait are kept. When the endpoint is enabled again, one can choose whether they are still sent.",
  },
  label: {
    endpoint: "Endpoint",
    endpoints: "Endpoints",
    customer: "Customer",
    address: "Address",
    reason: "Reason",
    detail: "Technical detail",
    change: "What to change",
    since: "Since",
    disablesAt: "Will be disabled on",
    lasted: "Duration",
    order: "Order",
    item: "Barcode / container",
    status: "Status",
    code: "Code",
    description: "Description",
    time: "Time of the status",
    why: "Why",
  },
  shown: (shown, total) => `${shown} of ${total} are listed here.`,
  attached: "The list is attached as a CSV file.",
  attachedPart: (attached, total) => `${attached} of ${total} are in the attached CSV file.`,
  rest: "See the list in Waybell",
  restWithoutLink: (path) => `Waybell has the whole list under ${path}.`,
  zone: (timeZone) => `Times are in the time zone ${timeZone}.`,
  moreAddresses: (count) => `and ${count} more`,
  footer: "This mail was written by Waybell. Answers to it are not read.",
  shortTime: "less than a minute",
  unit: { day: unit("day"), hour: unit("hour"), minute: unit("minute") },
};
