import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../src/console/session.js";
import { places } from "../../src/console/words/faults/places.js";
import { asTold, sentenceOf } from "../../src/console/words/faults/sentences.js";
import { stepWords } from "../../src/console/words/faults/steps.js";
import { reasonTexts } from "../../src/reasons/reasons.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let receiver: HttpReceiver;
let endpoint = "";

const ROLES = ["admin", "operator", "auditor"] as const;

// The start of a service on two busy cores takes its time.
beforeAll(async () => {
  receiver = await startHttpReceiver();
  const own = (["nl", "fr"] as const).map((language) => [language, testSession({ language })]);
  const sessions = testSessions(
    Object.fromEntries([...ROLES.map((role) => [role, testSession({ role })]), ...own]) as Record<string, Session>,
  );
  service = await startTestService(folder, { sessions });
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
  const made = await service.call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
    name: "taken",
    transport: { type: "http-post", url: receiver.url },
    template: { name: "ontime" },
  });
  endpoint = made.body.id;
}, 60_000);
afterAll(async () => {
  await service?.close();
  await receiver?.stop();
  remove();
});

type Tongue = "nl" | "fr" | "en";

function browserOf(language: Tongue, role: (typeof ROLES)[number] | "nl" | "fr" = "admin"): Browser {
  const browser = new Browser(service.url, { "accept-language": language });
  browser.cookies.set("waybell-session", role);
  return browser;
}

const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, "")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const inMain = (html: string): string => /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? html;

/** The sentences that an English page tells of what is wrong: those of the API, which are set apart. */
function toldIn(html: string): string[] {
  const parts = inMain(html).match(/<(li|p)\b[^>]*>(?:(?!<\/\1>)[\s\S])*<bdi>[\s\S]*?<\/\1>/g) ?? [];
  return parts
    .map((part) => textOf(/<bdi>([\s\S]*)<\/bdi>/.exec(part)?.[1] ?? ""))
    .filter((sentence) => /[a-z] [a-z]/.test(sentence));
}

const NEW = "/customers/acme/endpoints/new";
const HTTP = { transport: "http-post", template: "ontime", name: "x", "transport.url": "https://example.com/hook" };

interface Case {
  readonly path: string;
  readonly form: Record<string, string>;
  /** The rules and fields that the page must word. */
  readonly rules: readonly string[];
  readonly fields?: readonly string[];
  readonly method?: "get";
}

const CASES: Readonly<Record<string, Case>> = {
  "an endpoint's schedule and limits": {
    path: NEW,
    form: { do: "save", ...HTTP, "retry.schedule": "soon", "limits.concurrency": "x", timeoutSeconds: "0" },
    rules: ["invalid"],
    fields: ["retry.schedule", "limits.concurrency", "timeoutSeconds"],
  },
  "an endpoint's address": {
    path: NEW,
    form: { do: "save", ...HTTP, "transport.url": "http://u:p@example.com:25/#x" },
    rules: ["invalid", "url_user", "url_fragment"],
    fields: ["transport.url"],
  },
  "an address that is not public": {
    path: NEW,
    form: { do: "save", ...HTTP, "transport.url": "http://192.168.7.1/" },
    rules: ["invalid"],
    fields: ["transport.url"],
  },
  "an endpoint whose name is taken": {
    path: NEW,
    form: { do: "save", ...HTTP, name: "taken" },
    rules: ["name_taken"],
    fields: ["name"],
  },
  "files without a login": {
    path: NEW,
    form: { do: "save", transport: "sftp", template: "ontime", name: "x", "transport.host": "sftp.example" },
    rules: ["invalid"],
  },
  "a setting that is tried out": {
    path: `${NEW}/try`,
    form: { do: "check", ...HTTP, "transport.url": "nonsense" },
    rules: ["invalid", "no_url"],
    fields: ["transport.url"],
  },
  "a customer's id and addresses": {
    path: "/customers/new",
    form: { id: "a b", name: "x".repeat(300), emails: "nobody", payloadDays: "x", retentionDays: "0" },
    rules: ["invalid"],
    fields: ["customer", "emails", "payloadDays"],
  },
  "a customer's days": {
    path: "/customers/new",
    form: { id: "b", name: "B", retentionDays: "5", payloadDays: "9" },
    rules: ["invalid", "payload_days"],
    fields: ["payloadDays"],
  },
  "a status without one": {
    path: "/statuses/edit",
    form: { code: "x".repeat(120), status: "NO", nl: "x".repeat(2000), new: "yes" },
    rules: ["invalid"],
    fields: ["code", "status"],
  },
  "a user with a role that is none": {
    path: "/users",
    form: { email: "a@b.example", name: "A", role: "king", customer: "", language: "" },
    rules: ["invalid"],
    fields: ["role"],
  },
  "a key without a name": {
    path: "/keys",
    form: { name: "", role: "producer" },
    rules: ["invalid", "empty"],
    fields: ["name"],
  },
  "a key that has ended": {
    path: "/keys",
    form: { name: "k", role: "customer", customer: "", expires: "2001-01-01" },
    rules: ["invalid", "past", "customer_for_key"],
    fields: ["expiresAt", "customer"],
  },
  "a key's customer that is none": {
    path: "/keys",
    form: { name: "k", role: "customer", customer: "nobody" },
    rules: ["invalid", "no_such_customer"],
  },
  "a list from no time": {
    path: "/deliveries?from=soon",
    form: {},
    method: "get",
    rules: ["invalid"],
    fields: ["from"],
  },
  "a file that is none": {
    path: "/customers/acme/endpoints/import",
    form: { text: "customer: other\nendpoints: []\nmore: 1\n" },
    rules: ["unknown_field"],
  },
  "a file with faulty endpoints": {
    path: "/customers/acme/endpoints/import",
    form: {
      text: "customer: acme\nendpoints:\n  - {name: a, transport: {type: http-post}, template: {name: none}, colour: red}\n",
    },
    rules: ["required", "unknown_field"],
  },
};

