import { describe, expect, it } from "vitest";
import { formatDuration, formatLocal, parseDuration, parseStatusTime } from "../src/time.js";

const ZONES = [
  "Europe/Brussels",
  "Europe/London",
  "Europe/Dublin",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "Africa/Casablanca",
  "Africa/Monrovia",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Asia/Gaza",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "UTC",
];

/** Numbers in [0, 1), the same on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** What Intl itself says, formatted another way than src/time.ts does. */
function byIntl(ms: number, timeZone: string): string {
  const formatter =
    formatters.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  formatters.set(timeZone, formatter);
  return formatter.format(ms).replace(/\D/g, "");
}

describe("formatLocal", () => {
  it("writes the zone's wall clock, in winter and in summer", () => {
    expect(formatLocal(Date.parse("2023-07-19T11:06:49+02:00"), "Europe/Brussels")).toBe("20230719110649");
    expect(formatLocal(Date.parse("2023-01-19T10:06:49Z"), "Europe/Brussels")).toBe("20230119110649");
    expect(formatLocal(0, "America/New_York")).toBe("19691231190000");
  });

  it.each(ZONES)("agrees with Intl at 500 instants of 1970 to 2100 in %s", (zone) => {
    const next = random(7);
    for (let round = 0; round < 500; round++) {
      const ms = Math.floor(next() * Date.UTC(2100, 0, 1));
      expect(formatLocal(ms, zone), `${ms}`).toBe(byIntl(ms, zone));
    }
  });

  it.each(ZONES)("agrees with Intl at each minute around the changes of clock in %s", (zone) => {
    let before = byIntl(Date.UTC(1995, 0, 1), zone);
    for (let day = Date.UTC(1995, 0, 1); day < Date.UTC(1998, 0, 1); day += 86_400_000) {
      const after = byIntl(day + 86_400_000, zone);
      if (before.slice(8) !== after.slice(8)) {
        for (let ms = day; ms < day + 86_400_000; ms += 60_000) expect(formatLocal(ms, zone)).toBe(byIntl(ms, zone));
      }
      before = after;
    }
  });

  it("changes in the middle of a quarter of an hour where the zone does", () => {
    const change = Date.parse("1998-04-05T03:31:00Z");
    expect(formatLocal(change - 1, "America/St_Johns")).toBe("19980405000059");
    expect(formatLocal(change, "America/St_Johns")).toBe("19980405010100");
  });

  it("writes the last second of 9999 for what would be the year 10000", () => {
    expect(formatLocal(Date.parse("9999-12-31T23:30:00Z"), "Europe/Brussels")).toBe("99991231235959");
  });

  it("stays right and small when more zones and instants come than it keeps", () => {
    for (const zone of Intl.supportedValuesOf("timeZone").slice(0, 300)) {
      expect(formatLocal(1_700_000_000_000, zone)).toBe(byIntl(1_700_000_000_000, zone));
    }
    for (let at = 0; at < 5000; at++) formatLocal(at * 900_000, "Europe/Brussels");
    expect(formatLocal(900_000, "Europe/Brussels")).toBe("19700101011500");
  });

  it("refuses what is no time or no zone", () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1e12, 1e15]) {
      expect(() => formatLocal(ms, "UTC")).toThrow(RangeError);
    }
    expect(() => formatLocal(0, "Mars/Olympus")).toThrow(RangeError);
  });
});

