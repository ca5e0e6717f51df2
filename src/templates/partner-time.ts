import { formatLocal, parseStatusTime } from "../time.js";

/** `YYYY-MM-DD HH:mm:ss` of an instant (epoch ms) in a time zone, as many partners write it. */
export function spacedTime(ms: number, timeZone: string): string {
  return formatLocal(ms, timeZone).replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3 $4:$5:$6");
}

const LAST_YEAR_ENDS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** RFC 3339 in UTC, which knows four digits for a year: a status time in the last hours of 9999 may lie in 10000 there. */
export function utcTime(ms: number): string {
  return new Date(Math.min(ms, LAST_YEAR_ENDS)).toISOString();
}

/** ISO 8601 on a zone's wall clock, with its offset: `2016-11-09T22:21:43+08:00`. */
export function isoTime(ms: number, timeZone: string): string {
  const local = spacedTime(ms, timeZone).replace(" ", "T");
  const minutes = Math.round((Date.parse(`${local}Z`) - Math.floor(ms / 1000) * 1000) / 60_000);
  const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return `${local}${minutes < 0 ? "-" : "+"}${two(hour)}:${two(minute)}`;
}

/** The instant that an order's details name. They are kept as they were given: null where that is no time. */
export function givenTime(text: string | undefined, timeZone: string): number | null {
  return text === undefined ? null : parseStatusTime(text, timeZone);
}
