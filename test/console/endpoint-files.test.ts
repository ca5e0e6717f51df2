import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  ARCHIVE,
  AT,
  apply,
  browserOf,
  CUSTOM,
  ERP,
  exported,
  KEY,
  type Kept,
  listed,
  look,
  service,
  useScene,
  withEndpoints,
} from "./endpoint-file-scene.js";

useScene();

const HIDDEN = "h1dden-and-n3w";

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
    const ofBeta = { text: "customer: beta\nendpoints: []" };
    const post = (form: Record<string, string>) => browser.post("/customers/beta/endpoints/import", form);
    expect((await post({ ...ofBeta, csrf: "" })).status).toBe(403);
    expect((await post(ofBeta)).status).toBe(404);
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
      .replace("token=t0ken", "token=ch4nged-t0ken")
      .concat(
        `  - name: Web\n    transport: { type: http-post, url: "https://web.example/x?k=query-s3cret", apiKey: "12345678" }\n`,
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
    for (const secret of [HIDDEN, "ch4nged-t0ken", "query-s3cret", "12345678", "=t0ken", KEY])
      expect(html).not.toContain(secret);
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
