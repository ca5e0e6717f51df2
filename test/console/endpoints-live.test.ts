import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let receiver: HttpReceiver;
let server: Server;
let browser: Browser;
let id: string;

beforeAll(async () => {
  receiver = await startHttpReceiver();
  service = await startTestService(folder, {
    sessions: testSessions({ operator: testSession({ role: "operator" }), auditor: testSession({ role: "auditor" }) }),
  });
  browser = signedIn("operator");
  id = await service.endpoint(receiver.url);
});
afterAll(async () => {
  await service?.close();
  await receiver?.stop();
  server?.close();
  remove();
});

function signedIn(who: string): Browser {
  const made = new Browser(service.url);
  made.cookies.set("waybell-session", who);
  return made;
}

const LIVE = { "waybell-live": "true" };
const shownLines = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { step?: string; end?: string });

describe("a connection test in a page", () => {
  it("answers the script with a part of the page a step, and everybody else with the page", async () => {
    await browser.get(`/endpoints/${id}`);
    const live = await browser.post(`/endpoints/${id}/check`, {}, LIVE);
    expect(live.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = shownLines(live.html);
    expect(lines.map(({ step = "" }) => /<strong>(.*?)<\/strong>/.exec(step)?.[1])).toEqual([
      "Look the name up",
      "Connect",
      "Ask the receiver",
      undefined,
    ]);
    expect(lines.at(-1)?.end).toContain("The endpoint can be reached");
    const whole = await browser.post(`/endpoints/${id}/check`);
    expect([whole.status, whole.html]).toEqual([200, expect.stringContaining("<strong>Ask the receiver</strong>")]);
    expect(whole.html).toContain("The endpoint can be reached");
  });

  it("of a form answers refusals as the page does", async () => {
    await browser.get(`/endpoints/${id}/edit`);
    const form = { do: "check", transport: "http-post", template: "ontime", name: "x", "transport.url": "nonsense" };
    const refused = await browser.post(`/endpoints/${id}/edit`, form, LIVE);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([422, "text/html; charset=utf-8"]);
    expect(refused.html).toContain('id="field-transport-url-error"');
    const good = { ...form, "transport.url": receiver.url, "template.format": "json" };
    const live = await browser.post(`/endpoints/${id}/edit`, good, LIVE);
    expect(shownLines(live.html).at(-1)?.end).toContain("can be reached");
  });

  it("offers to trust what a server has shown, and shows no text of its own as HTML", async () => {
    server = createServer((socket) => socket.end("220 <b>hello</b>\r\n500 <img src=x>\r\n"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as { port: number };
    const made = await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
      name: "Files",
      transport: { type: "ftp", host: "127.0.0.1", port, username: "u", password: "p" },
      template: { name: "ontime", options: { format: "xml" } },
    });
    await browser.get(`/endpoints/${made.body.id}`);
    const { html } = await browser.post(`/endpoints/${made.body.id}/check`, {}, LIVE);
    expect(shownLines(html).length).toBeGreaterThan(2);
    for (const { step = "", end = "" } of shownLines(html)) expect(step + end).not.toMatch(/<b>|<img/);
  });

  it("is not for who may only look", async () => {
    const auditor = signedIn("auditor");
    expect((await auditor.get(`/endpoints/${id}`)).html).not.toContain("/check");
    expect((await auditor.post(`/endpoints/${id}/check`)).status).toBe(403);
  });
});

describe("a resume", () => {
  it("shows how much waits, and what each choice would do", async () => {
    await service.call("POST", `/v1/endpoints/${id}/pause`);
    const empty = await browser.get(`/endpoints/${id}`);
    expect(empty.html).toContain("Nothing waits.");
    expect(empty.html).not.toContain("effect-cancel");
    await service.publish(
      { order: "A1", statusTime: "2026-01-02T03:00:00Z" },
      { order: "A1", statusTime: "2026-01-02T04:00:00Z" },
      { order: "A2" },
    );
    const { html } = await browser.get(`/endpoints/${id}`);
    expect(html).toMatch(/3 deliveries wait, the oldest since <time/);
    expect(html).toContain("Sends 3.");
    expect(html).toContain("Sends 2, and cancels 1 of which a later status of the same order waits.");
    expect(html).toContain("Cancels 3.");
    expect((await signedIn("auditor").get(`/endpoints/${id}`)).html).not.toContain("Sends 3.");
    const resumed = await browser.post(`/endpoints/${id}/resume`, { deliveries: "latest-per-order" });
    expect(resumed.status).toBe(303);
    await expect.poll(() => receiver.received.length).toBe(2);
  });
});

describe("a fault in a template of one's own", () => {
  const form = (body: string) => ({
    transport: "http-post",
    template: "custom",
    name: "own",
    "transport.url": receiver.url,
    "template.format": "text",
    "template.body": body,
  });
  const text = "first\r\n  <i>{{ nobody }}</i>\r\nlast";

  it.each(["save", "preview", "test"])("is shown at its line when it is asked to %s", async (asked) => {
    await browser.get(`/endpoints/${id}/edit`);
    const { status, html } = await browser.post(`/endpoints/${id}/edit`, { do: asked, ...form(text) });
    expect(status).toBe(422);
    expect(html).toMatch(/<textarea[^>]+aria-describedby="[^"]*field-template-body-detail[^"]*"/);
    const detail = /<div id="field-template-body-detail"[\s\S]*?<\/pre>/.exec(html)?.[0] ?? "";
    expect(detail).toContain("Line 2, column 9:");
    expect(detail).toContain("<mark>2 │   &lt;i>{{ nobody }}&lt;/i></mark>");
    const [before = "", after = ""] = detail.split("</mark>");
    expect(before).toContain("1 │ first");
    expect(after).toContain("3 │ last");
    // Four characters stand before the text of a line, and eight before the name.
    expect(/\n( *)\^/.exec(after)?.[1]).toHaveLength(4 + 8);
  });

  it("that the status of a test alone meets is shown there too, and told by the API", async () => {
    const body = `{"order": 1}\n{% if order == 'BAD' %}x{% endif %}`;
    const { body: published } = await service.publish({ order: "BAD" });
    const own = { ...form(body), "template.format": "json" };
    const event = String(published[0]?.id);
    const { status, html } = await browser.post(`/endpoints/${id}/edit`, { do: "test", event, ...own });
    expect(status).toBe(200);
    expect(html).toContain("It did not arrive.");
    expect(html).toContain("<mark>2 │ {% if order == 'BAD' %}x{% endif %}</mark>");
    const asked = await service.call("POST", "/v1/test", {
      customer: "acme",
      event: { order: "BAD" },
      endpoint: {
        name: "own",
        transport: { type: "http-post", url: receiver.url },
        template: { name: "custom", options: { format: "json", body } },
      },
    });
    expect(asked.body).toMatchObject({ ok: false, errors: [{ path: "/template/options/body", line: 2 }] });
  });

  it("is put beside the editor while somebody types, and taken away once it is mended", async () => {
    const faulty = await browser.post(`/endpoints/${id}/edit/try`, form(text), { "hx-request": "true" });
    expect(faulty.html).toMatch(/id="field-template-body-detail"[^>]*hx-swap-oob="true"[^>]*><div class="fault-line"/);
    const mended = await browser.post(`/endpoints/${id}/edit/try`, form("{{ order }}"), { "hx-request": "true" });
    expect(mended.html).toMatch(/id="field-template-body-detail"[^>]*hx-swap-oob="true"[^>]*><\/div>/);
  });

  it("in a long line shows what is around it", async () => {
    const long = `${"x".repeat(500)}{{ nobody }}${"y".repeat(500)}`;
    const { html } = await browser.post(`/endpoints/${id}/edit`, { do: "save", ...form(long) });
    const detail = /<div id="field-template-body-detail"[\s\S]*?<\/pre>/.exec(html)?.[0] ?? "";
    expect(detail).toMatch(/…x{57}{{ nobody }}y+…/);
    expect(detail.length).toBeLessThan(600);
  });
});
