import { beforeEach, describe, expect, it } from "vitest";
import { SECRET_MASK } from "../../src/schemas/secret.js";
import { fakeServices } from "../api/fakes.js";
import { fakePages } from "./browser-like.js";

const key = (letter: string) => `SHA256:${letter.repeat(43)}`;
const [OFFERED, OTHER] = [key("A"), key("B")];
const transport = { type: "sftp", host: "files.example", port: 22, username: "u", password: "p" };
const STEP = { step: "host-key", ok: false, detail: "another key", durationMs: 1, fingerprint: OFFERED } as const;

let pages: Awaited<ReturnType<typeof fakePages>>;
beforeEach(async () => {
  const tryOut = { ...fakeServices().services.tryOut, check: async () => [STEP] };
  pages = await fakePages({ role: "operator" }, { tryOut });
  const template = { name: "ontime", options: { format: "json" } };
  await pages.services.endpoints.create("acme", { name: "Files", transport, template }, { author: {} as never });
});

const change = (more: object) => pages.services.endpoints.patch("ep_1", { transport: { ...transport, ...more } });
const kept = async () => (await pages.services.endpoints.get("ep_1"))?.transport;

/** The form that a connection test of the endpoint's page offers, as it would be sent. */
async function offered() {
  const { html } = await pages.post("/endpoints/ep_1/check");
  const form = /<form[^>]*\/pin[\s\S]*?<\/form>/.exec(html)?.[0] ?? "";
  const values = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  return { html, asks: /data-confirm="([^"]*)"/.exec(form)?.[1], values: Object.fromEntries(values), form };
}

describe("the key that a server has offered", () => {
  it("goes into the field of a form, of an endpoint that is kept too", async () => {
    const form = {
      ...{ do: "check", transport: "sftp", template: "ontime", name: "Files", "template.format": "json" },
      ...{ "transport.host": "else.example", "transport.username": "u", "transport.password": "p" },
    };
    for (const path of ["/endpoints/ep_1/edit", "/endpoints/ep_1/edit/try"]) {
      const { html } = await pages.post(path, form);
      expect([html.includes('data-fills="field-transport-hostKey"'), html.includes("/pin")]).toEqual([true, false]);
    }
    expect(await kept()).not.toHaveProperty("hostKey");
  });

  it("is trusted on the endpoint's page for the server that was tested", async () => {
    const { values, asks } = await offered();
    expect(values).toMatchObject({ fingerprint: OFFERED, server: "files.example:22", version: "1" });
    expect(asks).toBeUndefined();
    expect((await pages.post("/endpoints/ep_1/pin", values)).status).toBe(303);
    expect((await kept())?.hostKey).toEqual(OFFERED);
    expect((await offered()).form).toBe("");
  });

  it("takes the place of a trusted one only after a question", async () => {
    await change({ hostKey: [OTHER] });
    expect((await offered()).asks).toContain(`Trusted: ${OTHER}.`);
  });

  it.each([
    ["host", { host: "else.example" }],
    ["port", { port: 2222 }],
    ["folder", { directory: "in" }],
  ])("is refused where the %s was changed since", async (_what, changed) => {
    const { values } = await offered();
    await change(changed);
    const { status, html } = await pages.post("/endpoints/ep_1/pin", values);
    expect([status, html]).toEqual([
      409,
      expect.stringContaining("since the connection to files.example:22 was tested"),
    ]);
    // A request that was not made by the page does no better.
    const forged = await pages.post("/endpoints/ep_1/pin", { fingerprint: OFFERED });
    expect([forged.status, await kept()]).toEqual([409, expect.not.objectContaining({ hostKey: OFFERED })]);
    expect(html).not.toContain(SECRET_MASK.repeat(2));
  });

  it("is refused where it is changed in the moment of the click", async () => {
    const { values } = await offered();
    const { get } = pages.services.endpoints;
    const changed = change({ directory: "in" });
    const before = { ...(await get("ep_1")), version: 1 } as never;
    await changed;
    Object.assign(pages.services.endpoints, { get: async () => before });
    const { status } = await pages.post("/endpoints/ep_1/pin", values);
    Object.assign(pages.services.endpoints, { get });
    expect([status, await kept()]).toEqual([409, expect.not.objectContaining({ hostKey: OFFERED })]);
  });
});
