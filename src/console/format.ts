import type { Language } from "../types.js";

/** How people of a language write; Dutch and French as in Belgium, where most of them are. */
const LOCALES: Readonly<Record<Language, string>> = { nl: "nl-BE", fr: "fr-BE", en: "en-GB" };

/** Makes texts of numbers, times and sizes: in one language, and one time zone. */
export interface Format {
  readonly timeZone: string;
  number(value: number): string;
  /** A round number, shortened: 12K, 3M. */
  compact(value: number): string;
  /** A day and its time to the second. `at`: epoch ms or ISO 8601. */
  moment(at: number | string): string;
  day(at: number | string): string;
  /** A day without its year, as short as can be. */
  shortDay(at: number | string): string;
  /** The time of a day, to the minute. */
  time(at: number | string): string;
  /** How long ago, or until when, in words. */
  ago(at: number | string, now: number): string;
  /** A length of time in ms: 12 ms, 3.4 s, 5 min. */
  duration(ms: number): string;
  bytes(count: number): string;
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

const epoch = (at: number | string): number => (typeof at === "number" ? at : Date.parse(at));

function make(language: Language, timeZone: string): Format {
  const locale = LOCALES[language];
  const numbers = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone });
  const shortDays = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone });
  const times = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  return {
    timeZone,
    number: (value) => numbers.format(value),
    compact: (value) => compact.format(value),
    moment: (at) => moments.format(epoch(at)),
    day: (at) => days.format(epoch(at)),
    shortDay: (at) => shortDays.format(epoch(at)),
    time: (at) => times.format(epoch(at)),
    ago(at, now) {
      const distance = epoch(at) - now;
      const [unit, length] = UNITS.find(([, ms]) => Math.abs(distance) >= ms) ?? ["second", 1000];
      return relative.format(Math.trunc(distance / length), unit);
    },
    duration(ms) {
      if (ms < 1000) return `${decimals.format(ms)} ms`;
      if (ms < 120_000) return `${decimals.format(ms / 1000)} s`;
      return ms < 7_200_000 ? `${decimals.format(ms / 60_000)} min` : `${decimals.format(ms / 3_600_000)} h`;
    },
    bytes(count) {
      if (count < 1024) return `${numbers.format(count)} B`;
      const kib = count / 1024;
      return kib < 1024 ? `${decimals.format(kib)} KiB` : `${decimals.format(kib / 1024)} MiB`;
    },
  };
}

/** Zone names come from settings: their number is bounded here. */
const MOST = 500;
const made = new Map<string, Format>();

/** The format of a language and time zone. Making one takes 1 ms, so they are kept. */
export function formatOf(language: Language, timeZone: string): Format {
  const key = `${language} ${timeZone}`;
  const known = made.get(key);
  if (known) return known;
  if (made.size >= MOST) made.clear();
  const format = make(language, timeZone);
  made.set(key, format);
  return format;
}
