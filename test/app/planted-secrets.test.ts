import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../cli/run.js";
import type { ConnectProxy } from "../support/connect-proxy.js";
import { type Planted, plant } from "../support/planted.js";
import { everyPage } from "../support/planted-pages.js";
import { refusals, wrongEnvironment } from "../support/planted-refusals.js";
import { randomKey, startPlantedScene } from "../support/planted-scene.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";

interface Output {
  readonly name: string;
  readonly text: string;
}

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly fault: string | null;
  readonly endpointId: string;
}

const PICTURE = "data:image/png;base64,iVBORw0KGgo=";

/** All outputs of one run, gathered by `beforeAll`; what was sent out, to see that the secrets were in use. */
const outputs: Output[] = [];
const { folder, remove } = temporaryFolder();
const lines: string[] = [];
let planted: Planted;
let adminKey = "";
let sent = "";
let endpoints: Shown[] = [];
let deliveries: Shown[] = [];

const note = (name: string, text: string) => void outputs.push({ name, text });

async function ask(service: TestService, method: string, path: string, body?: unknown, key = adminKey) {
  const response = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  // Headers too: a cursor or a location could hold something.
  note(`${method} ${path} → ${response.status}`, JSON.stringify([...response.headers]) + text);
  return {
    status: response.status,
    body: text === "" || !/json/.test(response.headers.get("content-type") ?? "") ? {} : JSON.parse(text),
  };
}

const itemsOf = async (service: TestService, path: string): Promise<Shown[]> =>
  (await ask(service, "GET", `${path}${path.includes("?") ? "&" : "?"}limit=500`)).body.items;

/** Every GET of the OpenAPI document, with all that its parameters can name here. */
async function everyGet(service: TestService): Promise<void> {
  const { body: document } = await ask(service, "GET", "/openapi.json");
  const gets = Object.keys(document.paths).filter((path) => document.paths[path].get);
  expect(gets.length).toBeGreaterThan(12);
  for (const path of gets) {
    const named = path.replace("{customer}", "acme").replace("{order}", "A1").replace("{code}", "take");
    const [list = "", rest] = named.split("/{id}");
    // What has ids has a list of them, but for endpoints, which are their customer's.
    const all = rest === undefined ? [] : list === "/v1/endpoints" ? endpoints : await itemsOf(service, list);
    const paths = rest === undefined ? [named] : all.map(({ id }) => `${list}/${id}${rest}`);
    expect(paths.length, path).toBeGreaterThan(0);
    for (const one of paths) expect((await ask(service, "GET", one)).status, one).toBe(200);
  }
  for (const other of ["/docs/", "/docs/json", "/nothing"]) await ask(service, "GET", other);
}

/** A proxy that repeats the login that it does not take. */
async function proxyRefuses(service: TestService, proxy: ConnectProxy): Promise<void> {
  const login = /proxy-authorization: Basic (\S+)/i.exec(proxy.heads.at(-1) ?? "")?.[1] ?? "";
  const words = `${login} ${encodeURIComponent(Buffer.from(login, "base64").toString())}`;
  proxy.answer = `HTTP/1.1 407 not ${words}\r\nx-login: ${words}\r\n\r\n${words}`;
  const check = await ask(service, "POST", `/v1/endpoints/${endpoints[0]?.id}/check`);
  expect(JSON.stringify(check.body)).toContain("EGRESS_PROXY (407)");
  proxy.answer = undefined;
}

async function commandLine(service: TestService): Promise<void> {
  const file = join(folder, "apply.json");
  const transport = { type: "http-post", url: "https://acme.example/", apiKey: planted.token("applied api key") };
  const applied = { name: "Applied", transport, template: { name: "ontime", options: { format: "json" } } };
  writeFileSync(file, JSON.stringify({ customer: "acme", endpoints: [applied] }));
  const commands = [
    ["customers", "list"],
    ["endpoints", "list"],
    ["deliveries", "list", "--limit", "500"],
    ["secrets", "status"],
    ["secrets", "rotate"],
    ["endpoints", "apply", file, "--dry-run"],
    ["endpoints", "apply", file],
    ["endpoints", "apply", file],
    ...endpoints.flatMap(({ id }) => ["show"].map((verb) => ["endpoints", verb, id])),
    ...endpoints.flatMap(({ id }) => ["render", "check", "test"].map((verb) => [verb, id])),
    ...deliveries.map(({ id }) => ["deliveries", "show", id]),
    ["deliveries", "retry", "--state", "failed", "--dry-run"],
    ["purge", "--customer", "acme", "--order", "A1", "--dry-run"],
  ];
  for (const command of commands) {
    for (const more of [[], ["--json"]]) {
      const { out, err } = await run(...command, ...more, "--url", service.url, "--key", adminKey);
      note(`waybell ${command.join(" ")} ${more}`, out + err);
    }
  }
  const bad = await run("customers", "list", "--url", service.url, "--key", planted.token("key of a command"));
  note("waybell with a wrong key", bad.out + bad.err);
}

