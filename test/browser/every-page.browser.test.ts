import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser as Reader, welcomePath } from "../console/signed-in.js";
import { expectAccessible, expectNoSideways, newVisitor, startBrowser, unfold } from "../support/browser.js";
import { type ConsoleScene, startConsoleScene } from "../support/console-scene.js";
import { type Place, placesOf } from "../support/every-page.js";

let scene: ConsoleScene;
let browser: Browser;
/** Of the roles that see less than an admin. */
let staff: Readonly<Record<Staff, string>>;

const STAFF = ["operator", "auditor"] as const;
type Staff = (typeof STAFF)[number];

async function signedIn(role: Staff): Promise<string> {
  const { service } = scene;
  const invited = { email: `${role}@example.com`, name: role, role };
  const { body } = await service.call<{ link: string }>("POST", "/v1/users", invited);
  const reader = new Reader(service.url);
  await reader.post(welcomePath(body.link), { name: role, password: `the ${role}'s long password` });
  return reader.session ?? "";
}

beforeAll(async () => {
  [scene, browser] = await Promise.all([startConsoleScene(), startBrowser()]);
  staff = { operator: await signedIn("operator"), auditor: await signedIn("auditor") };
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
});

async function visitor(as: Place["as"] | Staff, how: Parameters<typeof newVisitor>[2]) {
  const { url } = scene.service;
  const opened = await newVisitor(browser, url, how);
  const value = as === "nobody" ? "" : { ...scene.sessions, ...staff }[as];
  if (value !== "") await opened.context.addCookies([{ name: "waybell-session", value, url }]);
  return opened;
}

const WHO = ["admin", "customer", "nobody"] as const;
const status = ({ address }: Place) => (address === "/welcome/of-no-use" ? 404 : 200);

const OF_LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"];

const LOOKS = [
  { name: "light and wide", size: { width: 1280, height: 900 }, colorScheme: "light", rules: undefined },
  // What stands in a page is the same in the dark: only its colours and places differ.
  { name: "dark, on a small phone", size: { width: 360, height: 740 }, colorScheme: "dark", rules: OF_LOOKS },
] as const;

/** Holds the page as it stands against axe, in one of its looks. */
async function expectUsable(page: Page, { size, colorScheme, rules }: (typeof LOOKS)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
  await unfold(page);
  await expectNoSideways(page);
  await expectAccessible(page, rules);
}

describe.each(WHO)("every page that %s sees", (as) => {
  const places = () => placesOf(scene).filter((place) => place.as === as);

  it("has its heading and what it is about without JavaScript", async () => {
    const { page, context } = await visitor(as, { javaScript: false });
    for (const place of places()) {
      expect((await page.goto(place.address))?.status(), place.address).toBe(status(place));
      expect(await page.locator("h1").count(), place.address).toBe(1);
      expect((await page.locator("h1").innerText()).trim(), place.address).not.toBe("");
      expect(await page.locator("main").innerHTML(), place.address).toMatch(place.shows);
    }
    await context.close();
  });

  it("can be used by everybody, and fits, in either look", { timeout: 240_000 }, async () => {
    const { page, context, troubles } = await visitor(as, {});
    for (const place of places()) {
      await page.goto(place.address);
      for (const look of LOOKS) await expectUsable(page, look);
    }
    // What is live ends with its page, and a link of no use is asked for on purpose.
    expect(troubles.filter((text) => !/\/live failed$|\b404\b/.test(text))).toEqual([]);
    await context.close();
  });
});

describe.each(STAFF)("what %s sees otherwise than an admin", (as) => {
  it("can be used by everybody, and fits, wide and narrow", async () => {
    const { page, context } = await visitor(as, {});
    for (const address of ["/", "/customers", "/customers/acme", `/endpoints/${scene.ids.endpoints.paused}`]) {
      expect((await page.goto(address))?.status(), address).toBe(200);
      for (const look of LOOKS) await expectUsable(page, look);
    }
    await context.close();
  });
});

interface Answered {
  readonly what: string;
  readonly as?: Staff;
  readonly at: string;
  /** Sends what is answered. */
  send(page: Page): Promise<unknown>;
  /** Stands in the answer, and in no page before it. */
  readonly shows: string;
}

/** Presses a button of a form that the browser itself would not send as it is. */
async function press(page: Page, button: string): Promise<void> {
  await page.evaluate("for (const form of document.forms) form.noValidate = true");
  await page.locator(button).click();
}

const SAVE = "main button.primary[type=submit]";
const ANSWERED: readonly Answered[] = [
  {
    what: "an endpoint that is refused (422)",
    at: "/customers/bolt/endpoints/new",
    send: (page) => press(page, SAVE),
    shows: ".notice.bad ~ section .error",
  },
  {
    what: "a customer that another has changed (409)",
    at: "/customers/bolt/edit",
    async send(page) {
      const bolt = { name: "Bolt & Sons", emails: ["it@bolt.example"], timeZone: "Asia/Tokyo", language: "fr" };
      await scene.service.call("PUT", "/v1/customers/bolt", bolt);
      await press(page, SAVE);
    },
    shows: "form.panel .notice a[target=_blank]",
  },
  {
    what: "the plan of an import",
    at: "/customers/bolt/endpoints/import",
    async send(page) {
      const file = await page.request.get("/customers/bolt/endpoints.yaml");
      await page.locator("textarea").fill((await file.text()).replace("Bolt FTP", "Bolt files"));
      await press(page, SAVE);
    },
    shows: "main table",
  },
  {
    what: "an import that is faulty",
    at: "/customers/bolt/endpoints/import",
    async send(page) {
      await page.locator("textarea").fill("endpoints:\n  - name: 7\n    transport: { type: none }\n");
      await press(page, SAVE);
    },
    shows: ".panel > .notice.bad",
  },
  {
    what: "the page to sign in that carries a form",
    at: "/customers/bolt/endpoints/new",
    async send(page) {
      await page.locator("input[name=name]").fill("Typed for an hour");
      await page.context().clearCookies();
      await press(page, SAVE);
    },
    shows: "input[name=kept]",
  },
  {
    what: "a page that is not for a role (403)",
    as: "auditor",
    at: "/",
    send: (page) => page.goto("/keys"),
    shows: "h1:has-text('Not for your role')",
  },
  {
    what: "the progress of many",
    at: "/deliveries/bulk?verb=retry&state=failed",
    send: (page) => press(page, "#count button.primary"),
    shows: "#bulk progress",
  },
];

describe("what answers", () => {
  it.each(ANSWERED)("$what can be used by everybody, and fits", async ({ as, at, send, shows }) => {
    const { page, context } = await visitor(as ?? "admin", {});
    await page.goto(at);
    expect(await page.locator(shows).count()).toBe(0);
    await send(page);
    await page.locator(shows).first().waitFor({ state: "attached" });
    for (const look of LOOKS) await expectUsable(page, look);
    await context.close();
  });
});
