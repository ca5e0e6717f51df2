import type { IncomingHttpHeaders } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpPost } from "../../src/transports/http-post.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

const KEPT = 16 * 1024;
const KEY = "tok-Viaduct&1<2>é";
const basic = (login: string) => `Basic ${Buffer.from(login).toString("base64")}`;

let receiver: HttpReceiver;
let connections: Connections;
beforeEach(async () => {
  receiver = await startHttpReceiver();
  connections = new Connections({ clock: systemClock });
});
afterEach(async () => {
  await connections.close();
  await receiver.stop();
});

const post = (options: Record<string, unknown>, bodyIncludes = "") =>
  httpPost.send(
    jsonPayload('{"a":1}'),
    { url: `${receiver.url}/hook`, ...options },
    sendContext({ connections, success: { statusCodes: [], bodyIncludes } }),
  );

/** What is kept of an answer that a receiver makes of the headers that it got. */
async function kept(
  options: Record<string, unknown>,
  tell: (headers: IncomingHttpHeaders) => string,
  bodyIncludes = "",
) {
  receiver.script(({ headers }, response) => response.end(tell(headers)));
  return (await post(options, bodyIncludes)).response;
}

const decoded = (headers: IncomingHttpHeaders) =>
  Buffer.from(headers.authorization?.slice("Basic ".length) ?? "", "base64").toString();

it.each<[string, Record<string, unknown>, (headers: IncomingHttpHeaders) => string, string]>([
  [
    "what comes after the scheme's word",
    { headers: { authorization: "Bearer tok-abcdef123456" } },
    ({ authorization = "" }) => JSON.stringify({ token: authorization.split(" ")[1] }),
    '{"token":"********"}',
  ],
  [
    "a login that was sent as a header",
    { headers: { authorization: basic("acme:Spoorweg-77") } },
    (headers) => `no: ${decoded(headers)}, ${decoded(headers).split(":")[1]}`,
    "no: ********, ********",
  ],
  [
    "a login of the setting",
    { auth: { type: "basic", username: "acme", password: "Spoorweg-é77" } },
    (headers) => `no: ${decoded(headers)}`,
    "no: acme:********",
  ],
  [
    "one cookie of several",
    { headers: { cookie: "lang=nl; session=abc123def" } },
    ({ cookie = "" }) => `session ${/session=(\w+)/.exec(cookie)?.[1]}, language nl`,
    "session ********, language nl",
  ],
  ["a short key", { apiKey: "k7Qz9" }, (headers) => `key ${headers["x-api-key"]}, ak7Qz90`, "key ********, ak7Qz90"],
  ["a key in JSON as Go writes it", { apiKey: KEY }, () => '"tok-Viaduct\\u00261\\u003c2\\u003eé"', '"********"'],
  ["a key in HTML", { apiKey: KEY }, () => "<p>tok-Viaduct&amp;1&lt;2&gt;é</p>", "<p>********</p>"],
])("masks %s in what a receiver repeats", async (_what, options, tell, told) => {
  expect(await kept(options, tell)).toBe(told);
});

it("keeps what everybody may know", async () => {
  const headers = { accept: "application/json", "x-env": "prod", authorization: "Bearer tok-abcdef123456" };
  const told = "application/json prod Bearer";
  expect(await kept({ headers }, () => told)).toBe(told);
});

it.each([
  ["where the answer is kept alone", ""],
  ["where a rule looks into it", "Viaduct"],
])("masks a secret that lies across the end of what is kept, %s", async (_where, bodyIncludes) => {
  for (const over of [1, 4, KEY.length - 1]) {
    const body = `${"x".repeat(KEPT - KEY.length + over)}${KEY}${"y".repeat(100_000)}`;
    const response = await kept({ apiKey: KEY }, () => body, bodyIncludes);
    expect(response.replace(/^x+/, "")).toMatch(/^\*+$/);
    expect(Buffer.byteLength(response)).toBeLessThanOrEqual(KEPT);
  }
});

it("keeps no half of a character where it is cut, and no more bytes for the masks", async () => {
  const word = await kept({ apiKey: "ab" }, () => "ab ".repeat(9000));
  expect([word.length, word.slice(-18)]).toEqual([KEPT, "**** ******** ****"]);
  for (let before = 0; before < 4; before++) {
    const response = await kept({}, () => "x".repeat(before) + "€".repeat(9000));
    expect(response).toMatch(/^x*€+$/);
    expect(Buffer.byteLength(response)).toBeGreaterThan(KEPT - 3);
  }
});

it("masks a secret in the address of a redirect, and one on whose characters it is cut", async () => {
  const asked = async (location: string) => {
    receiver.script({ status: 302, headers: { location } });
    return (await errorOf(post({ apiKey: KEY, headers: { authorization: "Bearer tok-abcdef123456" } }))).message;
  };
  expect(await asked("/login/tok-abcdef123456?a=b")).toContain(`to ${receiver.url}/login/******** (302 Found)`);
  expect(await asked(`/login/${encodeURIComponent(KEY)}/x`)).toContain("/login/********/x (302");
  expect(await asked(`/login/${encodeURIComponent(KEY).toLowerCase()}`)).toContain("/login/******** (302");
  expect(await asked("https://TOK-ABCDEF123456.example/")).toContain("to https://********.example/ (302");
  for (let at = 250; at < 300; at++)
    expect(await asked(`/${"x".repeat(at - receiver.url.length)}/tok-abcdef123456`)).not.toContain("tok");
});

it("masks a token that was fetched, in every answer to a request with it", async () => {
  const tokens = await startHttpReceiver();
  tokens.answer = { body: JSON.stringify({ access_token: "at-12345678/e", token_type: "Bearer" }) };
  const auth = { type: "oauth2", tokenUrl: `${tokens.url}/token`, clientId: "waybell", clientSecret: "s3cret-client" };
  const options = { url: `${receiver.url}/hook`, auth };
  receiver.answer = ({ headers }, response) => response.end(String(headers.authorization));
  for (let time = 0; time < 2; time++) {
    const { response } = await httpPost.send(jsonPayload("{}"), options, sendContext({ connections }));
    expect(response).toBe("Bearer ********");
  }
  await tokens.stop();
});
