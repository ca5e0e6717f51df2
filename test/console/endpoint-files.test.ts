import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { InputError } from "../../src/errors.js";
import { fakeServices } from "../api/fakes.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { fakePages, testSession, testSessions } from "./browser-like.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let service: TestService;

const may = (...actions: string[]) => ({ ...testSession({ role: "customer", customer: "acme" }), id: actions.join() });

/** A session of acme's people whose operator allows them this. */
function portal(...actions: ("edit" | "create")[]) {
  const session = may(...actions);
  return { ...session, principal: { ...session.principal, portal: actions } };
}

beforeAll(async () => {
  const sessions = testSessions({
    operator: testSession({ role: "operator" }),
    other: testSession({ role: "operator" }),
    auditor: testSession({ role: "auditor" }),
    looks: portal(),
    edits: portal("edit"),
  });
  service = await startTestService(folder, { sessions });
  await service.call("PUT", "/v1/customers/beta", { name: "Beta" });
});
afterAll(async () => {
  await service?.close();
  remove();
});

function browserOf(session: string, language = "en"): Browser {
  const browser = new Browser(service.url, { "accept-language": language });
  browser.cookies.set("waybell-session", session);
  return browser;
}

const AT = "/customers/acme/endpoints/import";
const author = {
  keyId: "key_1",
  keyName: "test",
  role: "admin",
  address: "127.0.0.1",
  operation: "createEndpoint",
} as const;
const KEY = "planted-secret-0123456789";
const HIDDEN = "h1dden-and-n3w";

const ERP = {
  name: "ERP",
  transport: { type: "http-post", url: "https://acme.example/in?token=t0ken", apiKey: KEY },
  template: { name: "ontime" },
};
const ARCHIVE = {
  name: "Archive: 'no' #1",
  transport: { type: "ftp", host: "ftp.acme.example", username: "u", password: KEY, directory: "in" },
  template: { name: "ontime", options: { format: "xml" } },
  filter: { statusCodes: ["notOk [1]", "take"] },
  limits: { quietHours: [{ from: "22:00", to: "06:00" }] },
};
const CUSTOM = {
  name: "Own format",
  transport: { type: "http-post", url: "https://acme.example/own", headers: { "x-a": KEY } },
  template: { name: "custom", options: { format: "json", body: '{"o": "{{ order }}", "x": "# no: comment"}\n' } },
};

/** Gives acme these endpoints, and no others. */
async function withEndpoints(...endpoints: object[]): Promise<void> {
  await service.call("PUT", "/v1/customers/acme", { name: "Acme", language: "nl", emails: ["it@acme.example"] });
  for (const { id } of await listed()) await service.call("DELETE", `/v1/endpoints/${id}`);
  for (const endpoint of endpoints) {
    const { status } = await service.call("POST", "/v1/customers/acme/endpoints", endpoint);
    expect(status).toBe(201);
  }
}

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly version: number;
  readonly transport: Readonly<Record<string, unknown>>;
}

async function listed(): Promise<Kept[]> {
  const { body } = await service.call<{ items: Kept[] }>("GET", "/v1/customers/acme/endpoints?limit=500");
  return body.items;
}

/** The page that shows what a file would change. */
async function look(browser: Browser, text: string) {
  await browser.get(AT);
  return browser.post(AT, { text });
}

async function apply(browser: Browser, html: string) {
  const sealed = /name="sealed" value="([^"]+)"/.exec(html)?.[1] ?? "";
  return browser.post(`${AT}/apply`, { sealed });
}

const exported = async (session: string) => (await browserOf(session).get("/customers/acme/endpoints.yaml")).html;

