import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quietTimesOf } from "../../src/console/pages/endpoints/quiet-times.js";
import { membersOf, type Schema, variantsOf } from "../../src/console/schema-form/members.js";
import { readOptions, rowsOf } from "../../src/console/schema-form/read.js";
import { fileOptions } from "../../src/console/words/options/files.js";
import { httpOptions } from "../../src/console/words/options/http.js";
import { templateOptions } from "../../src/console/words/options/templates.js";
import { SECRET_MASK } from "../../src/schemas/secret.js";
import { templates } from "../../src/templates/index.js";
import { transports } from "../../src/transports/index.js";
import { HOSTILE } from "../fuzz/texts.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { parseHTML } from "./html.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
let receiver: HttpReceiver;
let browser: Browser;

beforeAll(async () => {
  receiver = await startHttpReceiver();
  const sessions = testSessions({ operator: testSession({ role: "operator" }) });
  service = await startTestService(folder, { sessions });
  browser = new Browser(service.url);
  browser.cookies.set("waybell-session", "operator");
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
});
afterAll(async () => {
  await service?.close();
  await receiver?.stop();
  remove();
});

const NEW = "/customers/acme/endpoints/new";
const SECRET = "planted-secret-0123456789";
const FINGERPRINT = `SHA256:${"A".repeat(43)}`;

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly transport: Record<string, unknown>;
  readonly template: { readonly options: Record<string, unknown> };
  readonly timeoutSeconds: number;
  readonly alerts: { readonly emails: readonly string[]; readonly language?: string };
  readonly filter: Record<string, unknown>;
  readonly limits: Record<string, unknown>;
  readonly retry: Record<string, unknown>;
}

async function kept(id: string): Promise<Kept> {
  return (await service.call<Kept>("GET", `/v1/endpoints/${id}`)).body as unknown as Kept;
}

/** Fills the form of a new endpoint in and keeps it; the id of what was made. */
async function make(form: Record<string, string>): Promise<string> {
  await browser.get(`${NEW}?transport=${form.transport}&template=${form.template}`);
  const reply = await browser.post(NEW, { do: "save", ...form });
  expect([reply.status, reply.html.match(/role="alert"[\s\S]{0,600}/)?.[0]]).toEqual([303, undefined]);
  return /\/endpoints\/(ep_[^?]+)/.exec(reply.location ?? "")?.[1] ?? "";
}

/** Opens an endpoint's form and sends it back as it is, as somebody does who only looks. */
async function sendBack(id: string, more: Record<string, string> = {}): Promise<void> {
  const { html } = await browser.get(`/endpoints/${id}/edit`);
  const form = parseHTML(html, "setting");
  const reply = await browser.post(`/endpoints/${id}/edit`, { ...form, do: "save", ...more });
  expect([reply.status, reply.html.match(/role="alert"[\s\S]{0,600}/)?.[0]]).toEqual([303, undefined]);
}

let made = 0;
const named = (more: Record<string, string>) => ({ name: `endpoint ${++made}`, ...more });
const HTTP = { "transport.url": "http://127.0.0.1:8/hook", "transport.apiKey": SECRET };
const FILES = { "transport.host": "127.0.0.1", "transport.username": "u", "transport.password": SECRET };

const FORMS: readonly (readonly [string, Record<string, string>])[] = [
  ["GET", { transport: "http-get", template: "ontime", ...HTTP }],
  ["POST", { transport: "http-post", template: "ontime", ...HTTP, "template.format": "json" }],
  [
    "FTP",
    {
      transport: "ftp",
      template: "ontime",
      ...FILES,
      "transport.directory": "in",
      "template.format": "xml",
      "transport.tls": "explicit",
    },
  ],
  [
    "SFTP",
    { transport: "sftp", template: "ontime", ...FILES, "template.format": "json", "transport.hostKey": FINGERPRINT },
  ],
  [
    "Aveonline",
    {
      transport: "http-post",
      template: "aveonline",
      ...HTTP,
      "transport.headers.0.name": "Ave-Hub-signature",
      "transport.headers.0.value": "abc",
      "template.shipmentId": "barcode",
    },
  ],
  ["TrackingMore", { transport: "http-post", template: "trackingmore", ...HTTP, "template.email": "a@b.example" }],
  ["Probo", { transport: "http-post", template: "probo", ...HTTP, "template.language": "nl" }],
  ["AyMakan", { transport: "http-post", template: "aymakan", ...HTTP, "template.document": "short" }],
  ["standard", { transport: "http-post", template: "standard", ...HTTP, "template.details": "yes" }],
  [
    "custom",
    {
      transport: "http-post",
      template: "custom",
      ...HTTP,
      "template.format": "json",
      "template.body": '{"o": "{{ order }}"}\n',
    },
  ],
];

