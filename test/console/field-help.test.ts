import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsoleScene, startConsoleScene } from "../support/console-scene.js";
import { placesOf } from "../support/every-page.js";
import { Browser } from "./signed-in.js";

/** What nobody types into. A box to tick says in its label what it does; that of a list is helped by its group's text. */
const NO_FIELDS: readonly string[] = ["hidden", "checkbox", "radio", "submit", "search"];

let scene: ConsoleScene;
beforeAll(async () => {
  scene = await startConsoleScene(1);
}, 60_000);
afterAll(() => scene?.close());

const all = (within: Document | Element, ...tags: readonly string[]): Element[] =>
  tags.flatMap((tag) => [...(within.getElementsByTagName(tag) as unknown as Iterable<Element>)]);

/** The closest element of a name around one. */
function around(element: Element, name: string): Element | null {
  let at: Element | null = element;
  while (at && at.nodeName !== name) at = at.parentNode as Element | null;
  return at;
}

function isHelped(document: Document, element: Element): boolean {
  const ids = (element.getAttribute("aria-describedby") ?? "").split(" ");
  return ids.some((id) => id.endsWith("-help") && document.getElementById(id)?.textContent?.trim());
}

interface Found {
  readonly fields: number;
  /** Those that nothing helps with; of a table that people fill in, the table. */
  readonly helpless: readonly string[];
}

/** The fields of what a page posts: those of forms that only look something up are no settings. */
function fieldsOf(html: string): Found {
  const document = new DOMParser({ onError: () => {} }).parseFromString(html, "text/html");
  const [main = document] = all(document, "main");
  const controls = all(main, "input", "select", "textarea").filter((control) => {
    const isPosted = control.hasAttribute("form") || around(control, "form")?.getAttribute("method") === "post";
    return isPosted && !NO_FIELDS.includes(control.getAttribute("type") ?? "text") && !around(control, "template");
  });
  const fields = controls.map((control) => (around(control, "table") && around(control, "fieldset")) || control);
  const nameOf = (field: Element) => field.getAttribute("name") ?? field.getAttribute("id") ?? "";
  const helpless = fields.filter((field) => !isHelped(document, field)).map(nameOf);
  return { fields: fields.length, helpless: [...new Set(helpless)] };
}

async function fieldsAt(address: string, as: "admin" | "customer" = "admin"): Promise<Found> {
  const browser = new Browser(scene.service.url);
  browser.cookies.set("waybell-session", scene.sessions[as]);
  const { status, html } = await browser.get(address);
  expect(status, address).toBe(200);
  return fieldsOf(html);
}

describe("each field of a form says what it is for", () => {
  it("on every page of who is signed in", async () => {
    let fields = 0;
    for (const { address, as } of placesOf(scene)) {
      // To sign in asks for nothing but an address and a password.
      if (as === "nobody") continue;
      const found = await fieldsAt(address, as);
      expect(found.helpless, address).toEqual([]);
      fields += found.fields;
    }
    expect(fields).toBeGreaterThan(150);
  });

  it("for each transport and each template", async () => {
    const { body } = await scene.service.call<{ items: { name: string }[] }>("GET", "/v1/transports");
    const templates = await scene.service.call<{ items: { name: string }[] }>("GET", "/v1/templates");
    const chosen = [
      ...body.items.map(({ name }) => `transport=${name}`),
      ...templates.body.items.map(({ name }) => `template=${name}`),
    ];
    expect(chosen.length).toBeGreaterThan(8);
    for (const choice of chosen) {
      const found = await fieldsAt(`/customers/bolt/endpoints/new?${choice}`);
      expect(found.helpless, choice).toEqual([]);
      expect(found.fields, choice).toBeGreaterThan(15);
    }
  });
});
