import { expect } from "vitest";
import { parse } from "yaml";
import { parseHTML } from "../console/html.js";
import { Browser, PASSWORD, welcomePath } from "../console/signed-in.js";
import { EVERY_PAGE } from "./every-page.js";
import type { Planted } from "./planted.js";
import { zipEntries } from "./zip-entries.js";

type Note = (name: string, text: string) => void;
type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Record<string, unknown> }>;

interface Walk {
  readonly url: string;
  readonly ask: Ask;
  readonly note: Note;
  readonly planted: Planted;
  /** Ids of the endpoints that the secrets are in. */
  readonly endpoints: readonly string[];
}

const ROLES = ["admin", "operator", "auditor", "customer"] as const;
type Reader = { readonly role: (typeof ROLES)[number]; readonly browser: Browser };

/** What no page links to: what follows a search, and what is open to nobody in particular. */
const UNLINKED = [
  "/deliveries/bulk?verb=retry&state=failed",
  "/sign-in",
  "/welcome/of-no-use",
  "/statuses/edit?code=take",
] as const;

/** So many addresses that differ in the values of their query alone: filters of one list show no more than it does. */
const ALIKE = 3;
/** So many pages of things of one kind: admins and auditors see no more of each than operators, who look at all of them. */
const OF_A_KIND = { admin: 5, operator: Number.POSITIVE_INFINITY, auditor: 5, customer: Number.POSITIVE_INFINITY };

async function signIn({ url, ask }: Walk): Promise<Reader[]> {
  const readers: Reader[] = [];
  for (const role of ROLES) {
    const user = { email: `${role}@planted.example`, role, ...(role === "customer" ? { customer: "acme" } : {}) };
    const { body } = await ask("POST", "/v1/users", user);
    const browser = new Browser(url);
    const { status } = await browser.post(welcomePath(String(body.link)), { password: PASSWORD });
    expect(status, role).toBe(303);
    readers.push({ role, browser });
  }
  return readers;
}

const cookieOf = ({ cookies }: Browser) => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");

/** Asks for one address, notes what came, unpacked where it is packed, and returns the page; empty: it is none. */
async function look({ url, note }: Walk, { role, browser }: Reader, path: string): Promise<string> {
  const headers = { cookie: cookieOf(browser), accept: "text/html" };
  const response = await fetch(new URL(path, url), { headers, redirect: "manual" });
  const type = response.headers.get("content-type") ?? "";
  const name = `page ${path} for ${role}`;
  expect(response.status, name).toBeLessThan(path.startsWith("/welcome") ? 500 : 400);
  note(`${name}, its headers`, JSON.stringify([...response.headers]));
  if (type.includes("spreadsheet")) {
    for (const [entry, text] of zipEntries(Buffer.from(await response.arrayBuffer()))) note(`${name}, ${entry}`, text);
    return "";
  }
  const text = await response.text();
  note(name, text);
  if (type.includes("yaml")) note(`${name}, parsed`, JSON.stringify(parse(text)));
  return type.includes("html") ? text : "";
}

function linksOf(html: string): string[] {
  const found = html.matchAll(/(?:<a\b[^>]*? href|hx-get)="(\/(?!\/)[^"#]*)/g);
  return [...found].map(([, address = ""]) => address.replaceAll("&amp;", "&"));
}

/** Follows every link from the overview on. Returns the paths that were looked at. */
async function crawl(walk: Walk, reader: Reader): Promise<string[]> {
  const counts = new Map<string, number>();
  const isEnough = (kind: string, most: number) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count > most;
  };
  const seen = new Set<string>();
  const looked: string[] = [];
  const waiting: string[] = ["/"];
  if (reader.role === "admin") waiting.push(...UNLINKED);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { pathname, searchParams } = new URL(next, walk.url);
    if (seen.has(next) || pathname.startsWith("/docs")) continue;
    seen.add(next);
    const query = [...new Set(searchParams.keys())].sort().join("&");
    if (isEnough(`${pathname}?${query}`, ALIKE)) continue;
    if (isEnough(`${pathname.replace(/[a-z]+_\w{20,}/, "id")}?${query}`, OF_A_KIND[reader.role])) continue;
    looked.push(pathname);
    waiting.push(...linksOf(await look(walk, reader, next)));
  }
  return looked;
}

