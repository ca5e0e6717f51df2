import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { fakePages, testSession, testSessions } from "./browser-like.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let browser: Browser;

beforeAll(async () => {
  const sessions = testSessions({ operator: testSession({ role: "operator" }) });
  service = await startTestService(folder, { sessions });
  browser = new Browser(service.url);
  browser.cookies.set("waybell-session", "operator");
});
afterAll(async () => {
  await service?.close();
  remove();
});

interface Row {
  readonly code: string;
  readonly status: string;
  readonly descriptions: Readonly<Record<string, string>>;
}
async function rowsOf(code: string): Promise<Row[]> {
  const { body } = await service.call<{ items: Row[] }>("GET", "/v1/statuses?limit=500");
  return body.items.filter((row) => row.code === code);
}

const CODE = "Own / [1] ü";
const edit = (code: string, more = {}) => `/statuses/edit?${new URLSearchParams({ code, ...more })}`;

describe("the catalogue in the pages", () => {
  it("takes a code of one's own, changes it, and takes it out again", async () => {
    expect((await browser.get("/statuses")).html).toContain('href="/statuses/edit"');
    await browser.get("/statuses/edit");
    const texts = { status: "WARNING", nl: "Eigen", fr: "Propre", en: "" };
    const added = await browser.post("/statuses/edit", { new: "yes", code: CODE, ...texts });
    expect([added.status, added.location]).toEqual([
      303,
      `/statuses?q=${encodeURIComponent(CODE).replaceAll("%20", "+")}&notice=saved`,
    ]);
    expect(await rowsOf(CODE)).toEqual([
      { code: CODE, status: "WARNING", descriptions: { nl: "Eigen", fr: "Propre" } },
    ]);
    await service.call("PUT", `/v1/statuses/${encodeURIComponent(CODE)}`, {
      status: "WARNING",
      descriptions: { nl: "Eigen", de: "Eigene" },
    });
    const { html } = await browser.get(edit(CODE));
    expect(html).toContain('<option value="WARNING" selected>');
    expect(html).toMatch(/name="nl" aria-describedby="field-nl-help" type="text" value="Eigen"/);
    await browser.post("/statuses/edit", { code: CODE, status: "NOTOK", nl: "Anders", fr: "", en: "Other" });
    const descriptions = { nl: "Anders", de: "Eigene", en: "Other" };
    expect(await rowsOf(CODE)).toEqual([{ code: CODE, status: "NOTOK", descriptions }]);
    const { body } = await service.call<{ items: { operation: string; key: { name: string } }[] }>(
      "GET",
      "/v1/audit?limit=1",
    );
    expect(body.items[0]).toMatchObject({ operation: "putStatus", key: { name: "operator@example.com" } });
    expect((await browser.post("/statuses/delete", { code: CODE })).location).toBe("/statuses?notice=deleted");
    expect(await rowsOf(CODE)).toEqual([]);
    expect((await browser.post("/statuses/delete", { code: CODE })).status).toBe(404);
  });

  it("says at its field what the API refuses, and keeps what was typed", async () => {
    await browser.get("/statuses/edit");
    const long = await browser.post("/statuses/edit", {
      new: "yes",
      code: "",
      status: "LOST",
      nl: "x".repeat(501),
      en: "typed",
    });
    expect(long.status).toBe(422);
    for (const field of ["code", "status", "nl"]) expect(long.html).toContain(`id="field-${field}-error"`);
    expect(long.html).toMatch(/name="en" aria-describedby="field-en-help" type="text" value="typed"/);
    const taken = await browser.post("/statuses/edit", { new: "yes", code: "take", status: "NOTOK", en: "Mine" });
    expect([taken.status, taken.html.includes("The catalogue has this code already")]).toEqual([409, true]);
    expect((await rowsOf("take"))[0]?.status).toBe("PROCESSING");
  });

  it("warns before several rows become one", async () => {
    const { html } = await browser.get(edit("notOk_24"));
    expect(html).toMatch(/This code has \d+ rows with different texts/);
  });

  it("offers to add a code that came in and that nobody knows, as it came", async () => {
    await service.endpoint("http://127.0.0.1:8/");
    const published = await service.publish({
      order: "A1",
      statusCode: "never seen",
      status: "NOTOK",
      statusTime: "2026-01-01T00:00:00Z",
      descriptions: { nl: "Nooit gezien", en: "Never seen" },
    });
    expect(published.status).toBe(202);
    const { body } = await service.call<{ items: { id: string }[] }>("GET", "/v1/deliveries?order=A1");
    const path = `/deliveries/${body.items[0]?.id}`;
    const address = edit("never seen", { status: "NOTOK", nl: "Nooit gezien", en: "Never seen" });
    expect((await browser.get(path)).html).toContain(`href="${address.replaceAll("&", "&amp;")}"`);
    const { html } = await browser.get(address);
    for (const text of ['value="NOTOK" selected', 'value="Nooit gezien"', 'value="Never seen"', 'value="never seen"']) {
      expect(html).toContain(text);
    }
    await browser.post("/statuses/edit", { new: "yes", code: "never seen", status: "NOTOK", nl: "Nooit gezien" });
    expect((await browser.get(path)).html).not.toContain("/statuses/edit");
    expect((await browser.get("/statuses?q=not%20to%20be%20found")).html).toContain(
      'href="/statuses/edit?code=not+to+be+found"',
    );
  });
});

describe("the search of the catalogue", () => {
  it("looks in the reader's language first, whatever accents are typed", async () => {
    const { get } = await fakePages({ role: "auditor" });
    const { html } = await get("/statuses?q=ANNULE%20EN", { "accept-language": "fr" });
    const cells = [...html.matchAll(/data-label="français"><div class="cell"><bdi>([^<]*)/g)].map(
      ([, text]) => text ?? "",
    );
    expect(cells.length).toBeGreaterThan(1);
    expect(cells[0]).toMatch(/^Annulé en/);
    expect((await get("/statuses?q=take")).html).toContain('<span class="badge info">PROCESSING</span>');
    expect(html).not.toContain("/statuses/edit");
  });

  it("is for those who may change it only where it changes something", async () => {
    const auditor = await fakePages({ role: "auditor" });
    expect((await auditor.get("/statuses/edit")).status).toBe(403);
    expect((await auditor.post("/statuses/edit", { code: "a" })).status).toBe(403);
    expect((await auditor.post("/statuses/delete", { code: "take" })).status).toBe(403);
    expect((await auditor.get("/deliveries/dlv_1")).html).not.toContain("/statuses/edit");
  });
});
