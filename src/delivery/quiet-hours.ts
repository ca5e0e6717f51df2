import type { FieldError } from "../errors.js";
import { type QuietTime, WEEKDAYS } from "../schemas/endpoint.js";
import { fault, type Rule, type RuleParams } from "../schemas/rules/rules.js";
import { parseStatusTime, showingOf, wallAt } from "../time.js";
import type { Endpoint } from "../types.js";

const DAY_MS = 86_400_000;
/** Windows that may follow each other without a break, and those that are passed for a time to live. */
const MOST_STEPS = 2_000;
/** Of a time to live: beyond it no windows are counted. */
const LONGEST_MS = 400 * DAY_MS;

/** What is looked at of an endpoint. */
type Quiet = Pick<Endpoint, "timeZone"> & { readonly limits: Pick<Endpoint["limits"], "quietHours"> };
interface Window {
  readonly start: number;
  readonly end: number;
}

const CLOCK = /^(\d\d):(\d\d)$/;
const clockMs = (text: string): number => {
  const [, hours = "0", minutes = "0"] = CLOCK.exec(text) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * 60_000;
};

/**
 * The windows of one entry that may lie at or after an instant, the soonest first: of quiet hours those that begin on the day
 * before it and on the eight from it on. What the clocks show decides: hours that they show twice are quiet both times,
 * and a beginning or an end that they skip is when they skip it.
 */
function windowsOf({ from, to, days, until }: QuietTime, timeZone: string, at: number): Window[] {
  if (until !== undefined) {
    const [start, end] = [parseStatusTime(from, timeZone), parseStatusTime(until, timeZone)];
    return start === null || end === null ? [] : [{ start, end }];
  }
  const [begins, ends] = [clockMs(from), clockMs(to ?? "24:00")];
  const today = Math.floor(wallAt(at, timeZone) / DAY_MS) * DAY_MS;
  const windows: Window[] = [];
  for (let day = today - DAY_MS; day <= today + 8 * DAY_MS; day += DAY_MS) {
    if (days && !days.some((name) => name === WEEKDAYS[new Date(day).getUTCDay()])) continue;
    const { first: start } = showingOf(day + begins, timeZone);
    const { last: end } = showingOf(day + (ends > begins ? 0 : DAY_MS) + ends, timeZone);
    windows.push({ start, end });
  }
  return windows;
}

/** What holds from an instant on: until when, and whether it is quiet. */
interface Spell {
  readonly quiet: boolean;
  readonly from: number;
  readonly until: number;
}

function spellAt({ timeZone, limits }: Quiet, at: number): Spell {
  const windows = (now: number) => limits.quietHours.flatMap((entry) => windowsOf(entry, timeZone, now));
  let until = at;
  for (let step = 0; step < MOST_STEPS; step++) {
    const ends = windows(until).flatMap(({ start, end }) => (start <= until && end > until ? [end] : []));
    if (ends.length === 0) break;
    until = Math.max(...ends);
  }
  if (until > at) return { quiet: true, from: at, until };
  const starts = windows(at).flatMap(({ start }) => (start > at ? [start] : []));
  // Looked at again in a week where nothing is in sight.
  return { quiet: false, from: at, until: Math.min(...starts, at + 7 * DAY_MS) };
}

const spells = new WeakMap<object, Spell>();

/** Epoch ms until when nothing is sent to the endpoint, of quiet hours that go on now; null: there are none now. */
export function quietUntil(endpoint: Quiet, now: number): number | null {
  if (endpoint.limits.quietHours.length === 0) return null;
  let spell = spells.get(endpoint);
  if (!spell || now < spell.from || now >= spell.until) {
    spell = spellAt(endpoint, now);
    spells.set(endpoint, spell);
  }
  return spell.quiet ? spell.until : null;
}

/** When a delivery that is made now is given up: quiet hours until then do not count. */
export function expiryOf(endpoint: Quiet & Pick<Endpoint, "retry">, now: number): number {
  const { giveUpAfterMs } = endpoint.retry;
  if (endpoint.limits.quietHours.length === 0) return now + giveUpAfterMs;
  return now + giveUpAfterMs + lost(endpoint, now, giveUpAfterMs);
}

const losses = new WeakMap<object, { readonly minute: number; readonly ms: number }>();

/** When so much time has passed from then on in which the endpoint is sent to. */
export function afterQuiet(endpoint: Quiet, from: number, ms: number): number {
  return from + ms + (endpoint.limits.quietHours.length === 0 ? 0 : quietWithin(endpoint, from, ms));
}

/** Quiet time before so much other time has passed; kept for a minute, in which thousands may be published. */
function lost(endpoint: Quiet, now: number, wanted: number): number {
  const minute = Math.floor(now / 60_000);
  const known = losses.get(endpoint);
  if (known?.minute === minute) return known.ms;
  const ms = quietWithin(endpoint, minute * 60_000, wanted);
  losses.set(endpoint, { minute, ms });
  return ms;
}

/** A week at a time: looked up anew for each of its windows, fifty a day would hold the process up for seconds. */
function quietWithin({ timeZone, limits }: Quiet, from: number, wanted: number): number {
  let [at, left, ms, steps] = [from, wanted, 0, 0];
  while (left > 0 && steps < MOST_STEPS && at - from < LONGEST_MS) {
    const weekEnd = at + 7 * DAY_MS;
    const windows = limits.quietHours
      .flatMap((entry) => windowsOf(entry, timeZone, at))
      .filter(({ start, end }) => end > at && start < weekEnd)
      .sort((a, b) => a.start - b.start);
    for (const { start, end } of windows) {
      const free = Math.max(0, start - at);
      if (free >= left) return ms;
      left -= free;
      ms += Math.max(0, end - Math.max(at, start));
      at = Math.max(at, end);
      steps++;
    }
    left -= Math.max(0, weekEnd - at);
    at = Math.max(at, weekEnd);
  }
  return ms;
}

/** What is wrong with quiet hours beyond their schema. */
export function quietErrors(entries: readonly QuietTime[] = []): FieldError[] {
  const errors: FieldError[] = [];
  for (const [at, entry] of entries.entries()) {
    const refuse = (field: string, rule: Rule, params?: RuleParams) =>
      errors.push(fault(`/limits/quietHours/${at}${field}`, rule, params));
    const { from, to, until, days } = entry;
    if ((to === undefined) === (until === undefined)) refuse("", "quiet_to_or_until");
    else if (until === undefined) {
      if (!CLOCK.test(from) || clockMs(from) >= DAY_MS) refuse("/from", "no_time_of_day");
    } else {
      const [start, end] = [parseStatusTime(from, "UTC"), parseStatusTime(until, "UTC")];
      if (start === null) refuse("/from", "no_time", { example: "2026-12-24T18:00" });
      if (end === null) refuse("/until", "no_time", { example: "2026-12-26T08:00" });
      if (start !== null && end !== null && end <= start) refuse("/until", "after_from");
      if (days) refuse("/days", "days_once");
    }
  }
  if (errors.length > 0) return errors;
  const weekly = entries.filter(({ until }) => until === undefined);
  const { quiet, until } = spellAt({ timeZone: "UTC", limits: { quietHours: weekly } }, DAY_MS);
  if (quiet && until > 15 * DAY_MS) {
    errors.push(fault("/limits/quietHours", "always_quiet"));
  }
  return errors;
}
