import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const ROW = /^\| (?<what>[^|]+) \| (?<bound>[^|]+) \| `(?<file>[^`]+)` "(?<title>[^"]+)" \|$/;

const section =
  readFileSync("docs/security.md", "utf8")
    .split(/^## /m)
    .find((text) => text.startsWith("Bounds")) ?? "";
const rows = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| what"));

it("lists bounds", () => {
  expect(rows.length).toBeGreaterThan(25);
});

it.each(rows)("is held by what it names: %s", (row) => {
  const { file = "", title = "" } = ROW.exec(row)?.groups ?? {};
  expect([file, existsSync(file)]).toEqual([file, true]);
  expect(readFileSync(file, "utf8")).toContain(title);
});