/** The stream of the overview, until each part of it has come once. */
async function live({ url, note }: Walk, { role, browser }: Reader): Promise<void> {
  const stop = new AbortController();
  const response = await fetch(`${url}/live`, { headers: { cookie: cookieOf(browser) }, signal: stop.signal });
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    expect.stringContaining("text/event-stream"),
  ]);
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      // All parts come in one piece, the trouble among them.
      if (/^event: trouble\n(data: .*\n)+\n/m.test(text)) break;
    }
  } finally {
    stop.abort();
  }
  note(`live stream for ${role}`, text);
}

/** Secrets typed into forms that are refused, tried out, or looked at before they are applied. */
async function typed({ note, planted }: Walk, { role, browser }: Reader, endpoint: string): Promise<void> {
  const path = `/endpoints/${endpoint}/edit`;
  const { html } = await browser.get(path);
  const names = [...html.matchAll(/<(?:input|textarea)\b[^>]*>/g)].map(([tag]) => tag);
  const secrets = names
    .filter((tag) => /type="password"/.test(tag) || /^<textarea.* autocomplete="off"/.test(tag))
    .map((tag) => /name="([^"]+)"/.exec(tag)?.[1] ?? "");
  expect(secrets.length).toBeGreaterThan(3);
  const typedIn = Object.fromEntries(secrets.map((name) => [name, planted.text(`typed into ${name} by ${role}`)]));
  const form = { ...parseHTML(html, "setting"), ...typedIn };
  for (const more of [{}, { timeoutSeconds: "none" }, { do: "preview" }, { do: "check" }, { do: "test" }]) {
    const refused = await browser.post(path, { ...form, ...more });
    note(`form of ${path} with secrets for ${role}, ${JSON.stringify(more)}`, refused.html);
    const tried = await browser.post(`${path}/try`, { ...form, ...more });
    note(`try of ${path} with secrets for ${role}, ${JSON.stringify(more)}`, tried.html);
    expect([refused.status, tried.status]).toEqual([422, expect.any(Number)]);
  }
  const apiKey = JSON.stringify(planted.token(`imported by ${role}`));
  const item = `  - { name: Imported, transport: { type: http-post, url: "https://acme.example/", apiKey: ${apiKey} }, template: { name: ontime, options: { format: json } } }\n`;
  const faulty = `  - { name: Faulty, transport: { type: http-post, url: 7, apiKey: [${apiKey}] }, template: { name: ontime } }\n`;
  for (const [text, status] of [
    [`customer: acme\nendpoints:\n${item}`, 200],
    [`customer: acme\nendpoints:\n${item}${faulty}`, 422],
    [`customer: acme\nendpoints:\n${item}  - ${apiKey}: [`, 422],
  ] as const) {
    const reply = await browser.post("/customers/acme/endpoints/import", { text });
    expect(reply.status, text).toBe(status);
    note(`import of a file with secrets for ${role}`, reply.html);
  }
}

/** What pages answer to a form with content: previews, tests and connection tests of what is kept. */
async function posted({ note }: Walk, { role, browser }: Reader, endpoint: string): Promise<void> {
  const path = `/endpoints/${endpoint}`;
  const form = parseHTML((await browser.get(`${path}/edit`)).html, "setting");
  const asked: [at: string, more: Record<string, string>, headers?: Record<string, string>][] = [
    [`${path}/check`, {}],
    [`${path}/check`, {}, { "waybell-live": "true" }],
    [`${path}/edit`, { ...form, do: "preview" }],
    [`${path}/edit/try`, { ...form, do: "test" }],
  ];
  for (const [at, values, headers] of asked) {
    const reply = await browser.post(at, values, headers);
    expect(reply.status, at).toBe(200);
    note(`answer of ${at} for ${role}`, reply.html);
  }
}

/** Every page of the console, for each role: all that links lead to, the forms that answer with content, files, streams. */
export async function everyPage(walk: Walk): Promise<void> {
  const readers = await signIn(walk);
  const looked = new Set((await Promise.all(readers.map((reader) => crawl(walk, reader)))).flat());
  await Promise.all(readers.map((reader) => live(walk, reader)));
  const patterns = EVERY_PAGE.filter(({ method, path }) => method === "GET" && path !== "/live");
  const missed = patterns.filter(({ path }) => {
    const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
    return ![...looked].some((each) => pattern.test(each));
  });
  expect(missed.map(({ path }) => path)).toEqual([]);
  for (const reader of readers.filter(({ role }) => role === "operator" || role === "customer")) {
    const [first = ""] = walk.endpoints;
    if (reader.role === "operator") for (const id of walk.endpoints) await posted(walk, reader, id);
    else await posted(walk, reader, first);
    await typed(walk, reader, first);
  }
}
