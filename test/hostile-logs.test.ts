import { afterEach, expect, it, vi } from "vitest";
import { createLogger, withoutControls } from "../src/logger.js";
import { HOSTILE } from "./fuzz/texts.js";
import { STEERS } from "./support/terminal.js";

afterEach(() => {
  vi.restoreAllMocks();
});

it.each(HOSTILE)("a log on a terminal holds nothing that steers it: %j", (text) => {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((part) => {
    out += part;
    return true;
  });
  const log = createLogger("info", true);
  log.warn({ order: text, list: [text], err: new Error(text), [text]: { deep: text } }, text);
  // What colours its own words.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  expect(out.replace(/\u001b\[\d*m/g, "")).not.toMatch(STEERS);
  expect(out).toContain("WARN");
});

it("keeps a backslash before what would be an escape", () => {
  const line = JSON.stringify({ a: "\\u001b", b: "\u001b", c: "x\ny\tz", d: "\\\\\u0007" });
  expect(JSON.parse(withoutControls(line))).toEqual({ a: "\\u001b", b: "\ufffd", c: "x\ny\tz", d: "\\\\\ufffd" });
});