const shown = async (browser: Browser, { path, form, method }: Case) =>
  method === "get" ? browser.get(path) : browser.post(path, form);

/** The parts of a sentence that are there whatever its parameters are. */
const piecesOf = (sentence: string): string[] =>
  sentence
    .split(/\{\w+\}/)
    .map((piece) => piece.trim())
    .filter((piece) => piece.length > 3);

describe.each(Object.entries(CASES))("%s", (_what, asked) => {
  it("is refused in English sentences that a reader of English sees", async () => {
    const browser = browserOf("en");
    await browser.get("/account");
    expect(toldIn((await shown(browser, asked)).html)).not.toEqual([]);
  });

  it.each(["nl", "fr"] as const)("is refused in %s alone", async (language) => {
    const [english, other] = [browserOf("en"), browserOf(language)];
    for (const browser of [english, other]) await browser.get("/account");
    const sentences = toldIn((await shown(english, asked)).html);
    const { html } = await shown(other, asked);
    const text = textOf(inMain(html));
    expect(sentences.filter((sentence) => text.includes(sentence))).toEqual([]);
    expect(text).not.toContain(asTold[language]);
    for (const rule of asked.rules) {
      for (const piece of piecesOf(sentenceOf(rule)?.[language] ?? "nothing")) expect(text).toContain(piece);
    }
    for (const field of asked.fields ?? []) expect(html).toContain(`<strong>${places[field]?.[language]}</strong>`);
  });
});

describe.each(["nl", "fr"] as const)("in %s", (language) => {
  const word = (rule: string) => sentenceOf(rule)?.[language] ?? "nothing";

  it("an address that is none, and one of nobody's, are told", async () => {
    const nowhere = await browserOf(language).get("/nowhere");
    expect([nowhere.status, textOf(nowhere.html).includes(word("no_address"))]).toEqual([404, true]);
    const nobody = await browserOf(language).get("/customers/nobody");
    expect(nobody.status).toBe(404);
    for (const piece of piecesOf(word("not_found"))) expect(textOf(nobody.html)).toContain(piece);
    for (const { html } of [nowhere, nobody]) expect(html).not.toMatch(/There is n/);
  });

  it("an address that is none tells people where to look, and programs where all addresses are", async () => {
    for (const reader of ["en", language] as const) {
      const { html } = await browserOf(reader).get("/nowhere");
      expect(html).not.toMatch(/\/docs|documentati/i);
      expect(textOf(html)).toContain(sentenceOf("no_address")?.[reader]);
    }
    const program = await fetch(new URL("/nowhere", service.url), { headers: { accept: "application/json" } });
    expect(await program.json()).toMatchObject({ status: 404, detail: expect.stringContaining("/docs lists all") });
  });

  it("a refusal is told in the language of the account, whatever the browser asks for", async () => {
    const { html } = await browserOf("en", language).get("/customers/nobody");
    for (const piece of piecesOf(word("not_found"))) expect(textOf(html)).toContain(piece);
  });

  it("what is not for a role, and a form of another site, are told", async () => {
    const role = await browserOf(language, "auditor").get("/keys");
    expect(role.status).toBe(403);
    for (const piece of piecesOf(word("page_role"))) expect(textOf(role.html)).toContain(piece);
    const other = await browserOf(language).post("/keys", { name: "k", role: "producer", csrf: "wrong" });
    expect([other.status, textOf(other.html).includes(word("other_site"))]).toEqual([403, true]);
    for (const { html } of [role, other]) expect(html).not.toMatch(/This page is|The form came/);
  });

  it("each step of a connection test is told", async () => {
    const browser = browserOf(language, "operator");
    await browser.get(`/endpoints/${endpoint}`);
    const { status, html } = await browser.post(`/endpoints/${endpoint}/check`);
    expect(status).toBe(200);
    for (const code of ["connected", "answered"] as const) {
      for (const piece of piecesOf(stepWords[code][language])) expect(textOf(html)).toContain(piece);
    }
    expect(textOf(html)).not.toMatch(/connected to|The server answers|Nothing was/);
    await service.call("PATCH", `/v1/endpoints/${endpoint}`, { transport: { url: "http://127.0.0.1:8/" } });
    const refused = await browser.post(`/endpoints/${endpoint}/check`);
    await service.call("PATCH", `/v1/endpoints/${endpoint}`, { transport: { url: receiver.url } });
    const why = Object.values(reasonTexts(language).sentences).concat(Object.values(reasonTexts(language).codes));
    expect(why.some((sentence) => textOf(refused.html).includes(sentence))).toBe(true);
    expect(textOf(refused.html)).not.toMatch(/The server|The connection|never connected/);
  });
});
