import { newId } from "../ids.js";
import type { Logger } from "../logger.js";
import { isByHand } from "../reasons/disabled-by.js";
import type { Found } from "../store/alert-lists.js";
import type { AlertChange, AlertKind, AlertRow, LaneOwner, MailDraft, WatchedLane } from "../store/alert-types.js";
import type { AlertStore } from "../store/alerts.js";
import { givenUpMail, outageMail, recoveryMail, stoppedMail } from "./compose.js";
import { disablingMail, failedForDaysMail } from "./compose-disabling.js";
import { ATTACHED, type StatusList } from "./lists.js";
import type { NobodyToTell } from "./nobody.js";
import { LATE_MS, openAlert, planDisabled, planDisabling, planGivenUp, planHeld, planOutage, sooner } from "./plan.js";
import { type LaneView, type MailSetting, recipientsOf, viewOf } from "./view.js";

/** What one look at a lane works with. */
export interface LookContext {
  readonly store: AlertStore;
  readonly setting: MailSetting;
  readonly logger: Logger;
  readonly nobody: NobodyToTell;
  readonly lane: WatchedLane;
  readonly owner: LaneOwner;
  readonly view: LaneView;
  readonly recipients: readonly string[];
  readonly now: number;
  /** Since when a lane that sends again works off what is due. */
  readonly drainingSince: number;
}

/** What a look has decided. */
export interface LookResult {
  readonly changes: readonly AlertChange[];
  readonly next: number | null;
  /** The lane has recovered. */
  readonly over: boolean;
  /** It sends again, but its mail waits for what is due. */
  readonly draining: boolean;
}

const NOTHING: LookResult = { changes: [], next: null, over: false, draining: false };
const result = (part: Partial<LookResult>): LookResult => ({ ...NOTHING, ...part });

/** The mail that an outage is over waits so long for the backlog, so that it can say what has arrived. */
const DRAIN_MS = 30_000;
const DRAIN_LOOK_MS = 1000;
/** An endpoint is disabled a moment after its lane says so. */
const DISABLING_MS = 60_000;
const DISABLING_LOOK_MS = 1000;
const ALL_TIME = Number.MAX_SAFE_INTEGER;

/** Asks for all that waits, whenever it is due. */
const waitingIn = (laneId: string) => ({
  laneId,
  now: ALL_TIME,
  since: ALL_TIME,
  told: { alertId: null, upTo: null },
  sending: false,
  limit: ATTACHED,
});

const newAlert = (openedAt: number): AlertRow => ({
  id: newId("alr"),
  openedAt,
  lastMailAt: null,
  listedFrom: null,
  listedUpTo: null,
  closedAt: null,
});

const changeOf = (kind: AlertKind, alert: AlertRow, more: Partial<AlertChange> = {}): AlertChange => ({
  kind,
  alert,
  mail: null,
  listed: [],
  forgetBefore: null,
  ends: false,
  ...more,
});

/** The lines of what was found; what has arrived or was canceled since then is not told any more. */
async function listOf(store: AlertStore, found: Found): Promise<StatusList> {
  const lines = (await store.lines(found.ids)).filter(({ state }) => state !== "delivered" && state !== "canceled");
  return { total: found.total - (found.ids.length - lines.length), lines };
}

const listed = ({ lines }: StatusList) => lines.map((line) => [line.deliveryId, line.finishedAt ?? 0] as const);

/** Writes the mail if there is anybody to tell; the log has it in any case. */
function mailTo(
  { logger, nobody, lane, owner, now }: LookContext,
  kind: AlertKind | "recovery",
  recipients: readonly string[],
  write: (recipients: readonly string[]) => MailDraft,
): MailDraft | null {
  if (recipients.length === 0) {
    nobody.say(lane, kind, now);
    return null;
  }
  const facts = { lane: lane.id, customer: owner.customer.id, alert: kind };
  const mail = write(recipients);
  logger.info({ ...facts, mail: mail.id, recipients: recipients.length }, "alert");
  return mail;
}

/** What nobody can be told stays untold: in an hour somebody may be there. */
function untold({ nobody, lane, now }: LookContext, kind: AlertKind, known: AlertRow | null, openedAt: number) {
  const changes = known ? [] : [changeOf(kind, newAlert(openedAt))];
  return result({ changes, next: nobody.say(lane, kind, now) });
}

