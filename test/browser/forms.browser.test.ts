import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN, firstAdmin, PASSWORD, Browser as Reader } from "../console/signed-in.js";
import { expectAccessible, newVisitor, startBrowser, unfold } from "../support/browser.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

const { folder, remove } = temporaryFolder();
const shown: string[] = [];
let service: TestService;
let receiver: HttpReceiver;
let browser: Browser;

beforeAll(async () => {
  [receiver, browser] = await Promise.all([startHttpReceiver(), startBrowser()]);
  service = await startTestService(folder, { shown });
  await firstAdmin(service.url, shown);
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await receiver?.stop();
  remove();
});

async function signIn(page: Page): Promise<void> {
  await page.getByLabel("E-mail address").first().fill(ADMIN.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Somebody in a browser of their own, signed in at a page. */
async function visit(path: string, javaScript = true) {
  const visitor = await newVisitor(browser, service.url, { javaScript });
  await visitor.page.goto(`/sign-in?next=${encodeURIComponent(path)}`);
  await signIn(visitor.page);
  await visitor.page.waitForURL((url) => url.pathname === path);
  return visitor;
}

/** Ends the session of the browser, as by signing out elsewhere. */
async function endSession({ context }: Awaited<ReturnType<typeof visit>>): Promise<void> {
  const elsewhere = new Reader(service.url);
  for (const { name, value } of await context.cookies()) elsewhere.cookies.set(name, value);
  await elsewhere.get("/statuses");
  expect((await elsewhere.post("/sign-out")).location).toBe("/sign-in");
}

const endpoints = async () =>
  (await service.call<{ items: { name: string; transport: { url: string } }[] }>("GET", "/v1/customers/acme/endpoints"))
    .body.items;

describe("what was typed into a form whose session has ended", () => {
  const NEW = "/customers/acme/endpoints/new";

  it.each([
    ["with JavaScript", true],
    ["without JavaScript", false],
  ])("is there again after signing in, %s, and is saved then", async (name, javaScript) => {
    const visitor = await visit(NEW, javaScript);
    const { page, context } = visitor;
    await endSession(visitor);
    const address = `${receiver.url}/typed`;
    await page.getByLabel("Name *", { exact: true }).fill(name);
    await page.getByLabel("Address (URL) *").fill(address);
    await page.getByLabel("API key").fill("planted-secret");
    if (javaScript) {
      // The preview beside the form says so, and the page stays.
      await page.locator("#session-ended").getByRole("link", { name: "Sign in again" }).waitFor();
      expect(await page.getByLabel("Name *", { exact: true }).inputValue()).toBe(name);
      expect(await page.locator("#preview").innerText()).not.toContain("session");
      await expectAccessible(page);
    }
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("the form comes back with what you typed").waitFor();
    expect(await page.content()).not.toContain("planted-secret");
    if (javaScript) await expectAccessible(page);
    await signIn(page);
    if (!javaScript) await page.getByRole("button", { name: "Show what I typed" }).click();
    await page.getByText("This is what you typed before your session ended.").waitFor();
    expect(new URL(page.url()).pathname).toBe(NEW);
    if (javaScript) {
      await unfold(page);
      await expectAccessible(page);
    }
    expect(await page.getByLabel("Address (URL) *").inputValue()).toBe(address);
    expect(await page.getByLabel("API key").inputValue()).toBe("");
    expect((await endpoints()).some((each) => each.name === name)).toBe(false);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Created.").waitFor();
    expect((await endpoints()).find((each) => each.name === name)?.transport.url).toBe(address);
    await context.close();
  });

  it("stays in its page, which does not say that one is signed out once one has signed in again", async () => {
    const visitor = await visit(NEW);
    const { page, context } = visitor;
    const notice = page.locator("#session-ended");
    await endSession(visitor);
    await page.getByLabel("Name *", { exact: true }).fill("Two tabs");
    const [other] = await Promise.all([
      context.waitForEvent("page"),
      notice.getByRole("link", { name: "Sign in again" }).click(),
    ]);
    await signIn(other);
    await other.getByRole("link", { name: "Ann" }).waitFor();
    for (const button of ["Preview", "Test connection"]) {
      await page.getByRole("button", { name: button }).click();
      await notice.getByText("You have signed in again.").waitFor();
      expect(await notice.getByText("Your session has ended.").isVisible()).toBe(false);
      // The answer is told before the button is given back.
      await page.locator("button:enabled").getByText(button, { exact: true }).waitFor();
    }
    expect(await page.getByLabel("Name *", { exact: true }).inputValue()).toBe("Two tabs");
    await expectAccessible(page);
    await context.close();
  });

  it("comes back in its own tab after signing in in another", async () => {
    const visitor = await visit("/customers/acme/edit");
    const { page, context } = visitor;
    await endSession(visitor);
    await page.getByLabel("Name", { exact: true }).fill("Acme of two tabs");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("If you have signed in in another tab").waitFor();
    const other = await context.newPage();
    await other.goto("/sign-in");
    await signIn(other);
    await other.getByRole("link", { name: "Ann" }).waitFor();
    await page.getByRole("button", { name: "Show what I typed" }).click();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Acme of two tabs");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    await context.close();
  });
});

it("an endpoint that two people change at once keeps the change of the first, until the second has seen it", async () => {
  const id = await service.endpoint(`${receiver.url}/two`, { name: "Of two people" });
  const edit = `/endpoints/${id}/edit`;
  const [first, second] = [await visit(edit), await visit(edit)];
  await first.page.getByLabel("Name *", { exact: true }).fill("By the first");
  await second.page.getByLabel("Name *", { exact: true }).fill("By the second");
  await first.page.getByRole("button", { name: "Save" }).click();
  await first.page.getByText("Saved.").waitFor();
  await second.page.getByRole("button", { name: "Save" }).click();
  await second.page.getByText("This was changed meanwhile").waitFor();
  await unfold(second.page);
  await expectAccessible(second.page);
  expect(await second.page.getByLabel("Name *", { exact: true }).inputValue()).toBe("By the second");
  const [now] = await Promise.all([
    second.context.waitForEvent("page"),
    second.page.getByRole("link", { name: "Look at how it is now" }).click(),
  ]);
  expect(await now.getByLabel("Name *", { exact: true }).inputValue()).toBe("By the first");
  await second.page.getByRole("button", { name: "Save all the same" }).click();
  await second.page.getByText("Saved.").waitFor();
  expect((await endpoints()).map(({ name }) => name)).toContain("By the second");
  await first.context.close();
  await second.context.close();
});

describe("a form that is clicked twice", () => {
  const count = async (id: string) =>
    (await service.call<{ items: unknown[] }>("GET", `/v1/deliveries?endpoint=${id}`)).body.items.length;

  /** A delivery that has arrived: its page, and its endpoint. */
  async function delivered(order: string) {
    const id = await service.endpoint(`${receiver.url}/${order}`, { name: order });
    await service.publish({ order });
    const list = async () =>
      (await service.call<{ items: { id: string; state: string }[] }>("GET", `/v1/deliveries?endpoint=${id}`)).body;
    await until(async () => (await list()).items.some(({ state }) => state === "delivered"), 15_000, "the delivery");
    return { id, path: `/deliveries/${(await list()).items[0]?.id}` };
  }

  /** Lets the service take what is sent, and keeps its answers back until `release`: how often it was sent. */
  async function slowAnswers(page: Page) {
    const taken: number[] = [];
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    await page.route("**/replay", async (route) => {
      const response = await route.fetch({ maxRedirects: 0 });
      taken.push(response.status());
      await held;
      // Chromium has taken back what it asked before the second click.
      await route.fulfill({ response }).catch(() => undefined);
    });
    return { taken, release: () => release() };
  }

  /** Until everything has arrived: what still waits is never made twice. */
  const settled = (id: string, wanted: number) =>
    until(
      async () => {
        const { body } = await service.call<{ items: { state: string }[] }>("GET", `/v1/deliveries?endpoint=${id}`);
        return body.items.length === wanted && body.items.every(({ state }) => state === "delivered");
      },
      15_000,
      "all of them",
    );
  const replay = (page: Page) => page.getByRole("button", { name: "Send again as a new delivery" });

  /** What clicks there, without waiting for what comes of it as locators do. */
  async function clickerOf(page: Page): Promise<() => Promise<void>> {
    const box = await replay(page).boundingBox();
    if (!box) throw new Error("there is no button");
    return () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  }

  it("is sent once while its answer is slow, and again by who comes back for it", async () => {
    const { id, path } = await delivered("twice");
    const { page, context } = await visit(path);
    const { taken, release } = await slowAnswers(page);
    const click = await clickerOf(page);
    await click();
    await until(() => taken.length > 0, 15_000, "the first click");
    await click();
    release();
    await page.waitForURL(/notice=deliveryReplayed/);
    expect(taken).toEqual([303]);
    await settled(id, 2);
    const { body } = await service.call<{ items: { id: string }[] }>("GET", `/v1/deliveries?endpoint=${id}`);
    const latest = body.items.map((each) => `/deliveries/${each.id}`).find((each) => each !== path);
    await page.goto(latest ?? "");
    await replay(page).click();
    await page.waitForURL(/notice=deliveryReplayed/);
    expect(await count(id)).toBe(3);
    await context.close();
  });

  it("can be clicked again in a page that the browser had put aside, as another one", async () => {
    const { path } = await delivered("aside");
    const { page, context } = await visit(path);
    // The page stays as it was left.
    await page.route("**/replay", (route) => route.fulfill({ status: 204 }));
    const once = () => page.locator("form[action$='/replay'] [name=once]").inputValue();
    const before = await once();
    await replay(page).click();
    await expect.poll(() => replay(page).isDisabled()).toBe(true);
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    expect(await replay(page).isDisabled()).toBe(false);
    expect(await once()).not.toBe(before);
    await context.close();
  });

  it("does it once without JavaScript, though it is sent twice", async () => {
    const { id, path } = await delivered("twice-plain");
    const { page, context } = await visit(path, false);
    const { taken, release } = await slowAnswers(page);
    const click = await clickerOf(page);
    await click();
    await until(() => taken.length === 1, 15_000, "the first click");
    await settled(id, 2);
    await click();
    await until(() => taken.length === 2, 15_000, "the second click");
    release();
    await page.waitForURL(/notice=deliveryReplayed/);
    expect(taken).toEqual([303, 303]);
    expect(await count(id)).toBe(2);
    await context.close();
  });
});
