import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    sessions: testSessions({ operator: testSession({ role: "operator" }), auditor: testSession({ role: "auditor" }) }),
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