async function tellOutage(context: LookContext, more: boolean, next: number | null): Promise<LookResult> {
  const { store, lane, now, recipients, view } = context;
  const alert = openAlert(lane, "outage") ?? newAlert(lane.failingSince ?? now);
  const since = lane.failingSince ?? now;
  const told = { alertId: alert.id, upTo: alert.listedUpTo };
  const found = await store.undelivered({
    laneId: lane.id,
    now,
    since,
    told,
    sending: lane.successes > 0,
    limit: ATTACHED,
  });
  const list = await listOf(store, found);
  if (list.total === 0 && (more || lane.successes > 0)) return result({ next });
  const mail = mailTo(context, "outage", recipients, (to) => outageMail(view, to, list, more));
  if (!mail) return result({ changes: [changeOf("outage", alert)], next });
  const from = [alert.listedFrom, found.first].filter((id) => id !== null).sort()[0] ?? null;
  const upTo = found.total > found.ids.length ? found.last : alert.listedUpTo;
  const written = { ...alert, lastMailAt: now, listedFrom: from, listedUpTo: upTo };
  return result({ changes: [changeOf("outage", written, { mail, listed: listed(list) })], next });
}

async function tellRecovery(context: LookContext, alert: AlertRow): Promise<LookResult> {
  const { store, lane, now, recipients, view, drainingSince } = context;
  const due = await store.hasDue(lane.id, now);
  if (due && Math.abs(now - drainingSince) < DRAIN_MS) return result({ next: now + DRAIN_LOOK_MS, draining: true });
  const since = lane.failingSince ?? now;
  const found = alert.listedFrom
    ? await store.delivered({
        laneId: lane.id,
        customerId: lane.customerId,
        from: alert.listedFrom,
        since,
        limit: ATTACHED,
      })
    : { total: 0, ids: [] };
  const delivered = { total: found.total, lines: await store.lines(found.ids) };
  const failed = await listOf(store, await store.failed({ laneId: lane.id, since, limit: ATTACHED }));
  const { total: waiting } = await store.undelivered({ ...waitingIn(lane.id), limit: 0 });
  const endedAt = lane.successes > 2 ? drainingSince : (lane.succeedingSince ?? now);
  const mail = mailTo(context, "recovery", recipients, (to) =>
    recoveryMail(view, to, { delivered, failed, waiting, endedAt }),
  );
  const closed = { ...alert, closedAt: now };
  return result({ changes: [changeOf("outage", closed, { mail, forgetBefore: ALL_TIME, ends: true })], over: true });
}

async function lookAtOutage(context: LookContext): Promise<LookResult> {
  const { lane, owner, now } = context;
  const plan = planOutage(lane, now);
  const open = openAlert(lane, "outage");
  const closed = open && { ...open, closedAt: now };
  // The deliveries of a deleted endpoint are canceled: there is nothing left to tell.
  if (owner.endpointCount === 0 || plan.step === "close") {
    return result({ changes: closed ? [changeOf("outage", closed, { forgetBefore: ALL_TIME })] : [] });
  }
  const active = owner.endpoints.some(({ state }) => state === "active");
  if (plan.step === "first") {
    const told = await tellOutage(context, false, plan.next);
    if (told.changes.length > 0 || lane.successes < 3) return told;
    return result({ over: true });
  }
  if (plan.step === "more" && active) return tellOutage(context, true, plan.next);
  if (plan.step === "over" && open) return tellRecovery(context, open);
  if (plan.step === "clear") {
    return result({ changes: closed ? [changeOf("outage", closed, { ends: true })] : [], over: true });
  }
  return result({ next: plan.next });
}

async function lookAtGivenUp(context: LookContext, kind: "given_up" | "internal"): Promise<LookResult> {
  const { store, nobody, lane, now, setting, view } = context;
  const plan = planGivenUp(lane, kind, now);
  if (!plan.look) return result({ next: plan.next });
  const recipients = kind === "internal" ? recipientsOf(null, setting.alertTo) : context.recipients;
  // Each delivery that is given up asks for a look, and what to list is a long search.
  const laterOn = recipients.length === 0 ? nobody.next(lane.id, kind, now) : null;
  if (laterOn !== null) return result({ next: laterOn });
  const known = lane.alerts[kind];
  const alert = known ?? newAlert(now);
  const last = alert.lastMailAt;
  const after = last === null ? (lane.givenUpAt ?? now) - LATE_MS : last - (alert.listedUpTo ? 0 : LATE_MS);
  const found = await store.givenUp({ laneId: lane.id, kind, after, alertId: known?.id ?? null, limit: ATTACHED });
  const list = await listOf(store, found);
  if (list.total === 0) return NOTHING;
  if (recipients.length === 0) return untold(context, kind, known ?? null, now);
  const mail = mailTo(context, kind, recipients, (to) => givenUpMail(view, to, list, kind));
  const upTo = found.total > found.ids.length ? found.last : null;
  const written = { ...alert, lastMailAt: now, listedUpTo: upTo };
  return result({
    changes: [changeOf(kind, written, { mail, listed: listed(list), forgetBefore: now - 2 * LATE_MS })],
  });
}

