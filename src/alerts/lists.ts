import { failureReason, givenUpReason } from "../reasons/reasons.js";
import type { StatusLine } from "../store/alert-lists.js";
import { csvFile } from "../tables/csv.js";
import { formatLocal } from "../time.js";
import type { Language } from "../types.js";
import type { LetterTable } from "./letter.js";
import { descriptionIn, phrases } from "./texts.js";
import { at, count, type LaneView } from "./view.js";

/** Statuses that a mail is about: all of them by number, the first ones line by line. */
export interface StatusList {
  readonly total: number;
  readonly lines: readonly StatusLine[];
}

const SHOWN = 100;
/** Attached at most; mail servers refuse what is far larger than 10 MB. */
export const ATTACHED = 10_000;
const ATTACHED_BYTES = 5_000_000;

const CSV_HEAD = [
  "order",
  "barcode",
  "container",
  "status",
  "statusCode",
  "description",
  "statusTime",
  "state",
  "reason",
  "endpoint",
  "delivery",
];

/** The last error; what was recorded is English, and says more than the words of its code. */
function lastErrorText({ fault, code, lastError }: StatusLine, language: Language): string {
  return language === "en" || lastError === "" ? lastError : failureReason({ fault, code, text: lastError }, language);
}

/** Why a delivery was given up, with its last error. */
function whyText(line: StatusLine, view: LaneView): string {
  const last = lastErrorText(line, view.language);
  if (line.state !== "failed") return last;
  const why = givenUpReason(line.reason, view.language);
  return last === "" ? why : why + phrases(view.language).colon + last;
}

/** `2023-07-19 11:06:49`, as spreadsheets read it. */
function sortableTime(ms: number, timeZone: string): string {
  return formatLocal(ms, timeZone).replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3 $4:$5:$6");
}

const csvRow = (line: StatusLine, view: LaneView) => [
  line.order,
  line.barcode,
  line.container,
  line.status,
  line.statusCode,
  descriptionIn(line.descriptions, view.language),
  sortableTime(line.statusTime, view.timeZone),
  line.state,
  line.state === "delivered" ? "" : whyText(line, view),
  line.endpointId,
  line.deliveryId,
];

/** The lists as one CSV file; null where they are empty. */
export function attachmentOf(view: LaneView, lists: readonly StatusList[]): { text: string; rows: number } | null {
  const lines = lists.flatMap((list) => list.lines).slice(0, ATTACHED);
  if (lines.length === 0) return null;
  return csvFile(
    CSV_HEAD,
    lines.map((line) => csvRow(line, view)),
    ATTACHED_BYTES,
  );
}

/** The page of deliveries that shows what a mail is about: the API answers browsers, who have no key, with a refusal. */
export function deliveriesPath(view: LaneView, query: Readonly<Record<string, string>>): string {
  const [only] = view.owner.endpoints.length === 1 ? view.owner.endpoints : [];
  const whose = only ? { endpoint: only.id } : { customer: view.owner.customer.id };
  return `/deliveries?${new URLSearchParams({ ...whose, ...query })}`;
}

/** The first hundred of a list as a table, with what must be said of the others. */
export function tableOf(
  view: LaneView,
  list: StatusList,
  { title, why, path, attached }: { title: string; why: boolean; path: string; attached: number },
): LetterTable {
  const { label, shown, attachedPart, restWithoutLink } = phrases(view.language);
  const head = [label.order, label.item, label.status, label.code, label.description, label.time];
  const rows = list.lines
    .slice(0, SHOWN)
    .map((line) => [
      line.order,
      [line.barcode, line.container].filter((text) => text !== "").join(" / "),
      line.status,
      line.statusCode,
      descriptionIn(line.descriptions, view.language),
      at(view, line.statusTime),
      ...(why ? [whyText(line, view)] : []),
    ]);
  const hidden = list.total > rows.length;
  const notes = [
    ...(hidden ? [shown(count(view, rows.length), count(view, list.total))] : []),
    ...(attached < list.total ? [attachedPart(count(view, attached), count(view, list.total))] : []),
    ...(hidden && !view.publicUrl ? [restWithoutLink(path)] : []),
  ];
  return { title, head: why ? [...head, label.why] : head, rows, notes };
}
