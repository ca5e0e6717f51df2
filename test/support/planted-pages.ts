import { expect } from "vitest";
import { parse } from "yaml";
import { parseHTML } from "../console/html.js";
import { cookieOf, everyPageOf, everyReader, type Reader } from "./console-walk.js";
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

/** Asks for one address, notes what came, unpacked where it is packed, and returns the page; empty: it is none. */
async function look({ url, note }: Walk, reader: Reader, path: string): Promise<string> {
  const headers = { cookie: cookieOf(reader), accept: "text/html" };
  const response = await fetch(new URL(path, url), { headers, redirect: "manual" });
  const type = response.headers.get("content-type") ?? "";
  const name = `page ${path} for ${reader.role}`;
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

/** The stream of the overview, until each part of it has come once. */
async function live({ url, note }: Walk, reader: Reader): Promise<void> {
  const stop = new AbortController();
  const response = await fetch(`${url}/live`, { headers: { cookie: cookieOf(reader) }, signal: stop.signal });
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
  note(`live stream for ${reader.role}`, text);
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
  const readers = await everyReader(walk.url, walk.ask);
  await everyPageOf(readers, (reader, path) => look(walk, reader, path));
  await Promise.all(readers.map((reader) => live(walk, reader)));
  for (const reader of readers.filter(({ role }) => role === "operator" || role === "customer")) {
    const [first = ""] = walk.endpoints;
    if (reader.role === "operator") for (const id of walk.endpoints) await posted(walk, reader, id);
    else await posted(walk, reader, first);
    await typed(walk, reader, first);
  }
}
