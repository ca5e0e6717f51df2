import { afterEach, describe, expect, it, vi } from "vitest";
import { printTable, toTime } from "../../src/cli/context.js";

const NOW = Date.UTC(2026, 2, 1, 12);

describe("a time on the command line", () => {
  it.each([
    ["2h", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01T08:00:00Z", "2026-03-01T08:00:00.000Z"],
    ["2026-03-01T08:00:00+02:00", "2026-03-01T06:00:00.000Z"],
    ["2026-03-01", new Date(2026, 2, 1).toISOString()],
    ["2026-03-01 14:05:09", new Date(2026, 2, 1, 14, 5, 9).toISOString()],
  ])("%s is %s", (given, wanted) => {
    expect(toTime("--from", given, NOW)).toBe(wanted);
  });

  it.each(["2", "1", "foo 1", "2026-02-30", "yesterday", "", "2 h", "999999d", "1970-01-01T00:00:00+02:00"])(
    "%j is none",
    (given) => {
      expect(() => toTime("--from", given, NOW)).toThrow(/--from must be a time such as/);
    },
  );
});

describe("a table on a terminal that says it has no columns", () => {
  const { isTTY, columns } = process.stdout;
  afterEach(() => {
    vi.restoreAllMocks();
    Object.assign(process.stdout, { isTTY, columns });
  });

  it("is whole", () => {
    let out = "";
    vi.spyOn(process.stdout, "write").mockImplementation((part) => {
      out += part;
      return true;
    });
    Object.assign(process.stdout, { isTTY: true, columns: 0 });
    printTable([{ title: "why", shrink: true }], [["the server did not answer"]]);
    expect(out).toContain("the server did not answer");
  });
});
