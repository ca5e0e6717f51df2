import { DOMParser, type Element, type Node } from "@xmldom/xmldom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieOf, everyPageOf, everyReader } from "../support/console-walk.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { plantEverywhere } from "../support/planted-texts.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { parseHTML } from "./html.js";

const MARKUP = `<script>alert(1)</script><img src=x onerror=alert(2)>`;
/** What ends a cell, an attribute, an element and a text, in any of the ways in which one can be written. */
const planted = (what: string) => `=cmd|${what}"'\` onplanted=1 >${MARKUP}</title>`;

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

const { folder, remove } = temporaryFolder();
let service: TestService;
let receiver: HttpReceiver;
let endpoint: string;

async function ask(method: string, path: string, body?: unknown) {
  const answer = await service.call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

beforeAll(async () => {
  receiver = await startHttpReceiver();
  receiver.answer = (_request, response) =>
    void response.writeHead(500, { "content-type": "text/html; charset=utf-8" }).end(planted("answer"));
  service = await startTestService(folder);
  endpoint = await plantEverywhere(service, receiver.url, ask, planted);
}, 60_000);
afterAll(async () => {
  await service?.close();
  await receiver?.stop();
  remove();
});

describe("every page", () => {
  it("shows markup of others as the text that it is, in whichever field, element or attribute", async () => {
    const found: Found = { faults: [], places: new Set() };
    let pages = 0;
    const read = (html: string, path: string) => {
      pages++;
      // Whatever a parser makes of it: written as it came it stands nowhere.
      for (const raw of ["<script>alert(1)", "<img src=x"]) {
        if (html.includes(raw)) found.faults.push(`${path}: ${raw}`);
      }
      look(new DOMParser({ onError: () => {} }).parseFromString(html, "text/html"), path, found);
    };
    const readers = await everyReader(service.url, ask);
    await everyPageOf(readers, async (reader, path) => {
      const headers = { cookie: cookieOf(reader), accept: "text/html", "accept-language": "en" };
      const response = await fetch(new URL(path, service.url), { headers, redirect: "manual" });
      const html = await response.text();
      expect(response.headers.has("x-planted"), path).toBe(false);
      if (!response.headers.get("content-type")?.includes("html")) return "";
      read(html, path);
      return html;
    });
    const [{ browser } = { browser: null }] = readers;
    const form = parseHTML((await browser?.get(`/endpoints/${endpoint}/edit`))?.html ?? "", "setting");
    for (const asked of ["preview", "check", "test"]) {
      const reply = await browser?.post(`/endpoints/${endpoint}/edit`, { ...form, do: asked });
      read(reply?.html ?? "", `${asked} of ${endpoint}`);
    }
    expect([...new Set(found.faults)]).toEqual([]);
    expect(pages).toBeGreaterThan(60);
    for (const place of ["title", "option", "@aria-label", "@value"]) expect([...found.places]).toContain(place);
  }, 60_000);
});