function databaseFiles(when: string): void {
  for (const name of readdirSync(folder)) {
    // The one is this test's; the other holds the admin key for the command line, for its owner's eyes only.
    if (name === "apply.json" || name === "admin.key") continue;
    note(`${name} ${when}`, readFileSync(join(folder, name), "latin1"));
    note(`${name} ${when}, as UTF-8`, readFileSync(join(folder, name), "utf8"));
  }
}

function mailsOf(smtp: SmtpTestServer): void {
  for (const { raw, parsed } of smtp.mails) {
    note("mail", raw);
    const attached = parsed.attachments.map(({ content }) => content.toString()).join("\n");
    note("mail, decoded", [parsed.subject, parsed.text, parsed.html, attached].join("\n"));
  }
}

async function fill(service: TestService, transports: Readonly<Record<string, object>>): Promise<void> {
  const callbackTemplate = {
    name: "trackingmore",
    options: { email: planted.add("template secret", "planted.7f3a9@acme.example") },
  };
  const portal = { enabled: true, may: ["test", "retry", "pause", "edit", "create"] };
  await ask(service, "PUT", "/v1/customers/acme", { emails: ["it@acme.example"], callbackTemplate, portal });
  const ontime = { name: "ontime", options: { format: "json" } };
  for (const [name, transport] of Object.entries(transports)) {
    const template = name === "ed25519" ? callbackTemplate : name.startsWith("get") ? { name: "ontime" } : ontime;
    const setting = { name, transport, template, retry: { schedule: ["0s"] } };
    const { status, body } = await ask(service, "POST", "/v1/customers/acme/endpoints", setting);
    expect(status, JSON.stringify(body)).toBe(201);
    await ask(service, "PATCH", `/v1/endpoints/${body.id}`, { timeoutSeconds: 20 });
  }
  const own = { name: "own", transport: transports.get, template: { name: "ontime" } };
  await ask(service, "PUT", "/v1/customers/acme/orders/A1", { endpoints: [own], reference: "R1" });
  for (const [order, at] of [
    ["A1", 1],
    ["A2", 2],
    ["A3", 3],
    ["A4", 4],
  ] as const) {
    const event = {
      customer: "acme",
      order,
      id: `e${at}`,
      statusCode: "take",
      statusTime: "2026-01-02T03:04:05Z",
      pictures: [PICTURE],
    };
    expect((await ask(service, "POST", "/v1/events", event)).status).toBe(202);
  }
}

/** What waits, waits for a setting to be mended. */
async function settled(service: TestService): Promise<void> {
  await until(
    async () => {
      const open = await itemsOf(service, "/v1/deliveries?state=pending");
      const held = new Set(open.filter(({ fault }) => fault === "config").map(({ endpointId }) => endpointId));
      const rest = open.filter(({ endpointId }) => !held.has(endpointId));
      return rest.length + (await itemsOf(service, "/v1/deliveries?state=sending")).length === 0;
    },
    30_000,
    "the end of all deliveries",
  );
}

