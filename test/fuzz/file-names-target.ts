import fc from "fast-check";
import { nameFiles } from "../../src/delivery/names.js";
import { RenderError } from "../../src/errors.js";
import { custom } from "../../src/templates/custom.js";
import { foldFileName, numberedFileName, safeFileName, testFileName } from "../../src/templates/file-name.js";
import { claimed, endpoint, eventRow, NOW } from "../delivery/kit.js";
import { registry } from "../store/kit.js";
import { contextOf } from "../templates/support.js";
import { fileNameFault } from "./documents.js";
import { anyEvent } from "./events.js";
import { fuzzTarget } from "./fuzz.js";
import { anyText } from "./texts.js";

interface Named {
  readonly parts: readonly string[];
  readonly extension: string;
  readonly number: number;
  readonly pattern: string;
  readonly event: Parameters<typeof custom.render>[0][number];
  /** Orders of one set of files, many of which are one name to some file system. */
  readonly orders: readonly string[];
}

/** Texts that are one name where capitals or accents do not count. */
const ALIKE = [
  "a",
  "A",
  "straße",
  "STRASSE",
  "strasse",
  "ſ",
  "s",
  "S",
  "é",
  "e\u0301",
  "É",
  "ς",
  "σ",
  "Σ",
  "K",
  "\u212a",
  "k",
];
const ORDERS = [
  ...ALIKE,
  "İ",
  "i",
  "I",
  "ı",
  "ﬁ",
  "fi",
  "a/b",
  "a:b",
  "a-b",
  "CON",
  "con",
  "x".repeat(300),
  "X".repeat(300),
];

/** What a file system without capitals takes for the same name: by small letters, by capitals, and composed or not. */
const keysOf = (name: string) => {
  const [small, large] = [name.toLowerCase(), name.toUpperCase()];
  return ["NFC", "NFD"].flatMap((form) => [small, large].map((one, at) => `${at}${form}${one.normalize(form)}`));
};

function refuse(name: string, what: string): void {
  const fault = fileNameFault(name);
  if (fault) throw new Error(`${what} ${JSON.stringify(name)} ${fault}`);
}

/** Gives each of these orders its file name as the worker does, and holds them against each other. */
async function checkUnique(orders: readonly string[]): Promise<void> {
  const taken = new Set<string>();
  const transport = { type: "ftp", host: "ftp.example.com", username: "u", password: "p", directory: "in" };
  const template = { name: "ontime", options: { format: "json" } };
  const named = await nameFiles(
    {
      registry,
      sources: { history: async () => [], details: async () => ({}) },
      contents: {
        content: () => {
          throw new Error("there are no pictures");
        },
      } as never,
      now: () => NOW,
      take: async ({ folded, number }) => {
        if (taken.has(folded)) return { given: false, highest: number };
        taken.add(folded);
        return { given: true, highest: number };
      },
    },
    orders.map((order, at) => claimed({ id: `dlv_${at}`, event: eventRow({ order }) })),
    endpoint({}, { name: "EDI", transport, template } as never),
  );
  const seen = new Map<string, string>();
  for (const { fileName } of named) {
    if (fileName === null) throw new Error("a file has no name");
    refuse(fileName, "the given name");
    for (const key of keysOf(fileName)) {
      const other = seen.get(key);
      if (other !== undefined)
        throw new Error(`${JSON.stringify(other)} and ${JSON.stringify(fileName)} are one file to some server`);
      seen.set(key, fileName);
    }
  }
}

async function check({ parts, extension, number, pattern, event, orders }: Named): Promise<void> {
  const name = safeFileName(parts, extension);
  refuse(name, "the name");
  const numbered = numberedFileName(name, number);
  refuse(numbered, "the numbered name");
  if (foldFileName(numbered) === foldFileName(name)) throw new Error("the number changes nothing");
  if (foldFileName(foldFileName(name)) !== foldFileName(name)) throw new Error("a folded name folds into another");
  refuse(testFileName(name, "tst_01m8av3s7k000001he4dk4a97g"), "the name of a test");
  const options = { format: "text", body: "x", fileName: pattern.slice(0, 1_000) || "x" };
  try {
    refuse(
      String(custom.render([event], options, contextOf({ format: "text", target: "file" })).fileName),
      "the own name",
    );
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
  }
  await checkUnique(orders);
}

const word = fc.oneof(anyText(300), fc.constantFrom(...ORDERS));

export const fileNamesTarget = fuzzTarget<Named>({
  name: "file-names",
  holds:
    "a file name leads out of no folder, is sound on every server and file system, within 200 bytes, and given out once",
  lanes: 1,
  open: () => ({
    values: fc.record({
      parts: fc.array(word, { minLength: 1, maxLength: 3 }),
      extension: fc.constantFrom("json", "xml", "csv", "txt", "a1B2c3D4e5"),
      number: fc.integer({ min: 2, max: 10_000 }),
      pattern: fc
        .array(fc.oneof(anyText(30), fc.constantFrom("{{ order }}", "{{ comment }}", "/", "..", ".json", "CON")), {
          maxLength: 4,
        })
        .map((pieces) => pieces.join("")),
      event: anyEvent,
      orders: fc.array(word, { minLength: 1, maxLength: 6 }),
    }),
    check,
    close: async () => {},
  }),
});
