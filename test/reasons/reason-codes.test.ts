import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { failureReason } from "../../src/reasons/reasons.js";
import { LANGUAGES } from "../../src/schemas/endpoint.js";

const FOLDERS = ["src/transports", "src/templates", "src/delivery"];

// The ways in which the code of a failure is written down.
const WRITTEN = [
  /\bcode: "([a-z]\w*)"/g,
  /\b(?:RenderError|RemoteFileError)\(\s*"\w+",\s*"(\w+)"/g,
  /#(?:notSent|unanswered)\(\s*"(\w+)"/g,
  /\bcode \?\? "(\w+)"/g,
  /\brun\("[\w-]+", "(\w+)",/g,
  /\? "((?:http|s?ftp)_\w+)"/g,
];

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
}

const found = (pattern: RegExp) =>
  sources().flatMap((text) => [...text.matchAll(pattern)].map(([, code]) => code ?? ""));

describe("the codes of failures in the source", () => {
  const codes = [...new Set(WRITTEN.flatMap(found))].sort();

  it("are found in each way in which they are written", () => {
    for (const pattern of WRITTEN) expect(found(pattern), String(pattern)).not.toEqual([]);
    expect(codes).toEqual(expect.arrayContaining(["dns", "file_name", "login", "not_http", "one_event", "size"]));
  });

  it.each(LANGUAGES)("have words in %s", (language) => {
    const wordless = codes.filter((code) => failureReason({ fault: "response", code, text: "" }, language) === "");
    expect(wordless).toEqual([]);
  });

  it("are of known families where they hold a number", () => {
    const families = new Set(found(/`(\w+_)\$\{status\}`/g));
    expect([...families].sort()).toEqual(["ftp_", "http_", "sftp_"]);
    for (const family of families) {
      const facts = { fault: "response", code: `${family}777`, text: "" } as const;
      expect(failureReason(facts, "nl"), family).not.toBe("");
    }
  });
});
