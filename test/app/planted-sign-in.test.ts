import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startProvider } from "../accounts/provider.js";
import { Browser, welcomePath } from "../console/signed-in.js";
import { type Planted, plant } from "../support/planted.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { startSmtp } from "../support/smtp.js";

/** What signing in needs to keep secret, and all that was written, logged or answered meanwhile. */
const { folder, remove } = temporaryFolder();
const outputs: { readonly name: string; readonly text: string }[] = [];
const lines: string[] = [];
const shown: string[] = [];
let planted: Planted;
const hashes: string[] = [];

const note = (name: string, text: string) => void outputs.push({ name, text });

function databaseFiles(when: string): void {
  for (const name of readdirSync(folder).filter((file) => file !== "admin.key")) {
    note(`${name} ${when}`, readFileSync(join(folder, name), "latin1"));
  }
}

async function everythingOf(service: TestService): Promise<void> {
  for (const path of ["/v1/users", "/v1/audit?limit=500", "/v1/customers", "/v1/secrets", "/v1/keys"]) {
    note(`GET ${path}`, JSON.stringify((await service.call("GET", path)).body));
  }
}

/** Signs in by a link, and plants the link and the session that comes of it. */
async function byLink(service: TestService, path: string, what: string, form = {}): Promise<Browser> {
  planted.add(`link of ${what}`, path.slice("/welcome/".length));
  const browser = new Browser(service.url);
  note(`page of the link of ${what}`, (await browser.get(path)).html.replaceAll(path, ""));
  const { status } = await browser.post(path, form);
  expect(status, what).toBe(303);
  planted.add(`session of ${what}`, browser.session ?? "none");
  hashes.push(
    createHash("sha256")
      .update(browser.session ?? "")
      .digest("hex"),
  );
  return browser;
}

beforeAll(async () => {
  planted = plant();
  const smtp = await startSmtp();
  const provider = await startProvider("waybell", planted.token("OpenID client secret"));
  const env = {
    ...{ SMTP_URL: smtp.url, PUBLIC_URL: "http://waybell.test" },
    ...{ OIDC_ISSUER: provider.url, OIDC_CLIENT_ID: "waybell" },
    OIDC_CLIENT_SECRET: planted.reveal("OpenID client secret"),
  };
  const service = await startTestService(folder, { env, lines, shown });
  try {
    const password = planted.text("password of the first admin");
    const ann = { email: "ann@example.com", name: "Ann", password };
    await byLink(service, welcomePath(shown.join("")), "the first admin", ann);
    // A user whose session goes on, and one who is refused.
    const browser = new Browser(service.url);
    await browser.post("/sign-in", { ...ann, password: planted.text("wrong password") });
    note("page of a wrong password", (await browser.post("/sign-in", { ...ann, password: "wrong" })).html);
    await browser.post("/sign-in", ann);
    planted.add("session by password", browser.session ?? "none");
    await browser.get("/account");
    const next = planted.text("changed password");
    expect((await browser.post("/account/password", { current: password, password: next })).status).toBe(303);
    note("account", (await browser.get("/account")).html);
    // An invitation: its answer and its mail alone hold the link.
    const { body } = await service.call("POST", "/v1/users", { email: "bob@example.com", role: "operator" });
    planted.add("link of the invitation", welcomePath(String(body.link)).slice("/welcome/".length));
    databaseFiles("with an invitation that waits");
    await until(() => smtp.mails.length === 1, 15_000, "the invitation");
    await byLink(service, welcomePath(String(body.link)), "the invitation", {
      password: planted.text("chosen password"),
    });
    await service.call("PUT", "/v1/customers/acme", { emails: ["it@acme.example"], portal: { enabled: true } });
    await new Browser(service.url).post("/sign-in/link", { "link-email": "it@acme.example" });
    await until(() => smtp.mails.length === 2, 15_000, "the portal's link");
    await byLink(service, welcomePath(smtp.mails[1]?.raw.replaceAll("=\r\n", "") ?? ""), "the portal");
    const away = new Browser(service.url);
    const { location } = await away.get("/sign-in/organisation?next=%2Faccount");
    const back = new URL(provider.visit(location ?? ""));
    planted.add("code of the provider", back.searchParams.get("code") ?? "none");
    planted.add("access token of the provider", "access-token-of-the-provider");
    expect((await away.get(back.pathname + back.search)).location).toBe("/account");
    planted.add("session by the provider", away.session ?? "none");
    await everythingOf(service);
    databaseFiles("at work");
  } finally {
    await service.close();
    await Promise.all([smtp.close(), provider.close()]);
  }
  databaseFiles("at the end");
  note("logs", lines.join("\n"));
}, 120_000);
afterAll(remove);

it("keeps no password, session, link or secret of signing in anywhere but as its hash", () => {
  const leaks = outputs.flatMap(({ name, text }) => planted.found(text).map((what) => `${what} in ${name}`));
  expect([...new Set(leaks)]).toEqual([]);
  expect(planted.names.length).toBeGreaterThan(12);
  expect(
    outputs.some(({ name, text }) => name.startsWith("waybell.db") && hashes.some((hash) => text.includes(hash))),
  ).toBe(true);
});
