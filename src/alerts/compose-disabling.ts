import type { MailDraft } from "../store/alert-types.js";
import { draft, failureFacts, letterOf, shortName } from "./compose.js";
import { attachmentOf, deliveriesPath, type StatusList, tableOf } from "./lists.js";
import { phrases } from "./texts.js";
import { at, type LaneView } from "./view.js";

/** The table of what waits, as far as anything does, with what is attached. */
function waitingIn(view: LaneView, list: StatusList) {
  const { list: titles } = phrases(view.language);
  const attached = attachmentOf(view, [list]);
  const path = deliveriesPath(view, { state: "pending" });
  const title = titles.waiting(list.total);
  return {
    path,
    csv: attached?.text ?? null,
    tables: attached ? [tableOf(view, list, { title, why: false, path, attached: attached.rows })] : [],
  };
}

const since = (view: LaneView) => at(view, view.lane.onlyFailedSince ?? view.now);

/** A day before: the endpoint will be disabled at `disablesAt`, as it has failed for days. */
export function disablingMail(
  view: LaneView,
  recipients: readonly string[],
  list: StatusList,
  disablesAt: number,
): MailDraft {
  const { subject, intro, closing, label } = phrases(view.language);
  const { path, csv, tables } = waitingIn(view, list);
  const when = at(view, disablesAt);
  const letter = letterOf(view, {
    subject: subject.disabling(shortName(view), when),
    intro: intro.disabling(since(view), when),
    facts: [...failureFacts(view, view.lane.text), [label.since, since(view)], [label.disablesAt, when]],
    tables,
    closing: [closing.disabling, closing.disablingKeeps],
    path,
  });
  return draft("disabling", recipients, letter, csv);
}

/** The endpoint was disabled, as it has failed for days. */
export function failedForDaysMail(view: LaneView, recipients: readonly string[], list: StatusList): MailDraft {
  const { subject, intro, closing, label } = phrases(view.language);
  const { path, csv, tables } = waitingIn(view, list);
  const letter = letterOf(view, {
    subject: subject.disabled(shortName(view)),
    intro: intro.failedForDays(since(view)),
    facts: [...failureFacts(view, view.lane.text), [label.since, since(view)]],
    tables,
    closing: [closing.disabled],
    path,
  });
  return draft("disabled", recipients, letter, csv);
}
