/** Zones and buckets kept at most: status times and zone names come from outside, so neither may grow without bound. */
const MAX_ZONES = 256;
const MAX_BUCKETS = 2048;
const BUCKET_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;

const FIRST_YEAR = 1970;
const LAST_YEAR = 9999;
const END_OF_TIME = Date.UTC(LAST_YEAR, 11, 31, 23, 59, 59, 999);

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Offset in ms by 15-minute bucket; null where the offset changes inside the bucket. */
  readonly buckets: Map<number, number | null>;
}

const zones = new Map<string, Zone>();

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const zone: Zone = { format, buckets: new Map() };
  const [oldest] = zones.keys();
  if (zones.size >= MAX_ZONES && oldest !== undefined) zones.delete(oldest);
  zones.set(timeZone, zone);
  return zone;
}

function exactOffset(zone: Zone, ms: number): number {
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
    zone.format.format(ms).match(/\d+/g) ?? []
  ).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

function offsetAt(timeZone: string, ms: number): number {
  const zone = zoneOf(timeZone);
  const bucket = Math.floor(ms / BUCKET_MS);
  let offset = zone.buckets.get(bucket);
  if (offset === undefined) {
    // Some zones changed at one minute past (St. John's: 00:01), in the middle of a bucket.
    const first = exactOffset(zone, bucket * BUCKET_MS);
    offset = first === exactOffset(zone, (bucket + 1) * BUCKET_MS - 1) ? first : null;
    if (zone.buckets.size >= MAX_BUCKETS) zone.buckets.clear();
    zone.buckets.set(bucket, offset);
  }
  return offset ?? exactOffset(zone, ms);
}

const PAIRS = Array.from({ length: 60 }, (_, at) => String(at).padStart(2, "0"));
const pair = (value: number): string => PAIRS[value] ?? "00";

// Status times of one hour mostly share their day, and toISOString is the slow half of writing one.
let lastDay = Number.NaN;
let lastDayText = "";

function dayText(day: number): string {
  if (day !== lastDay) {
    lastDayText = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
    lastDay = day;
  }
  return lastDayText;
}

/**
 * `YYYYMMDDHHmmss` of an instant in an IANA time zone. Total for what `parseStatusTime` returns: what would be the year
 * 10000 in the zone is written as the last second of 9999. Throws RangeError for an unknown zone or a time out of bounds.
 */
export function formatLocal(ms: number, timeZone: string): string {
  if (!(ms >= -DAY_MS && ms <= END_OF_TIME + DAY_MS))
    throw new RangeError(`${ms} is not a time between 1970 and 9999.`);
  const local = Math.min(ms + offsetAt(timeZone, ms), END_OF_TIME);
  const day = Math.floor(local / DAY_MS);
  const second = Math.floor((local - day * DAY_MS) / 1000);
  const minute = Math.floor(second / 60);
  return dayText(day) + pair(Math.floor(minute / 60)) + pair(minute % 60) + pair(second % 60);
}

/**
 * The instant of a wall clock's reading. A reading that exists twice (clocks set back) means the first; one that does
 * not exist (clocks set forward) means what a clock that was not set forward would have shown: 02:30 becomes 03:30.
 */
function instantOf(wall: number, timeZone: string): number {
  const before = offsetAt(timeZone, wall - DAY_MS);
  const after = offsetAt(timeZone, wall + DAY_MS);
  const first = wall - Math.max(before, after);
  if (before === after || offsetAt(timeZone, first) === wall - first) return first;
  const second = wall - Math.min(before, after);
  return offsetAt(timeZone, second) === wall - second ? second : wall - before;
}

/**
 * When a zone's clocks show a reading: first, and last where they were set back over it. One that they skipped, being set
 * forward, is when they were.
 */
export function showingOf(wall: number, timeZone: string): { readonly first: number; readonly last: number } {
  const before = offsetAt(timeZone, wall - DAY_MS);
  const after = offsetAt(timeZone, wall + DAY_MS);
  if (before === after) return { first: wall - before, last: wall - before };
  const shown = [wall - before, wall - after].filter((at) => at + offsetAt(timeZone, at) === wall);
  if (shown.length > 0) return { first: Math.min(...shown), last: Math.max(...shown) };
  // Between the two lies the moment when the clocks were set forward.
  let low = wall - after;
  let high = wall - before;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle + offsetAt(timeZone, middle) < wall) low = middle;
    else high = middle;
  }
  return { first: high, last: high };
}

/** What a zone's clocks show at an instant, as if it were UTC. */
export const wallAt = (ms: number, timeZone: string): number => ms + offsetAt(timeZone, ms);

const COMPACT = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
const ISO_BASIC = /^(\d{4})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
const MAX_LENGTH = 40;

/** Minutes east of Greenwich of `Z`, `+02:00`, `+0200` or `+02`; null when no such offset can be. */
function parseOffset(text: string): number | null {
  if (text === "Z" || text === "z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(":", ""));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/** Reads the six fields as if in UTC; null for a day or time of day that does not exist, leap seconds included. */
function wallOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number | null {
  if (year < FIRST_YEAR || month < 1 || month > 12 || day < 1) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries 31 February over into March.
  return new Date(wall).getUTCDate() === day ? wall : null;
}

/**
 * Epoch milliseconds of `YYYYMMDDHHmmss` in the zone, or of ISO 8601 (`2023-07-19T11:06:49+02:00`, basic form too; without
 * an offset: in the zone; without seconds: :00; fractions are cut to milliseconds). Null for anything else: a date
 * without a time, a moment that does not exist, a year before 1970. Where the zone's clocks were set back, a reading
 * that exists twice means the first; where they were set forward, a reading that was skipped moves on with them.
 */
export function parseStatusTime(text: string, timeZone: string): number | null {
  if (text.length > MAX_LENGTH) return null;
  const parts = COMPACT.exec(text) ?? ISO.exec(text) ?? ISO_BASIC.exec(text);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second = "0", fraction, offset] = parts;
  const wall = wallOf(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (wall === null) return null;
  const ms = fraction ? Number(fraction.padEnd(3, "0").slice(0, 3)) : 0;
  if (offset === undefined) return instantOf(wall, timeZone) + ms;
  const minutes = parseOffset(offset);
  return minutes === null ? null : wall - minutes * 60_000 + ms;
}

const UNITS = { d: DAY_MS, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Milliseconds of `5s`, `250ms`, `1m`, `2h` or `7d`. Throws RangeError for anything else. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new RangeError(
      `"${text.slice(0, 40)}" is no duration: write a whole number and ms, s, m, h or d, such as 5s.`,
    );
  }
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** A duration in the largest unit that says it exactly, as `parseDuration` reads it: 60000 is `1m`, 90000 is `90s`, 0 is `0s`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole === 0) return "0s";
  for (const [unit, size] of Object.entries(UNITS)) if (whole % size === 0) return `${whole / size}${unit}`;
  return `${whole}ms`;
}