describe("parseStatusTime", () => {
  const brussels = (text: string) => parseStatusTime(text, "Europe/Brussels");

  it.each([
    ["2023-07-19T11:06:49+02:00", "2023-07-19T09:06:49Z"],
    ["2023-07-19T11:06:49+0200", "2023-07-19T09:06:49Z"],
    ["2023-07-19T11:06:49+02", "2023-07-19T09:06:49Z"],
    ["2023-07-19T11:06:49-03:30", "2023-07-19T14:36:49Z"],
    ["2023-07-19T09:06:49Z", "2023-07-19T09:06:49Z"],
    ["2023-07-19t09:06:49z", "2023-07-19T09:06:49Z"],
    ["2023-07-19 11:06:49", "2023-07-19T09:06:49Z"],
    ["2023-01-19T11:06", "2023-01-19T10:06:00Z"],
    ["2023-07-19T09:06:49.5Z", "2023-07-19T09:06:49.500Z"],
    ["2023-07-19T09:06:49,123456789Z", "2023-07-19T09:06:49.123Z"],
    ["20230719T110649", "2023-07-19T09:06:49Z"],
    ["20230719T0906Z", "2023-07-19T09:06:00Z"],
    ["20230719110649", "2023-07-19T09:06:49Z"],
    ["20240229120000", "2024-02-29T11:00:00Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"],
  ])("reads %s as %s", (text, instant) => {
    expect(brussels(text)).toBe(Date.parse(instant));
  });

  it.each([
    "",
    "yesterday",
    "2023-07-19",
    "20230719",
    "2023-07-19T11",
    "2023-13-01T00:00:00Z",
    "2023-00-01T00:00:00Z",
    "2023-02-31T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2023-04-00T00:00:00Z",
    "20230431120000",
    "2023-07-19T25:00:00Z",
    "2023-07-19T24:00:00Z",
    "2023-07-19T11:60:00Z",
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "+002023-07-19T11:06:49Z",
    "2023-07-19T11:06:49+24:00",
    "2023-07-19T11:06:49+02:60",
    "2023-07-19T11:06:49+2:00",
    "2023-07-19T11:06:49 Z",
    " 2023-07-19T11:06:49Z",
    "2023-07-19T11:06:49Z\n",
    "2023-07-19T11:06:49.Z",
    "2023-07-19T11:06:49[Europe/Brussels]",
    "٢٠٢٣٠٧١٩١١٠٦٤٩",
    "1689757609000",
    `2023-07-19T11:06:49.${"0".repeat(1000)}Z`,
  ])("takes %j for no time", (text) => {
    expect(brussels(text)).toBeNull();
  });

  it("moves a reading on that the clocks skipped, by as much as they did", () => {
    expect(brussels("20230326023000")).toBe(Date.parse("2023-03-26T03:30:00+02:00"));
    expect(parseStatusTime("19980405000130", "America/St_Johns")).toBe(Date.parse("1998-04-05T01:01:30-02:30"));
    // Samoa skipped a whole day.
    expect(parseStatusTime("20111230120000", "Pacific/Apia")).toBe(Date.parse("2011-12-31T12:00:00+14:00"));
  });

  it("means the first of two equal readings", () => {
    expect(brussels("20231029023000")).toBe(Date.parse("2023-10-29T02:30:00+02:00"));
    expect(brussels("20231029015959")).toBe(Date.parse("2023-10-29T01:59:59+02:00"));
    expect(brussels("20231029030000")).toBe(Date.parse("2023-10-29T03:00:00+01:00"));
  });

  it.each(ZONES)("gives back what formatLocal wrote, an hour that exists twice apart, in %s", (zone) => {
    const next = random(11);
    for (let round = 0; round < 500; round++) {
      const ms = Math.floor((next() * Date.UTC(2100, 0, 1)) / 1000) * 1000;
      const written = formatLocal(ms, zone);
      const read = parseStatusTime(written, zone) ?? Number.NaN;
      expect(formatLocal(read, zone), `${ms}`).toBe(written);
      expect(read).toBeLessThanOrEqual(ms);
      expect(ms - read).toBeLessThanOrEqual(86_400_000);
    }
  });
});

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["5s", 5000],
    ["90s", 90_000],
    ["1m", 60_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
  ])("reads %s as %i ms and writes it back", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it("writes the largest unit that says it exactly", () => {
    expect([60 * 60_000, 24 * 3_600_000, 61_000, 1001].map(formatDuration)).toEqual(["1h", "1d", "61s", "1001ms"]);
  });

  it.each(["", "5", "s", "5 s", "-5s", "1.5s", "5S", "5w", "1234567s"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(/is no duration/);
  });
});
