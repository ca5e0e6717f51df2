import { DOMParser, type Element, type Node } from "@xmldom/xmldom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PlantedWalk, startPlanted } from "../support/planted-walk.js";

const MARKUP = `<script>alert(1)</script><img src=x onerror=alert(2)>`;
/** What ends a line, a cell, an attribute, an element and a text, in any of the ways in which one can be written. */
const planted = (what: string) => `=cmd|${what}\r\nX-Planted:1\r\n"'\` onx=1 >${MARKUP}</title>`;

/** Texts and values in which it stands, as a browser reads the page, and what came of it beside them. */
interface Found {
  readonly faults: string[];
  readonly places: Set<string>;
}

function look(node: Node, where: string, found: Found): void {
  const name = node.nodeName.toLowerCase();
  if (node.nodeType === 3 && node.nodeValue?.includes(MARKUP)) found.places.add(node.parentNode?.nodeName ?? "");
  if (name === "script" && /alert\(/.test(node.textContent ?? "")) found.faults.push(`${where}: a script`);
  for (const { name: attribute, value } of Array.from((node as Element).attributes ?? [])) {
    if (/^on/i.test(attribute)) found.faults.push(`${where}: ${attribute}`);
    if (name === "img" && value === "x") found.faults.push(`${where}: an image`);
    if (value.includes(MARKUP)) found.places.add(`@${attribute}`);
  }
  for (let child = node.firstChild; child; child = child.nextSibling) look(child, `${where} ${child.nodeName}`, found);
}

let pages: PlantedWalk;
beforeAll(async () => {
  pages = await startPlanted(planted, "text/html; charset=utf-8");
}, 60_000);
afterAll(() => pages?.close());

describe("every page", () => {
  it("shows markup of others as the text that it is, in whichever field, element or attribute", async () => {
    const found: Found = { faults: [], places: new Set() };
    let count = 0;
    await pages.readEvery("en", (html, where, headers) => {
      count++;
      if (headers.has("x-planted")) found.faults.push(`${where}: a header`);
      // Whatever a parser makes of it: written as it came it stands nowhere.
      for (const raw of ["<script>alert(1)", "<img src=x"]) {
        if (html.includes(raw)) found.faults.push(`${where}: ${raw}`);
      }
      look(new DOMParser({ onError: () => {} }).parseFromString(html, "text/html"), where, found);
    });
    expect([...new Set(found.faults)]).toEqual([]);
    expect(count).toBeGreaterThan(60);
    for (const place of ["title", "option", "@aria-label", "@value"]) expect([...found.places]).toContain(place);
  }, 60_000);
});