describe("the export", () => {
  it("holds everything but secrets, and changes nothing when it is read back", async () => {
    await withEndpoints(ERP, ARCHIVE, CUSTOM);
    const reply = await browserOf("operator").get("/customers/acme/endpoints.yaml");
    expect(reply.headers.get("content-disposition")).toBe('attachment; filename="acme.yaml"');
    expect(reply.headers.get("content-type")).toContain("application/yaml");
    expect(reply.html).not.toContain(KEY);
    const document = parse(reply.html);
    expect(document).toMatchObject({ customer: "acme", customerSettings: { name: "Acme", language: "nl" } });
    expect(document.endpoints).toHaveLength(3);
    const custom = document.endpoints.find(({ name }: Kept) => name === CUSTOM.name);
    expect(custom).toMatchObject({ template: CUSTOM.template, transport: { headers: { "x-a": "********" } } });
    for (const member of ["id", "version", "state", "createdAt"]) expect(custom).not.toHaveProperty(member);
    const { html, status } = await look(browserOf("operator"), reply.html);
    expect(status).toBe(200);
    expect(html).toContain("Nothing would change.");
    expect(html).not.toContain('name="sealed"');
    expect(html.match(/>as it is</g)).toHaveLength(3);
  });

  it("is for who may look: of a customer's people only their own, without what their operator has set", async () => {
    expect(parse(await exported("auditor"))).not.toHaveProperty("customerSettings");
    expect(parse(await exported("looks"))).not.toHaveProperty("customerSettings");
    const browser = browserOf("looks");
    expect((await browser.get("/customers/beta/endpoints.yaml")).status).toBe(404);
    expect((await browser.get("/customers/beta/endpoints/import")).status).toBe(404);
    expect(
      (await browser.post("/customers/beta/endpoints/import", { text: "customer: beta\nendpoints: []" })).status,
    ).toBe(403);
  });
});

