import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { custom } from "../../src/templates/custom.js";
import { TAGS } from "../../src/templates/liquid/engine.js";
import { filtersOf } from "../../src/templates/liquid/filters.js";
import { VARIABLES } from "../../src/templates/liquid/scope.js";
import { contextOf, eventOf, textOf } from "./support.js";

const guide = readFileSync(new URL("../../docs/partner-formats.md", import.meta.url), "utf8");
const section = guide.slice(guide.indexOf("(`custom`)")).split(/^## /m)[0] ?? "";

function block(first: string, kind: string): string {
  const found = new RegExp(`^\`\`\`${first} ${kind}\\n(.*?)\`\`\`$`, "ms").exec(section)?.[1];
  if (found === undefined) throw new Error(`the guide shows no ${first} ${kind}`);
  return found;
}

const { statusTime, ...shown } = JSON.parse(block("json", "event"));
const event = eventOf({ ...shown, statusTime: Date.parse(statusTime) });
const statusMap = { codes: { take: { code: "IN_TRANSIT" } }, default: { code: "OTHER" } };
const fileName = '{{ order | downcase }}-{{ statusTime | date: "%Y%m%d" }}.csv';

/** The words of the table's rows that `pattern` finds. */
const words = (pattern: RegExp): string[] => [...section.matchAll(pattern)].flatMap(([, text = ""]) => text.split(" "));

describe("the guide to one's own format", () => {
  it.each([
    ["json", { statusMap }],
    ["xml", {}],
    ["csv", { delimiter: ";", fileName }],
  ] as const)("shows what a template of %s gives, byte for byte", async (format, more) => {
    const options = { format, body: block("liquid", format), ...more };
    expect(custom.validate?.(options)).toEqual([]);
    const payload = custom.render([event], options, contextOf({ format, target: "file" }));
    expect(await textOf(payload)).toBe(block("sent", format));
    if (format === "csv") expect(section).toContain(`the file \`${payload.fileName}\``);
  });

  it("names every filter and tag, and no other", () => {
    const encoding = ["csv", "date", "escape", "json", "raw", "url", "url_encode", "xml"];
    const filters = [...words(/^\| (?:texts|lists|numbers|codes) \| `([^`]+)` \|$/gm), ...encoding];
    expect(filters.sort()).toEqual([...filtersOf().keys()].sort());
    expect(section).toContain(`\`${TAGS.filter((tag) => tag !== "#").join(" ")}\``);
  });

  it("names every variable, and no other", () => {
    const table = section.slice(section.indexOf("| variable |"), section.indexOf("A picture is streamed"));
    const firsts = [...table.matchAll(/^\| (.*?) \|/gm)].map(([, first = ""]) => first.replace(/\(.*?\)/g, ""));
    const names = firsts
      .flatMap((first) => [...first.matchAll(/`([A-Za-z][^`]*)`/g)])
      .flatMap(([, one = ""]) => one.split(" "));
    expect([...new Set(names.map((name) => name.split(".")[0]))].sort()).toEqual([...VARIABLES].sort());
  });
});
