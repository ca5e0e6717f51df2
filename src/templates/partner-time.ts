import { formatLocal, parseStatusTime } from "../time.js";

/** `YYYY-MM-DD HH:mm:ss` of an instant (epoch ms) in a time zone, as many partners write it. */
export function spacedTime(ms: number, timeZone: string): string {
  return formatLocal(ms, timeZone).replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3 $4:$5:$6");
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