describe("the import", () => {
  it("shows what would be created, changed and stay, applies it, and then finds only secrets that it cannot compare", async () => {
    await withEndpoints(ERP, ARCHIVE);
    const browser = browserOf("operator");
    const text = (await exported("operator"))
      .replace("language: nl", "language: fr")
      .replace("timeoutSeconds: 15", "timeoutSeconds: 31")
      .replace(/apiKey: .*/, `apiKey: ${HIDDEN}`)
      .replace("token=t0ken", "token=n3w")
      .concat(
        `  - name: Web\n    transport: { type: http-post, url: "https://web.example/x?k=q1q1", apiKey: "12345678" }\n`,
      )
      .concat("    template: { name: ontime }\n");
    const before = await listed();
    const { html, status } = await look(browser, text);
    expect([status, html.match(/class="faults"[\s\S]{0,300}/)?.[0]]).toEqual([200, undefined]);
    expect(html).toContain("<code>timeoutSeconds</code>: <code>15</code> → <code>31</code>");
    expect(html).toContain("<code>language</code>: <code>&quot;nl&quot;</code> → <code>&quot;fr&quot;</code>");
    expect(html).toContain("<code>transport.apiKey</code>: <em>set again");
    expect(html).toContain("http-post https://web.example/x?…");
    for (const state of ["created", "changed", "as it is"]) expect(html).toContain(`>${state}<`);
    for (const secret of [HIDDEN, "n3w", "q1q1", "12345678", "t0ken", KEY]) expect(html).not.toContain(secret);
    expect(await listed()).toEqual(before);
    const done = await apply(browser, html);
    expect([done.status, done.location]).toEqual([303, "/customers/acme?notice=imported&count=3"]);
    const after = await look(browser, text);
    expect(after.html.match(/<li><code>[^<]+<\/code>: .*?<\/li>/g)).toEqual([
      expect.stringContaining("transport.apiKey"),
      expect.stringContaining("transport.apiKey"),
    ]);
  });

  it("says of each that is refused why, on its line, and offers nothing to apply", async () => {
    await withEndpoints(ERP);
    const text = [
      "customer: acme",
      "customerSettings:",
      "  language: xx",
      "endpoints:",
      "  - name: ERP",
      "    timeoutSeconds: soon",
      "  - name: New",
      "    transport:",
      "      type: http-post",
      "      url: nowhere",
      "    template: { name: ontime }",
    ].join("\n");
    const { html, status } = await look(browserOf("operator"), text);
    expect(status).toBe(422);
    for (const [line, path] of [
      [3, "/customerSettings/language"],
      [6, "/endpoints/0/timeoutSeconds"],
      [10, "/endpoints/1/transport/url"],
    ]) {
      expect(html).toContain(`<strong>line ${line} </strong><code>${path}</code>`);
    }
    expect(html).not.toContain('name="sealed"');
    const dutch = await look(browserOf("operator", "nl"), "customer: acme\nendpoints: [}\n");
    expect(dutch.status).toBe(422);
    expect(dutch.html).toContain("regel 2");
    const foreign = await look(
      browserOf("operator"),
      "- customer: acme\n  endpoints: []\n- customer: beta\n  endpoints: []",
    );
    expect(foreign.html).toContain("is of another customer");
    expect((await look(browserOf("operator"), "customer: beta\nendpoints: []")).html).toContain("is not acme");
    expect((await look(browserOf("operator"), "")).html).toContain("is empty");
  });

  it("takes a file as browsers upload it, before a text", async () => {
    await withEndpoints(ERP);
    const page = await fetch(new URL(AT, service.url), { headers: { cookie: "waybell-session=operator" } });
    const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
    const ask = (form: FormData, headers = {}) =>
      fetch(new URL(AT, service.url), {
        method: "POST",
        body: form,
        headers: { cookie: "waybell-session=operator", accept: "text/html", ...headers },
      });
    const form = new FormData();
    form.append("csrf", csrf);
    form.append("text", "customer: beta");
    const file =
      "customer: acme\nendpoints:\n  - name: ERP\n    timeoutSeconds: 77\n    alerts: { emails: [é@acme.example] }\n";
    form.append("file", new Blob([file]), "acme.yaml");
    const reply = await ask(form);
    expect(await reply.text()).toContain("<code>77</code>");
    const none = new FormData();
    none.append("text", "customer: acme");
    expect((await ask(none)).status).toBe(403);
    const broken = await fetch(new URL(AT, service.url), {
      method: "POST",
      body: "--x\r\nno",
      headers: {
        cookie: "waybell-session=operator",
        accept: "text/html",
        "content-type": "multipart/form-data; boundary=x",
      },
    });
    expect(broken.status).toBe(400);
    const many = new FormData();
    many.append("csrf", csrf);
    for (let at = 0; at < 1001; at++) many.append("a", "");
    expect((await ask(many)).status).toBe(400);
  });
});

