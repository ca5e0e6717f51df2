import { formatLocal, parseStatusTime } from "../../time.js";

/** What `date` writes without a pattern: ISO 8601 with the zone's offset. */
const ISO = "%Y-%m-%dT%H:%M:%S%:z";

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const two = (value: number): string => String(value).padStart(2, "0");

interface Moment {
  readonly ms: number;
  /** `YYYYMMDDHHmmss` in the zone. */
  readonly local: string;
  /** The same reading as if in UTC. */
  readonly wall: Date;
  /** Minutes east of Greenwich. */
  readonly offset: number;
}

function momentOf(ms: number, timeZone: string): Moment {
  const local = formatLocal(ms, timeZone);
  const at = (from: number, to: number) => Number(local.slice(from, to));
  const wall = new Date(Date.UTC(at(0, 4), at(4, 6) - 1, at(6, 8), at(8, 10), at(10, 12), at(12, 14)));
  return { ms, local, wall, offset: Math.round((wall.getTime() - Math.floor(ms / 1000) * 1000) / 60_000) };
}

function offsetText({ offset }: Moment, colon: string): string {
  const minutes = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

const hour12 = ({ wall }: Moment): number => wall.getUTCHours() % 12 || 12;
const slice = (from: number, to: number) => (moment: Moment) => moment.local.slice(from, to);

/** As strftime has them; names are English in every zone, so that a machine can read them. */
const DIRECTIVES: Readonly<Record<string, (moment: Moment) => string>> = {
  Y: slice(0, 4),
  y: slice(2, 4),
  m: slice(4, 6),
  d: slice(6, 8),
  e: ({ wall }) => String(wall.getUTCDate()).padStart(2),
  H: slice(8, 10),
  I: (moment) => two(hour12(moment)),
  l: (moment) => String(hour12(moment)).padStart(2),
  M: slice(10, 12),
  S: slice(12, 14),
  L: ({ ms }) => String(ms % 1000).padStart(3, "0"),
  p: ({ wall }) => (wall.getUTCHours() < 12 ? "AM" : "PM"),
  P: ({ wall }) => (wall.getUTCHours() < 12 ? "am" : "pm"),
  B: ({ wall }) => MONTHS[wall.getUTCMonth()] ?? "",
  b: ({ wall }) => (MONTHS[wall.getUTCMonth()] ?? "").slice(0, 3),
  A: ({ wall }) => DAYS[wall.getUTCDay()] ?? "",
  a: ({ wall }) => (DAYS[wall.getUTCDay()] ?? "").slice(0, 3),
  u: ({ wall }) => String(wall.getUTCDay() || 7),
  j: ({ wall }) =>
    String(Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0)) / 86_400_000) + 1).padStart(3, "0"),
  F: ({ local }) => `${local.slice(0, 4)}-${local.slice(4, 6)}-${local.slice(6, 8)}`,
  T: ({ local }) => `${local.slice(8, 10)}:${local.slice(10, 12)}:${local.slice(12, 14)}`,
  z: (moment) => offsetText(moment, ""),
  ":z": (moment) => offsetText(moment, ":"),
  s: ({ ms }) => String(Math.floor(ms / 1000)),
  Q: ({ ms }) => String(ms),
  "%": () => "%",
};

// A colon belongs to `%:z` alone. `-` takes leading zeros and spaces away, as in `%-d`.
const DIRECTIVE = /%(-?)(:z|.?)/gs;

/** A time in a zone as the pattern says. Throws RangeError for an unknown zone or directive. */
export function formatDate(ms: number, pattern: string | undefined, timeZone: string): string {
  const moment = momentOf(ms, timeZone);
  return (pattern || ISO).replace(DIRECTIVE, (whole: string, bare: string, name: string) => {
    const directive = Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name] : undefined;
    if (!directive) throw new RangeError(`a date has no ${whole}`);
    const text = directive(moment);
    return bare ? text.replace(/^[0 ]+(?=.)/, "") : text;
  });
}

/** Epoch ms of what `date` is given: such a number, `now`, or a text that is a time; null for any other text. */
export function toMs(value: unknown, now: number, timeZone: string): number | null {
  if (typeof value === "number") return value;
  const text = String(value);
  return text === "now" ? now : parseStatusTime(text, timeZone);
}