describe.each(FORMS)("the form of %s", (_name, form) => {
  it("makes an endpoint, and changes nothing when it is sent back as it is", async () => {
    const id = await make(named(form));
    const before = await kept(id);
    for (const [name, value] of Object.entries(form)) {
      const [kind = "", option = ""] = name.split(".");
      const options = kind === "transport" ? before.transport : before.template.options;
      if (option === "" || value === SECRET || ["email", "headers"].includes(option)) continue;
      const shown = { yes: true }[value] ?? (option === "hostKey" ? [value] : value);
      expect(options[option], name).toEqual(shown);
    }
    await sendBack(id);
    const { transport, template, filter, limits, retry } = await kept(id);
    expect({ transport, template, filter, limits, retry }).toEqual({
      transport: before.transport,
      template: before.template,
      filter: before.filter,
      limits: before.limits,
      retry: before.retry,
    });
  });
});

describe("a secret", () => {
  it("stands in no page, is kept when it is left empty, and taken away when that is asked for", async () => {
    const id = await make(
      named({
        transport: "http-post",
        template: "ontime",
        ...HTTP,
        "transport.headers.0.name": "X-Token",
        "transport.headers.0.value": SECRET,
        "transport.headers.1.name": "X-Other",
        "transport.headers.1.value": "other",
        "template.format": "json",
        "transport.url": `${receiver.url}/secret`,
      }),
    );
    for (const path of [
      `/endpoints/${id}`,
      `/endpoints/${id}/edit`,
      `${NEW}?copy=${id}`,
      `/endpoints/${id}/documentation`,
    ]) {
      const { status, html } = await browser.get(path);
      expect([status, html.includes(SECRET)], path).toEqual([200, false]);
    }
    await sendBack(id, { name: "renamed" });
    const test = await browser.post(`/endpoints/${id}/edit`, {
      ...parseHTML((await browser.get(`/endpoints/${id}/edit`)).html, "setting"),
      do: "test",
    });
    expect(test.html).toContain("It arrived.");
    expect(test.html).not.toContain(SECRET);
    expect(receiver.received.at(-1)?.headers).toMatchObject({ "x-api-key": SECRET, "x-token": SECRET });
    await sendBack(id, { "transport.apiKey.remove": "yes" });
    expect((await kept(id)).transport).not.toHaveProperty("apiKey");
    expect((await kept(id)).transport).toHaveProperty("headers");
    await sendBack(id, { "transport.headers.1.name": "" });
    expect((await kept(id)).transport.headers).toEqual({ "X-Token": SECRET_MASK });
    const renamed = await browser.post(`/endpoints/${id}/edit`, {
      ...parseHTML((await browser.get(`/endpoints/${id}/edit`)).html, "setting"),
      do: "save",
      "transport.headers.0.name": "X-Renamed",
    });
    expect([renamed.status, renamed.html.includes('id="field-transport-headers-error"')]).toEqual([422, true]);
  });
});

describe("what is wrong", () => {
  it("is said at its field, and what was typed stays, but for secrets", async () => {
    await browser.get(NEW);
    const reply = await browser.post(NEW, {
      do: "save",
      ...named({
        transport: "http-post",
        template: "custom",
        ...HTTP,
        "transport.url": "ftp://x",
        "template.format": "json",
      }),
      "template.body": "line one\n{% if %}",
      "limits.concurrency": "many",
      "limits.quietHours.0.from": "25:00",
      "limits.quietHours.0.to": "26:00",
    });
    expect(reply.status).toBe(422);
    for (const name of ["transport-url", "template-body", "limits-concurrency", "limits-quietHours"]) {
      expect(reply.html, name).toContain(`id="field-${name}-error"`);
    }
    expect(reply.html).toMatch(/line 2/);
    expect(reply.html).toContain('value="ftp://x"');
    expect(reply.html).toContain('value="many"');
    expect(reply.html).not.toContain(SECRET);
  });

  it("harms no page, whatever it holds", async () => {
    for (const text of HOSTILE) {
      await browser.get(NEW);
      const reply = await browser.post(NEW, {
        do: "preview",
        transport: "http-post",
        template: "ontime",
        name: text,
        "transport.url": text,
        "filter.sources": text,
      });
      expect([200, 422]).toContain(reply.status);
      expect(reply.html).not.toContain("<script>alert");
      expect(reply.html).not.toMatch(/<[^>]+\son\w+=/i);
    }
  });
});

it("pauses and resumes an endpoint, and deletes it", async () => {
  const id = await make(named({ transport: "http-post", template: "ontime", ...HTTP, "template.format": "json" }));
  await browser.get(`/endpoints/${id}`);
  await browser.post(`/endpoints/${id}/pause`, { reason: "they move house" });
  expect((await browser.get(`/endpoints/${id}`)).html).toContain("they move house");
  await browser.post(`/endpoints/${id}/resume`, { deliveries: "cancel" });
  expect(await kept(id)).toMatchObject({ state: "active" });
  expect((await browser.post(`/endpoints/${id}/delete`)).location).toBe("/customers/acme?notice=deleted");
  expect((await browser.get(`/endpoints/${id}`)).status).toBe(404);
});

