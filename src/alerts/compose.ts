import { newId } from "../ids.js";
import { failureReason, whatToChange } from "../reasons/reasons.js";
import type { MailDraft, MailKind } from "../store/alert-types.js";
import { type Letter, type LetterTable, letterHtml, letterText, subjectOf } from "./letter.js";
import { attachmentOf, deliveriesPath, type StatusList, tableOf } from "./lists.js";
import { isolated } from "./safe-text.js";
import { durationText, phrases } from "./texts.js";
import { at, type LaneView } from "./view.js";

const MAX_NAME = 80;

type Parts = Pick<Letter, "subject" | "intro" | "closing"> & {
  readonly facts: Letter["facts"];
  readonly tables: readonly LetterTable[];
  /** Of the list of deliveries that shows what the mail is about. */
  readonly path: string;
};

export function letterOf(view: LaneView, parts: Parts): Letter {
  const { label, rest, footer, attached, zone } = phrases(view.language);
  const { customer } = view.owner;
  const customerText = customer.name === customer.id ? customer.id : `${customer.name} (${customer.id})`;
  const own: [string, string][] = [
    [view.owner.endpointCount > 1 ? label.endpoints : label.endpoint, view.name],
    [label.customer, customerText],
    [label.address, view.addresses],
  ];
  const { publicUrl } = view;
  const url = publicUrl ? publicUrl.replace(/\/+$/, "") + parts.path : null;
  return {
    language: view.language,
    subject: parts.subject,
    intro: parts.intro,
    facts: [...own, ...parts.facts].filter(([, value]) => value !== ""),
    tables: parts.tables,
    link: url && parts.tables.length > 0 ? { text: rest, url } : null,
    closing: [...(parts.tables.length > 0 ? [`${attached} ${zone(view.timeZone)}`] : []), ...parts.closing],
    footer,
  };
}

export function draft(kind: MailKind, recipients: readonly string[], letter: Letter, csv: string | null): MailDraft {
  return {
    id: newId("mail"),
    kind,
    recipients,
    subject: subjectOf(letter),
    text: letterText(letter),
    html: letterHtml(letter),
    csv,
  };
}

export const shortName = (view: LaneView) => isolated(view.name, MAX_NAME);

/** The last failure in plain words and, where that says more, as it was recorded. */
export function failureFacts(view: LaneView, text: string): [string, string][] {
  const { label } = phrases(view.language);
  const reason = failureReason({ ...view.lane, text }, view.language);
  return [[label.reason, reason], ...(text !== reason ? [[label.detail, text] as [string, string]] : [])];
}

/** Statuses do not arrive; `more` after the first mail of the outage. */
export function outageMail(view: LaneView, recipients: readonly string[], list: StatusList, more: boolean): MailDraft {
  const { subject, intro, list: titles, closing, label } = phrases(view.language);
  const since = at(view, view.lane.failingSince ?? view.now);
  const attached = attachmentOf(view, [list]);
  const path = deliveriesPath(view, { state: "pending" });
  const failed = list.lines.filter(({ state }) => state === "failed").length;
  const title = more ? titles.more(list.total) : titles.outage(list.total);
  const letter = letterOf(view, {
    subject: (more ? subject.more : subject.outage)(shortName(view), list.total),
    intro: (more ? intro.more : intro.outage)(since),
    facts: [...failureFacts(view, view.lane.text), [label.since, since]],
    tables: attached ? [tableOf(view, list, { title, why: false, path, attached: attached.rows })] : [],
    closing: [...(failed > 0 ? [closing.partlyGivenUp(failed)] : []), closing.outage],
    path,
  });
  return draft("outage", recipients, letter, attached?.text ?? null);
}

/** What became of an outage's statuses. */
export interface Outcome {
  readonly delivered: StatusList;
  readonly failed: StatusList;
  readonly waiting: number;
  readonly endedAt: number;
}

/** The outage is over. */
export function recoveryMail(view: LaneView, recipients: readonly string[], outcome: Outcome): MailDraft {
  const { subject, intro, list: titles, closing, label } = phrases(view.language);
  const { delivered, failed, waiting, endedAt } = outcome;
  const began = view.lane.failingSince ?? view.now;
  const lasted = durationText(endedAt - began, view.language);
  const attached = attachmentOf(view, [failed, delivered]);
  const failedRows = Math.min(attached?.rows ?? 0, failed.lines.length);
  const deliveredRows = (attached?.rows ?? 0) - failedRows;
  const from = new Date(began).toISOString();
  const tables = [
    {
      list: delivered,
      title: titles.delivered(delivered.total),
      why: false,
      state: "delivered",
      attached: deliveredRows,
    },
    { list: failed, title: titles.givenUp(failed.total), why: true, state: "failed", attached: failedRows },
  ].filter(({ list }) => list.total > 0);
  const letter = letterOf(view, {
    subject: subject.recovery(shortName(view), delivered.total),
    intro: intro.recovery(at(view, began), lasted),
    facts: [
      [label.since, at(view, began)],
      [label.lasted, lasted],
    ],
    tables: tables.map(({ list, state, ...rest }) =>
      tableOf(view, list, { ...rest, path: deliveriesPath(view, { state, from }) }),
    ),
    closing: [waiting > 0 ? closing.stillWaiting(waiting) : closing.allArrived],
    path: deliveriesPath(view, { from }),
  });
  return draft("recovery", recipients, letter, attached?.text ?? null);
}

/** Deliveries were given up, by the receiver's fault or (`internal`) by Waybell's own. */
export function givenUpMail(
  view: LaneView,
  recipients: readonly string[],
  list: StatusList,
  kind: "given_up" | "internal",
): MailDraft {
  const { subject, intro, list: titles, closing } = phrases(view.language);
  const attached = attachmentOf(view, [list]);
  const path = deliveriesPath(view, { state: "failed" });
  const title = titles.givenUp(list.total);
  const letter = letterOf(view, {
    subject: (kind === "internal" ? subject.internal : subject.givenUp)(shortName(view), list.total),
    intro: kind === "internal" ? intro.internal : intro.givenUp,
    facts: [],
    tables: [tableOf(view, list, { title, why: true, path, attached: attached?.rows ?? 0 })],
    closing: [kind === "internal" ? closing.internal : closing.givenUp],
    path,
  });
  return draft(kind, recipients, letter, attached?.text ?? null);
}

/** Nothing is sent any more: the setting is wrong (`held`), or the endpoint was disabled. `list` is what waits. */
export function stoppedMail(
  view: LaneView,
  recipients: readonly string[],
  list: StatusList,
  kind: "held" | "disabled",
  why: string,
): MailDraft {
  const { subject, intro, list: titles, closing, label } = phrases(view.language);
  const attached = attachmentOf(view, [list]);
  const path = deliveriesPath(view, { state: "pending" });
  const known = kind === "held" || view.lane.code === "http_410";
  const change: [string, string] = [label.change, whatToChange(view.lane.code, view.language)];
  const letter = letterOf(view, {
    subject: subject[kind](shortName(view)),
    intro: intro[kind],
    facts: [
      ...(known ? failureFacts(view, why) : [[label.reason, why] as const]),
      ...(kind === "held" ? [change] : []),
    ],
    tables: attached
      ? [tableOf(view, list, { title: titles.waiting(list.total), why: false, path, attached: attached.rows })]
      : [],
    closing: [closing[kind]],
    path,
  });
  return draft(kind, recipients, letter, attached?.text ?? null);
}
