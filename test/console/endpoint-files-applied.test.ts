import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { fakeServices } from "../api/fakes.js";
import { fakePages } from "./browser-like.js";
import {
  ARCHIVE,
  AT,
  apply,
  browserOf,
  ERP,
  listed,
  look,
  service,
  useScene,
  withEndpoints,
} from "./endpoint-file-scene.js";

useScene();

const author = {
  keyId: "key_1",
  keyName: "test",
  role: "admin",
  address: "127.0.0.1",
  operation: "createEndpoint",
} as const;

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