beforeAll(async () => {
  planted = plant();
  adminKey = planted.token("admin key").replaceAll(/[^0-9a-f]/g, "x");
  planted.add("admin key", adminKey);
  const smtpPassword = planted.text("SMTP password");
  const [refusing, taking] = await Promise.all([
    startSmtp({ login: { user: "waybell", pass: "another" } }),
    startSmtp({ login: { user: "waybell", pass: smtpPassword } }),
  ]);
  const mailAt = ({ port }: SmtpTestServer) => `smtp://waybell:${encodeURIComponent(smtpPassword)}@127.0.0.1:${port}`;
  const [oldKey, newKey] = [randomKey(), randomKey()];
  planted.add("old secrets key", oldKey);
  planted.add("new secrets key", newKey);
  const scene = await startPlantedScene(planted);
  const env = {
    ADMIN_KEY: adminKey,
    METRICS_KEY: planted.token("metrics key").replaceAll(/[^0-9a-f]/g, "y"),
    ALERT_TO: "operations@acme.example",
    EGRESS_PROXY: scene.proxyUrl,
  };
  const start = async (more: Record<string, string>): Promise<TestService> => {
    const service = await startTestService(folder, { env: { ...env, ...more }, lines });
    return service;
  };
  let service = await start({ SECRETS_KEYS: `k1:${oldKey}`, SMTP_URL: mailAt(refusing) });
  try {
    await fill(service, scene.transports);
    endpoints = (await itemsOf(service, "/v1/customers/acme/endpoints")) as Shown[];
    await settled(service);
    // Once with a mail server that refuses the login and repeats the password.
    await until(() => lines.some((line) => line.includes('"mail')), 20_000, "a mail that is refused");
    await service.close();
    databaseFiles("after the first start");
    service = await start({ SECRETS_KEYS: `k2:${newKey},k1:${oldKey}`, SMTP_URL: mailAt(taking) });
    deliveries = await itemsOf(service, "/v1/deliveries");
    const rotated = await ask(service, "POST", `/v1/endpoints/${endpoints.find(({ id }) => id)?.id}/check`);
    expect(rotated.status).toBe(200);
    const told = {
      ask: (method: string, path: string, body?: unknown, as?: string) => ask(service, method, path, body, as),
      note,
      planted,
    };
    await refusals(told, endpoints[0]?.id ?? "");
    await proxyRefuses(service, scene.proxy);
    const key = { name: "planted", role: "auditor" };
    expect((await ask(service, "POST", "/v1/keys", key)).status).toBe(201);
    const user = { email: "planted@example.com", role: "auditor" };
    expect((await ask(service, "POST", "/v1/users", user)).status).toBe(201);
    const purge = await ask(service, "POST", "/v1/purges", { customer: "acme", order: "A4" });
    expect(purge.status).toBe(202);
    const purged = async () => (await ask(service, "GET", `/v1/purges/${purge.body.id}`)).body.state !== "running";
    await until(purged, 30_000, "the purge");
    deliveries = await itemsOf(service, "/v1/deliveries");
    await everyGet(service);
    const ids = endpoints.map(({ id }) => id);
    await everyPage({ url: service.url, ...told, endpoints: ids });
    await commandLine(service);
    await until(() => taking.mails.length > 0, 20_000, "a mail");
    await everyGet(service);
    databaseFiles("at work");
    await service.close();
    databaseFiles("at the end");
    await wrongEnvironment(told, folder);
    mailsOf(taking);
    note("logs", lines.join("\n"));
    sent = scene.received();
  } finally {
    await service.close().catch(() => undefined);
    await Promise.all([scene.close(), refusing.close(), taking.close()]);
  }
}, 240_000);
afterAll(remove);

describe("planted secrets", () => {
  it("were in use: receivers got them, deliveries succeeded and failed by every transport", () => {
    const states = new Set(deliveries.map(({ state }) => state));
    expect([...states].sort()).toEqual(["delivered", "failed", "pending"]);
    const used = planted.found(sent);
    for (const what of [
      "get api key",
      "get header",
      "bearer token",
      "basic password",
      "oauth client secret",
      "access token",
      "token of a header",
      "cookie",
      "login of a header",
      "api key of a redirect",
      "egress proxy password",
    ])
      expect(used).toContain(what);
    expect(planted.names.length).toBeGreaterThan(50);
  });

  it("occur in no answer, log, mail, metric, export, preview, error or file", () => {
    const leaks = outputs.flatMap(({ name, text }) => planted.found(text).map((what) => `${what} in ${name}`));
    expect([...new Set(leaks)]).toEqual([]);
    for (const part of [
      "GET /metrics",
      "GET /v1/secrets",
      "mail, decoded",
      "logs",
      "waybell.db at work",
      "waybell render",
      "page /customers/acme/endpoints.yaml for operator, parsed",
      "page /deliveries/export?format=xlsx",
      "live stream for customer",
      "import of a file",
    ])
      expect(
        outputs.filter(({ name, text }) => name.startsWith(part) && text.length > 100).length,
        part,
      ).toBeGreaterThan(0);
  });

  it("would be found if they did", () => {
    for (const what of planted.names) expect(planted.found(`…${planted.reveal(what)}…`)).toContain(what);
  });
});