describe("applying", () => {
  const CHANGED = "customer: acme\nendpoints:\n  - name: ERP\n    timeoutSeconds: 33\n";

  it("does what was looked at, keeps secrets, and writes down who did it", async () => {
    await withEndpoints(ERP);
    const browser = browserOf("operator");
    const text = `${CHANGED}  - ${JSON.stringify(ARCHIVE)}\n`;
    const done = await apply(browser, (await look(browser, text)).html);
    expect(done.location).toBe("/customers/acme?notice=imported&count=2");
    expect((await browser.get(done.location ?? "")).html).toContain("Imported: 2 changed.");
    const [erp, archive] = (await listed()).sort((a, b) => b.name.localeCompare(a.name));
    expect(erp).toMatchObject({ timeoutSeconds: 33, transport: { apiKey: "********", url: ERP.transport.url } });
    expect(archive).toMatchObject({ name: ARCHIVE.name, transport: { password: "********" } });
    const { body } = await service.call<{ items: { operation: string; subject: string; key: { name: string } }[] }>(
      "GET",
      `/v1/audit?customer=acme&limit=5`,
    );
    expect(body.items.map(({ operation, key }) => [operation, key.name])).toEqual(
      expect.arrayContaining([
        ["patchEndpoint", "operator@example.com"],
        ["createEndpoint", "operator@example.com"],
      ]),
    );
    expect((await look(browser, text)).html).toContain("set again");
  });

  it("goes on after a refusal, and says of each item what became of it", async () => {
    const { services } = fakeServices();
    const create = async (_customer: string, input: { readonly name?: unknown }) => {
      if (input.name === "Taken")
        throw InputError.conflict("It came between.", [{ path: "/name", message: "is taken" }]);
      return services.endpoints.create("acme", ERP, { author });
    };
    const endpoints = { ...services.endpoints, create } as typeof services.endpoints;
    const { get, post } = await fakePages({ role: "operator" }, { endpoints });
    await get(AT);
    const named = (name: string) => JSON.stringify({ ...ERP, name });
    const { html } = await post(AT, { text: `customer: acme\nendpoints: [${["Taken", "Free"].map(named)}]` });
    const done = await post(`${AT}/apply`, { sealed: /name="sealed" value="([^"]+)"/.exec(html)?.[1] ?? "" });
    expect(done.status).toBe(422);
    expect(done.html).toContain("Some of it was refused. The rest is done.");
    expect(done.html).toMatch(/>Taken<.*?>refused<.*?It came between\..*?is taken.*?>Free<.*?>created</);
    expect(done.html).not.toContain('name="sealed"');
  });

  it("shows it again where something has changed since, and takes no text that was not looked at", async () => {
    await withEndpoints(ERP);
    const browser = browserOf("operator");
    const { html } = await look(browser, CHANGED);
    const [erp] = await listed();
    await service.call("PATCH", `/v1/endpoints/${erp?.id}`, { timeoutSeconds: 20 });
    const again = await apply(browser, html);
    expect(again.status).toBe(200);
    expect(again.html).toContain("Something has changed meanwhile");
    expect(again.html).toContain("<code>20</code> → <code>33</code>");
    expect((await apply(browserOf("other"), again.html)).status).toBe(403);
    const other = browserOf("other");
    await other.get(AT);
    const stolen = await apply(other, again.html);
    expect([stolen.status, stolen.html.includes("of another session")]).toEqual([422, true]);
    for (const sealed of ["", "AAAA", "a".repeat(100)]) {
      expect((await browser.post(`${AT}/apply`, { sealed })).status).toBe(422);
    }
    const elsewhere = /name="sealed" value="([^"]+)"/.exec(again.html)?.[1] ?? "";
    expect((await browser.post("/customers/beta/endpoints/import/apply", { sealed: elsewhere })).status).toBe(422);
    expect((await listed())[0]?.timeoutSeconds).toBe(20);
    expect((await apply(browser, again.html)).status).toBe(303);
    expect((await listed())[0]?.timeoutSeconds).toBe(33);
  });

  it("lets a customer's people change what their operator allows, and nothing else", async () => {
    await withEndpoints(ERP);
    const edits = browserOf("edits");
    const both = `${CHANGED}  - ${JSON.stringify(ARCHIVE)}\n`;
    const refused = await look(edits, both);
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("may not be made");
    const settings = await look(edits, `${CHANGED}customerSettings: { language: fr }\n`);
    expect(settings.html).toContain("<code>/customerSettings</code> <bdi>may not be changed</bdi>");
    const done = await apply(edits, (await look(edits, CHANGED)).html);
    expect(done.location).toBe("/endpoints?notice=imported&count=1");
    expect((await listed()).map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([33]);
    const looks = browserOf("looks");
    expect((await looks.get("/endpoints")).html).not.toContain(AT);
    expect((await edits.get("/endpoints")).html).toContain(AT);
    const looked = await look(looks, CHANGED.replace("33", "34"));
    expect([looked.status, looked.html.includes("may not be changed")]).toEqual([422, true]);
    expect((await browserOf("auditor").get(AT)).status).toBe(403);
  });
});
