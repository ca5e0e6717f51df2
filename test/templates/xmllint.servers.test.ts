import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatLocal } from "../../src/time.js";
import type { StatusEvent } from "../../src/types.js";
import { programs } from "../servers/launch.js";
import { NASTY, nastyText, random } from "./nasty.js";
import { bytesOf, catalogueEvents, contentOf, eventOf, membersOf, render, xmlPart } from "./support.js";

// Letters of no language: they part what xmllint prints, and no text of these tests holds them.
const [BETWEEN, AFTER] = ["\ue000", "\ue001"];

let folder: string;
let xmllint: string;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  const found = programs();
  xmllint = found.xmllint;
  env = { ...process.env, LD_LIBRARY_PATH: found.libraries };
  folder = mkdtempSync(join(tmpdir(), "waybell-xmllint-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[]): string {
  return execFileSync(xmllint, args, { encoding: "utf8", env, maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "pipe"] });
}

/** Writes the events' documents, has xmllint check them, and returns what it reads under `paths` in each. */
async function read(events: readonly StatusEvent[], paths: readonly string[]): Promise<string[][]> {
  const files: string[] = [];
  for (const [at, event] of events.entries()) {
    const file = join(folder, `${at}.xml`);
    writeFileSync(file, await bytesOf(render(event, "xml")));
    files.push(file);
  }
  expect(run(["--huge", "--nonet", "--noout", ...files])).toBe("");
  const values = paths.map((path) => `${path}, '${BETWEEN}'`).join(", ");
  const printed = run(["--huge", "--nonet", "--xpath", `concat(${values}, '${AFTER}')`, ...files]);
  return printed
    .split(`${AFTER}\n`)
    .slice(0, -1)
    .map((document) => document.split(BETWEEN).slice(0, -1));
}

describe("xmllint", () => {
  it("reads all 166 rows of the catalogue as they were written", async () => {
    const expected = catalogueEvents.map((event) => membersOf(event, formatLocal(event.statusTime, "Europe/Brussels")));
    const paths = Object.keys(expected[0] ?? {}).map((name) => `/track/${name}`);
    expect(paths).toHaveLength(14);
    expect(await read(catalogueEvents, paths)).toEqual(expected.map((members) => Object.values(members)));
  });

  it("reads any text as it was given, less what XML cannot hold", async () => {
    const next = random(9);
    const texts = [...NASTY, ...Array.from({ length: 300 }, () => nastyText(next))];
    const events = texts.map((text) => eventOf({ comment: text, order: text, descriptions: { fr: text } }));
    const expected = texts.map((text) => [xmlPart(text), xmlPart(text), xmlPart(text)]);
    expect(await read(events, ["/track/comment", "/track/order", "/track/statusFR"])).toEqual(expected);
  });

  it("reads pictures of several megabytes and who signed", async () => {
    const picture = `data:image/jpeg;base64, ${"/9j/4AAQ".repeat(1_250_000)}`;
    const event = eventOf({
      pictures: [contentOf("data:,a"), contentOf(picture, 256 * 1024)],
      signatures: [{ image: contentOf("data:,b"), signedBy: "J. Peeters & Zn <kaai 5>" }],
    });
    const paths = ["/track/signatures/signature", "/track/signatures/signedby", "count(/track/pictures/*)"];
    const [values] = await read([event], [...paths, "/track/pictures/picture[2]"]);
    expect(values?.slice(0, 3)).toEqual(["data:,b", "J. Peeters & Zn <kaai 5>", "2"]);
    expect(values?.[3] === picture).toBe(true);
  });
});