it("disables an endpoint, active or paused, says by whom and why, and resumes it", async () => {
  const id = await make(named({ transport: "http-post", template: "ontime", ...HTTP, "template.format": "json" }));
  const { html: active } = await browser.get(`/endpoints/${id}`);
  expect(active).toMatch(
    /formaction="\/endpoints\/[^"]+\/disable" data-confirm="Disable this endpoint\? [^"]*What waits is kept/i,
  );
  await browser.post(`/endpoints/${id}/pause`);
  expect(await kept(id)).toMatchObject({ state: "paused", stateReason: "paused by hand" });
  const { html: paused } = await browser.get(`/endpoints/${id}`);
  expect(paused).toContain("Paused by hand");
  expect(paused).toContain(`action="/endpoints/${id}/disable"`);
  expect(paused).not.toContain(`action="/endpoints/${id}/pause"`);
  const done = await browser.post(`/endpoints/${id}/disable`, { reason: " out of use " });
  expect(done.location).toBe(`/endpoints/${id}?notice=saved`);
  const { html: disabled } = await browser.get(`/endpoints/${id}`);
  expect(disabled).toContain("Disabled by the operator: out of use");
  expect(disabled).not.toContain(`/endpoints/${id}/disable`);
  await browser.post(`/endpoints/${id}/resume`, { deliveries: "send-all" });
  expect(await kept(id)).toMatchObject({ state: "active" });
});

it("makes and changes a customer, and finds it by a part of its name", async () => {
  await browser.get("/customers/new");
  const first = await browser.post("/customers/new", {
    id: "bolt",
    name: "Bolt & Sons",
    emails: "a@b.example, c@d.example",
    language: "fr",
  });
  expect(first.location).toBe("/customers/bolt?notice=saved");
  expect((await browser.get("/customers?q=SONS")).html).toContain('href="/customers/bolt"');
  expect((await browser.get("/customers?q=nobody")).html).not.toContain('href="/customers/bolt"');
  await browser.get("/customers/bolt/edit");
  const wrong = await browser.post("/customers/bolt/edit", { name: "Bolt", emails: "nonsense", language: "fr" });
  expect([wrong.status, wrong.html.includes('id="field-emails-error"')]).toEqual([422, true]);
  const { body } = await service.call("GET", "/v1/customers/bolt");
  expect(body).toMatchObject({ name: "Bolt & Sons", emails: ["a@b.example", "c@d.example"], language: "fr" });
});

describe("the words of a form", () => {
  const placesOf = (schema: Schema): string[] =>
    membersOf(schema).flatMap(function places(member): string[] {
      const inner =
        member.kind === "variants" ? [...variantsOf(member).values()] : member.kind === "group" ? [member.schema] : [];
      return [member.place, ...inner.flatMap((one) => membersOf(one, member).flatMap(places))];
    });

  it.each([
    ...Object.values(transports).map(
      ({ name, optionsSchema }) => [name, optionsSchema, name.startsWith("http") ? httpOptions : fileOptions] as const,
    ),
    ...Object.values(templates).map(({ name, optionsSchema }) => [name, optionsSchema, templateOptions] as const),
  ])("name and explain every option of %s, in each language", (_name, schema, words) => {
    expect(placesOf(schema as Schema).filter((place) => words[place] === undefined)).toEqual([]);
  });

  it("belong to options that there are", () => {
    const all = [...Object.values(transports), ...Object.values(templates)].flatMap(({ optionsSchema }) =>
      placesOf(optionsSchema as Schema),
    );
    const worded = [httpOptions, fileOptions, templateOptions].flatMap((words) => Object.keys(words));
    expect(worded.filter((place) => !all.includes(place))).toEqual([]);
  });
});