async function lookAtHeld(context: LookContext): Promise<LookResult> {
  const { store, lane, now, owner, recipients, view } = context;
  const open = openAlert(lane, "held");
  if (lane.heldReason === null) {
    return open ? result({ changes: [changeOf("held", { ...open, closedAt: now })] }) : NOTHING;
  }
  const plan = planHeld(lane, now);
  if (!plan.look) return result({ next: plan.next });
  const lastMailAt = open?.lastMailAt ?? null;
  const changedSince = owner.endpoints.some(({ updatedAt }) => lastMailAt === null || updatedAt > lastMailAt);
  if (!changedSince) return NOTHING;
  if (recipients.length === 0) return untold(context, "held", open, now);
  const list = await listOf(store, await store.undelivered(waitingIn(lane.id)));
  const why = lane.heldReason;
  const mail = mailTo(context, "held", recipients, (to) => stoppedMail(view, to, list, "held", why));
  return result({ changes: [changeOf("held", { ...(open ?? newAlert(now)), lastMailAt: now }, { mail })] });
}

async function lookAtDisabling(context: LookContext): Promise<LookResult> {
  const { store, lane, now, owner, recipients, view } = context;
  const open = openAlert(lane, "disabling");
  const { disablesAt } = lane;
  if (disablesAt === null || owner.endpointCount === 0) {
    return open ? result({ changes: [changeOf("disabling", { ...open, closedAt: now })] }) : NOTHING;
  }
  const plan = planDisabling(lane, now);
  if (!plan.look) return result({ next: plan.next });
  if (recipients.length === 0) return untold(context, "disabling", open, now);
  const list = await listOf(store, await store.undelivered(waitingIn(lane.id)));
  const mail = mailTo(context, "disabling", recipients, (to) => disablingMail(view, to, list, disablesAt));
  return result({ changes: [changeOf("disabling", { ...(open ?? newAlert(now)), lastMailAt: now }, { mail })] });
}

async function lookAtDisabled(context: LookContext): Promise<LookResult> {
  const { store, lane, now, owner, recipients, setting } = context;
  const plan = planDisabled(lane, now);
  if (!plan.look || lane.disabledAt === null) return result({ next: plan.next });
  const known = lane.alerts.disabled ?? null;
  const before = known?.lastMailAt ?? 0;
  const alert = known && known.lastMailAt === null ? known : newAlert(lane.disabledAt);
  const told = { ...alert, openedAt: lane.disabledAt, lastMailAt: now };
  const own = owner.endpointCount === 1;
  const endpoints = owner.endpoints.filter(
    // Where several share the lane, who has disabled one of them needs no mail about it.
    ({ state, stateReason, updatedAt }) =>
      state === "disabled" && (own || (updatedAt >= before && !isByHand(stateReason))),
  );
  const [first] = endpoints;
  if (!first) {
    const mayCome = Math.abs(now - lane.disabledAt) < DISABLING_MS;
    return result(mayCome ? { next: now + DISABLING_LOOK_MS } : { changes: [changeOf("disabled", told)] });
  }
  if (recipients.length === 0) return untold(context, "disabled", known, lane.disabledAt);
  const after = Math.max(before, lane.disabledAt - LATE_MS);
  const gone = await store.givenUp({ laneId: lane.id, kind: "gone", after, alertId: null, limit: ATTACHED });
  const lists = [await listOf(store, gone)];
  // Where other endpoints share the lane, what waits there goes on.
  if (own) lists.push(await listOf(store, await store.undelivered(waitingIn(lane.id))));
  const list = {
    total: lists.reduce((sum, { total }) => sum + total, 0),
    lines: lists.flatMap(({ lines }) => lines).slice(0, ATTACHED),
  };
  const view = viewOf(lane, { ...owner, endpoints, endpointCount: endpoints.length }, now, setting);
  const isGone = lane.code === "http_410";
  const mail = mailTo(context, "disabled", recipients, (to) =>
    own && !isGone && lane.onlyFailedSince !== null
      ? failedForDaysMail(view, to, list)
      : stoppedMail(view, to, list, "disabled", isGone ? lane.text : first.stateReason),
  );
  return result({ changes: [changeOf("disabled", told, { mail })] });
}

/** Looks at everything that mails tell of a lane, and returns what is to be written. */
export async function lookAtLane(context: LookContext): Promise<LookResult> {
  const results = [
    await lookAtOutage(context),
    await lookAtGivenUp(context, "given_up"),
    await lookAtGivenUp(context, "internal"),
    await lookAtHeld(context),
    await lookAtDisabling(context),
    await lookAtDisabled(context),
  ];
  return {
    changes: results.flatMap(({ changes }) => changes),
    next: results.reduce<number | null>((next, each) => sooner(next, each.next), null),
    over: results.some(({ over }) => over),
    draining: results.some(({ draining }) => draining),
  };
}
