import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PortalAction } from "../../src/account-types.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { parseHTML } from "./html.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";
const SECRET = "planted-secret-0123456789";
let service: TestService;
let receiver: HttpReceiver;
let operator: Browser;
let id: string;

/** People of the customer, who are let do this. */
const people = (...portal: PortalAction[]) => testSession({ role: "customer", customer: "acme", portal });

const signedIn = (who: string): Browser => {
  const made = new Browser(service.url);
  made.cookies.set("waybell-session", who);
  return made;
};

async function make(name: string, transport: object, more: object = {}): Promise<string> {
  const body = { name, transport, template: { name: "ontime", options: {} }, ...more };
  return (await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", body)).body.id;
}

beforeAll(async () => {
  receiver = await startHttpReceiver();
  service = await startTestService(folder, {
    sessions: testSessions({
      ...{ operator: testSession({ role: "operator" }), auditor: testSession({ role: "auditor" }) },
      dutch: testSession({ role: "auditor", language: "nl" }),
      changes: people("edit", "test", "pause"),
      tests: people("test"),
      looks: people(),
    }),
  });
  operator = signedIn("operator");
  id = await service.endpoint(receiver.url);
});
afterAll(async () => {
  await service?.close();
  await receiver?.stop();
  remove();
});

/** Sends an endpoint's form as it is, asking it for something else than to be kept. */
async function tried(endpoint: string, asked: string, more: Record<string, string> = {}) {
  const { html } = await operator.get(`/endpoints/${endpoint}/edit`);
  return operator.post(`/endpoints/${endpoint}/edit`, { ...parseHTML(html, "setting"), do: asked, ...more });
}

/** The text of a part of a page. */
const textOf = (html: string, part: string) =>
  (new RegExp(`id="${part}"[\\s\\S]*?</pre>`).exec(html)?.[0] ?? "").replaceAll("&quot;", '"');

describe("a real event in an endpoint's form", () => {
  it("is shown and sent whole, with its pictures", async () => {
    const { body } = await service.publish({ order: "A1", oldLead: "3", verifier: "V", pictures: [PICTURE] });
    const event = String(body[0]?.id);
    const { html } = await tried(id, "preview", { event });
    expect(textOf(html, "preview-body")).toMatch(/"oldlead":"3".*"verifier":"V".*"pictures":\["\[sha256:/);
    await tried(id, "test", { event });
    expect(JSON.parse(String(receiver.received.at(-1)?.body))).toMatchObject({ verifier: "V", pictures: [PICTURE] });
    const none = await tried(id, "preview", { event: "evt_none" });
    expect([none.status, none.html]).toEqual([422, expect.stringContaining("evt_none")]);
  });

  it.each(["http-get", "http-post"])("is shown with the headers of its %s, secrets masked", async (type) => {
    const endpoint = await make(type, { type, url: receiver.url, apiKey: SECRET });
    const headers = textOf((await tried(endpoint, "preview")).html, "preview-headers");
    for (const name of ["webhook-id: dlv_", "webhook-timestamp: ", "user-agent: Waybell/", "X-API-KEY: ********"]) {
      expect(headers).toContain(name);
    }
    expect(headers).not.toContain(SECRET);
  });
});

/** What a page offers to be done and to be read. */
function offered(html: string) {
  const posts = [...html.matchAll(/(?:form)?action="\/endpoints\/ep_\w+\/([\w-]+)"/gi)].map(([, what = ""]) => what);
  const asks = [...html.matchAll(/name="do" value="(\w+)"/g)].map(([, what = ""]) => what);
  const links = /href="\/endpoints\/ep_\w+\/edit"/.test(html) ? ["edit"] : [];
  const reads = html.includes("<dt>Delays before each attempt</dt>") ? ["settings"] : [];
  return [...new Set([...posts, ...asks, ...links, ...reads])].sort();
}

describe("the page of an endpoint", () => {
  const OPERATES = ["check", "delete", "disable", "edit", "pause", "preview", "rotate-secret", "test", "try"];

  it.each<[who: string, what: string[]]>([
    ["operator", OPERATES],
    ["auditor", ["settings"]],
    ["changes", OPERATES],
    ["tests", ["check", "preview", "settings", "test", "try"]],
    ["looks", ["preview", "settings", "try"]],
  ])(
    "offers to %s what the API lets them do, and the setting to be read where they cannot change it",
    async (who, what) => {
      const { status, html } = await signedIn(who).get(`/endpoints/${id}`);
      expect([status, offered(html)]).toEqual([200, what]);
      expect(html.includes("<h2>Actions</h2>")).toBe(what.includes("pause"));
    },
  );

  it.each(["operator", "changes", "tests", "looks"])(
    "shows to %s the exact request of a sample or a real event",
    async (who) => {
      const browser = signedIn(who);
      await browser.get(`/endpoints/${id}`);
      const sample = await browser.post(`/endpoints/${id}/try`, { do: "preview", event: "" });
      expect(textOf(sample.html, "preview-body")).toMatch(/"order":"/);
      const { body } = await service.publish({ order: "A7" });
      const event = String(body[0]?.id);
      const { status, html } = await browser.post(`/endpoints/${id}/try`, { do: "preview", event: ` ${event} ` });
      expect([status, textOf(html, "preview-body")]).toEqual([200, expect.stringContaining('"order":"A7"')]);
      expect(offered(html)).toContain("preview");
      const part = await browser.post(`/endpoints/${id}/try`, { do: "preview", event }, { "hx-request": "true" });
      expect(part.html).toContain("preview-body");
      expect(part.html).not.toContain("<html");
    },
  );

  it.each(["operator", "changes", "tests"])("sends for %s one status, and shows what came back", async (who) => {
    const browser = signedIn(who);
    await browser.get(`/endpoints/${id}`);
    const sent = receiver.received.length;
    const { status, html } = await browser.post(`/endpoints/${id}/try`, { do: "test", event: "" });
    expect([status, receiver.received.length]).toEqual([200, sent + 1]);
    expect(html).toContain("It arrived.");
    expect(receiver.received.at(-1)?.headers).toHaveProperty("webhook-test");
  });

  it("sends one more, and tests the connection anew, where the same form is sent again after its answer", async () => {
    const browser = signedIn("operator");
    await browser.get(`/endpoints/${id}`);
    const sent = receiver.received.length;
    for (const count of [1, 2]) {
      await browser.post(`/endpoints/${id}/try`, { do: "test", event: "", once: "tried" });
      expect(receiver.received.length).toBe(sent + count);
    }
    const check = () => browser.post(`/endpoints/${id}/check`, { once: "checked" });
    const checks = [await check(), await check()].map(({ html }) => /<main[\s\S]*<\/main>/.exec(html)?.[0]);
    expect(new Set(checks.map((html) => /name="once" value="([^"]+)"/.exec(html ?? "")?.[1])).size).toBe(2);
  });

  it("sends what a partner's tester asks for, with values of one's own, and keeps them where they do not do", async () => {
    const endpoint = await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
      name: "Partner",
      transport: { type: "http-post", url: receiver.url },
      template: { name: "aymakan", options: {} },
    });
    const browser = signedIn("tests");
    const at = `/endpoints/${endpoint.body.id}`;
    await browser.get(at);
    const sent = receiver.received.length;
    const refused = await browser.post(`${at}/try`, {
      do: "test",
      order: "OWN-1",
      reference: "",
      statusCode: "AY-0001",
    });
    expect([refused.status, receiver.received.length]).toEqual([422, sent]);
    expect(refused.html).toContain('value="OWN-1"');
    const { html } = await browser.post(`${at}/try`, {
      do: "test",
      order: "OWN-1",
      reference: "R 1",
      statusCode: "AY-0001",
    });
    expect(html).toContain("It arrived.");
    expect(String(receiver.received.at(-1)?.body)).toMatch(/OWN-1.*R 1|R 1.*OWN-1/s);
    const both = await browser.post(`${at}/try`, { do: "preview", event: "evt_1", order: "OWN-1" });
    expect(both.status).toBe(422);
  });

  it("sends nothing for who may only look, and shows an auditor not even a preview", async () => {
    const sent = receiver.received.length;
    for (const [who, asked] of [
      ["looks", "test"],
      ["auditor", "test"],
      ["auditor", "preview"],
    ] as const) {
      const browser = signedIn(who);
      await browser.get("/account");
      expect((await browser.post(`/endpoints/${id}/try`, { do: asked })).status, `${who} ${asked}`).toBe(403);
    }
    expect(receiver.received).toHaveLength(sent);
  });

  it("tells of an event that is not there, or is another customer's, in its place", async () => {
    await service.call("PUT", "/v1/customers/other", {});
    const { body } = await service.call<{ id: string }>("POST", "/v1/events", {
      ...{ customer: "other", order: "B1", statusCode: "take", statusTime: "2026-01-02T03:00:00Z" },
    });
    const browser = signedIn("tests");
    await browser.get(`/endpoints/${id}`);
    for (const event of ["evt_none", body.id]) {
      const { status, html } = await browser.post(`/endpoints/${id}/try`, { do: "test", event });
      expect([status, html]).toEqual([422, expect.stringContaining(event)]);
      expect(offered(html)).toContain("test");
    }
    expect((await browser.post("/endpoints/ep_none/try", { do: "preview" })).status).toBe(404);
  });
});

describe("the setting of an endpoint that is only read", () => {
  const facts = (html: string) =>
    new Map(
      [...html.matchAll(/<dt>([^<]*)<\/dt><dd>(.*?)<\/dd>/gs)].map(([, name = "", value = ""]) => [
        name,
        value.replaceAll(/<[^>]*>/g, ""),
      ]),
    );

  it("names a file server as it is connected to, an IPv6 address in brackets", async () => {
    const login = { username: "waybell", password: SECRET, host: "2606:4700::1111", directory: "/in" };
    const given = { template: { name: "ontime", options: { format: "json" } } };
    const { html } = await operator.get(
      `/endpoints/${await make("Files", { type: "ftp", ...login, port: 2121 }, given)}`,
    );
    expect([...facts(html).values()]).toContain("ftp://waybell@[2606:4700::1111]:2121/in");
    const usual = await make("Usual port", { type: "sftp", ...login, host: "sftp.acme.example" }, given);
    expect([...facts((await operator.get(`/endpoints/${usual}`)).html).values()]).toContain(
      "sftp://waybell@sftp.acme.example/in",
    );
  });

  it("has every part, and of secrets whether they are set", async () => {
    const transport = {
      ...{ type: "http-post", url: receiver.url, apiKey: SECRET, headers: { "x-tenant": SECRET } },
      auth: { type: "basic", username: "waybell", password: SECRET },
    };
    const endpoint = await make("Read only", transport, {
      filter: { statuses: ["DELIVERED"], statusCodes: ["take", "own code"] },
      success: { statusCodes: [200, 202] },
      limits: {
        ...{ rate: { count: 50, per: "minute" }, order: "per-order", overtakeAfter: "2h" },
        quietHours: [{ from: "22:00", to: "06:00", days: ["sat", "mon"] }],
      },
      alerts: { emails: ["it@acme.example"], language: "fr" },
    });
    const { html } = await signedIn("auditor").get(`/endpoints/${endpoint}`);
    expect(html).not.toContain(SECRET);
    expect(html).not.toContain("********");
    expect(Object.fromEntries(facts(html))).toMatchObject({
      "Address (URL)": receiver.url,
      "API key": "set",
      Statuses: "DELIVERED",
      "Status codes": "take, own code",
      Sources: "All",
      "At most": "50 in a minute",
      "Order of statuses": "one after the other, per order",
      "Go ahead after": "2h",
      "Quiet hours": "22:00 – 06:00 (Mon, Sat)",
      To: "it@acme.example",
      Language: "French",
      "Time zone": "as the customer",
    });
    expect(html).toContain("x-tenant</bdi>: set");
    expect(html).toMatch(/waybell<\/bdi>/);
    const dutch = facts((await signedIn("dutch").get(`/endpoints/${endpoint}`)).html);
    expect([dutch.get("Bronnen"), dutch.get("Hoogstens")]).toEqual(["Alle", "50 per minuut"]);
  });

  it("has a template of one's own and a map of statuses as they stand, whatever they hold", async () => {
    const body = 'A "<b>{{ order }}</b>"\nB';
    const own = await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
      name: "Own",
      transport: { type: "http-post", url: receiver.url },
      template: { name: "custom", options: { format: "text", body } },
    });
    const { html } = await signedIn("auditor").get(`/endpoints/${own.body.id}`);
    expect(textOf(html, "fact-body")).toContain("&lt;b>{{ order }}&lt;/b>");
    const mapped = await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
      name: "Mapped",
      transport: { type: "http-post", url: receiver.url },
      template: { name: "aymakan", options: { statusMap: { codes: { take: { code: "AY-1", text: "<i>x" } } } } },
    });
    expect(mapped.body).toHaveProperty("id");
    const shown = (await signedIn("auditor").get(`/endpoints/${mapped.body.id}`)).html;
    expect(shown).toMatch(/<code>take<\/code> → <code>AY-1<\/code> <bdi>&lt;i>x<\/bdi>/);
  });
});