it("reads the rows of a status map, and leaves out what is empty", () => {
  const form = new URLSearchParams({
    "template.statusMap.codes.10.ours": "AF (AFGEWERKT)",
    "template.statusMap.codes.10.code": "2",
    "template.statusMap.codes.2.ours": " take ",
    "template.statusMap.codes.2.code": "1",
    "template.statusMap.codes.2.text": "Taken = gone | away",
    "template.statusMap.codes.3.ours": "",
    "template.statusMap.codes.3.code": "",
    "template.statusMap.codes.4.ours": "rec",
    "template.statusMap.codes.__row__.ours": "of the row that the script adds",
    "template.statusMap.statuses.0.ours": "PROCESSING",
    "template.statusMap.statuses.0.code": "",
    "template.statusMap.statuses.1.ours": "DELIVERED",
    "template.statusMap.statuses.1.code": "ok",
    "template.statusMap.default.0.code": "9",
    "template.statusMap.default.0.text": "Other",
    "template.language": " ",
  });
  const { statusMap } = readOptions(form, "template", templates.probo?.optionsSchema as Schema);
  expect(statusMap).toEqual({
    codes: { take: { code: "1", text: "Taken = gone | away" }, rec: { code: "" }, "AF (AFGEWERKT)": { code: "2" } },
    statuses: { DELIVERED: { code: "ok" } },
    default: { code: "9", text: "Other" },
  });
  expect(Object.keys((statusMap as { codes: object }).codes)).toEqual(["take", "rec", "AF (AFGEWERKT)"]);
});

it("says in which row of a table a fault is", async () => {
  await browser.get(NEW);
  const reply = await browser.post(NEW, {
    do: "save",
    ...named({ transport: "http-post", template: "probo", ...HTTP }),
    "template.statusMap.codes.0.ours": "A/B",
    "transport.headers.0.name": "X-None",
  });
  expect(reply.status).toBe(422);
  const errorOf = (field: string) =>
    new RegExp(`id="field-${field}-error">(.*?)</p>`).exec(reply.html)?.[1]?.replaceAll(/<[^>]+>/g, "");
  expect(errorOf("template-statusMap-codes")).toBe("A/B: must not be empty");
  expect(errorOf("transport-headers")).toMatch(/^X-None: must be /);
});

it("keeps a status map, quiet hours and maintenance in rows, and takes away rows that are emptied", async () => {
  const id = await make({
    ...named({ transport: "http-post", template: "probo", ...HTTP }),
    "template.statusMap.codes.0.ours": "take",
    "template.statusMap.codes.0.code": "1",
    "template.statusMap.codes.1.ours": "rec",
    "template.statusMap.codes.1.code": "2",
    "limits.quietHours.0.from": "22:00",
    "limits.quietHours.0.to": "24:00",
    "limits.quietHours.0.days": "sat",
    "limits.maintenance.0.from": "2026-12-24T18:00",
    "limits.maintenance.0.until": "2026-12-25T06:00+01:00",
  });
  const quietHours = [
    { from: "22:00", to: "24:00", days: ["sat"] },
    { from: "2026-12-24T18:00", until: "2026-12-25T06:00+01:00" },
  ];
  expect((await kept(id)).limits).toMatchObject({ quietHours });
  await sendBack(id, { "template.statusMap.codes.0.ours": "", "template.statusMap.codes.0.code": "" });
  expect((await kept(id)).template.options).toEqual({ statusMap: { codes: { rec: { code: "2" } } } });
  expect((await kept(id)).limits).toMatchObject({ quietHours });
  await sendBack(id, { "limits.quietHours.0.from": "", "limits.quietHours.0.to": "", "limits.quietHours.0.days": "" });
  expect((await kept(id)).limits).toMatchObject({ quietHours: quietHours.slice(1) });
});

it("reads a thousand rows of a table and no more, however many fields a form holds", () => {
  const form = new URLSearchParams(Array.from({ length: 100_000 }, (_, at) => [`t.${at}.name`, `n${at}`]));
  const rows = rowsOf(form, "t");
  expect([rows.length, rows.at(-1)?.("name")]).toEqual([1000, "n999"]);
});

it("reads the days of quiet hours that were chosen", () => {
  const form = new URLSearchParams("limits.quietHours.0.from=22:00&limits.quietHours.0.to=06:00");
  for (const day of ["mon", "sun"]) form.append("limits.quietHours.0.days", day);
  expect(quietTimesOf(form)).toEqual([{ from: "22:00", to: "06:00", days: ["mon", "sun"] }]);
});

it("has what is usual again where a field is emptied", async () => {
  const id = await make({
    ...named({ transport: "http-post", template: "probo", ...HTTP }),
    ...{ timeoutSeconds: "7", "alerts.language": "nl", "limits.concurrency": "3", "limits.overtakeAfter": "2h" },
  });
  const seen = await kept(id);
  expect([seen.timeoutSeconds, seen.alerts, seen.limits.concurrency]).toEqual([7, { emails: [], language: "nl" }, 3]);
  const empty = { timeoutSeconds: "", "alerts.language": "", "limits.concurrency": "", "limits.overtakeAfter": "" };
  await sendBack(id, empty);
  const { timeoutSeconds, alerts, limits } = await kept(id);
  expect({ timeoutSeconds, alerts, limits }).toMatchObject({
    timeoutSeconds: 15,
    limits: { concurrency: 8, overtakeAfter: "1h" },
  });
  expect(alerts).toEqual({ emails: [] });
});
