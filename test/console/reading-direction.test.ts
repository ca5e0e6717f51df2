import { DOMParser, type Element, type Node } from "@xmldom/xmldom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isolated } from "../../src/console/reading-direction.js";
import { translateTo } from "../../src/console/word.js";
import { endpoints } from "../../src/console/words/endpoints.js";
import { everyReader } from "../support/console-walk.js";
import { type PlantedWalk, startPlanted } from "../support/planted-walk.js";
import { parseHTML } from "./html.js";

/** A letter that is written from right to left, and then everything that reaches out of a text, unbalanced. */
const LETTER = "\u05d0";
const hostile = (what: string) => `${LETTER}${what}\u202e\u2069\u202c\u2066x\u2067\u2068\u202b\u200f`;
const CONTROLS = /[\u202a-\u202e\u2066\u2067]/;
const TURNS = /[\u0590-\u08ff\u200e\u200f]/;

describe("a text among others", () => {
  it("is as it was where it is written from left to right", () => {
    for (const text of ["", "Acme & Sons", "Přerov – 東京", "12 %"]) expect(isolated(text)).toBe(text);
  });

  it("is isolated where it is not, once", () => {
    expect(isolated("שלום")).toBe("\u2068שלום\u2069");
    expect(isolated(isolated("שלום"))).toBe("\u2068שלום\u2069");
    expect(isolated(`${isolated("שלום")} wijzigen`)).toBe("\u2068שלום\u2069 wijzigen");
  });

  it("shows what would reach out of it", () => {
    expect(isolated("a\u202eb")).toBe("a[U+202E]b");
    expect(isolated("a\u2069b\u2068c")).toBe("a[U+2069]b[U+2068]c");
    expect(isolated(`${LETTER}\u2069b\u2068`)).toBe(`\u2068${LETTER}[U+2069]b[U+2068]\u2069`);
  });

  it("is isolated in a sentence, as long and as nested as it may be", () => {
    const t = translateTo("nl");
    expect(t(endpoints.change)(`${LETTER}\u202e`)).toBe(`\u2068${LETTER}[U+202E]\u2069 wijzigen`);
    const nested = "\u2068".repeat(30_000) + LETTER + "\u2069".repeat(30_000);
    expect(isolated(nested)).toBe(nested);
  });
});

/** Attributes whose values are no text: addresses, names, what a field holds. */
const NO_TEXT =
  /^(value|href|action|formaction|name|id|for|list|src|key|class|datetime|lang|hx-.*|sse-.*|aria-describedby|data-(copy|submit.*|with.*))$/;
const ISOLATE = /\u2068([^\u2068\u2069]*)\u2069/g;

/** What is wrong with a text that a page shows; `isInside`: an element around it isolates it. */
function faultOf(text: string, isInside: boolean): string | undefined {
  if (CONTROLS.test(text)) return "holds a control";
  let rest = text;
  const inner = [...text.matchAll(ISOLATE)].map(([, each = ""]) => each);
  while (rest !== rest.replace(ISOLATE, "")) rest = rest.replace(ISOLATE, "");
  if (/[\u2068\u2069]/.test(rest)) return "closes what it does not open, or the other way around";
  if (!isInside && TURNS.test(rest)) return "is not isolated";
  // An isolate around more than one text would let the one turn the other.
  return !isInside && inner.some((each) => !each.startsWith(LETTER)) ? "is isolated with what is beside it" : undefined;
}

interface Found {
  readonly faults: string[];
  /** Where texts stood that can turn others: elements, and attributes as `@title`. */
  readonly places: Set<string>;
}

function look(node: Node, isInside: boolean, where: string, found: Found): void {
  if (node.nodeType === 3 && node.nodeValue) {
    const fault = faultOf(node.nodeValue, isInside);
    if (TURNS.test(node.nodeValue)) found.places.add(node.parentNode?.nodeName ?? "");
    if (fault) found.faults.push(`${where}: ${JSON.stringify(node.nodeValue)} ${fault}`);
  }
  if (/^(pre|textarea|script|style)$/.test(node.nodeName)) return;
  for (const { name, value } of Array.from((node as Element).attributes ?? [])) {
    if (NO_TEXT.test(name)) continue;
    const fault = faultOf(value, false);
    if (TURNS.test(value)) found.places.add(`@${name}`);
    if (fault) found.faults.push(`${where} ${name}: ${JSON.stringify(value)} ${fault}`);
  }
  for (let child = node.firstChild; child; child = child.nextSibling) {
    look(child, isInside || node.nodeName === "bdi", `${where} ${child.nodeName}`, found);
  }
}

let pages: PlantedWalk;
beforeAll(async () => {
  pages = await startPlanted(hostile, "text/plain; charset=utf-8");
}, 60_000);
afterAll(() => pages?.close());

describe("every page", () => {
  it("lets no text of others turn what stands around it, in whichever field, element or attribute it is", async () => {
    const found: Found = { faults: [], places: new Set() };
    let count = 0;
    await pages.readEvery("nl", (html, where) => {
      count++;
      look(new DOMParser({ onError: () => {} }).parseFromString(html, "text/html"), false, where, found);
    });
    expect([...new Set(found.faults)]).toEqual([]);
    expect(count).toBeGreaterThan(60);
    for (const place of ["bdi", "title", "option", "@aria-label"]) expect([...found.places]).toContain(place);
  }, 60_000);

  it("keeps the values of fields to the byte", async () => {
    const [{ browser } = { browser: null }] = await everyReader(pages.service.url, async (method, path, body) =>
      pages.ask(method, path, {
        ...(body as object),
        email: `again-${(body as { role: string }).role}@readers.example`,
      }),
    );
    const form = async (path: string) => parseHTML((await browser?.get(path))?.html ?? "", "setting");
    expect(await form(`/endpoints/${pages.endpoint}/edit`)).toMatchObject({ name: hostile("endpoint") });
    const copy = await form(`/customers/acme/endpoints/new?copy=${pages.endpoint}`);
    expect(copy).toMatchObject({ name: `Copy of ${hostile("endpoint")}` });
  });
});
