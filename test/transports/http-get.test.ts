import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpGet } from "../../src/transports/http-get.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

let receiver: HttpReceiver;
let connections: Connections;
beforeAll(async () => {
  receiver = await startHttpReceiver();
  connections = new Connections({ clock: systemClock });
});
afterAll(async () => {
  await connections.close();
  await receiver.stop();
});

const FIELDS = [
  ["order", "ASS123456789"],
  ["statusNL", "Mee met koerier"],
  ["referentie", ""],
] as const;
const QUERY = "order=ASS123456789&statusNL=Mee+met+koerier&referentie=";

const payload = (fields: readonly (readonly [string, string])[] = FIELDS) => ({
  contentType: "",
  body: Buffer.alloc(0),
  fields,
});

async function arrived(path: string, options = {}, fields = FIELDS as readonly (readonly [string, string])[]) {
  await httpGet.send(payload(fields), { url: `${receiver.url}${path}`, ...options }, sendContext({ connections }));
  const request = receiver.received.at(-1);
  if (!request) throw new Error("nothing arrived");
  return request;
}

describe("http-get", () => {
  it.each([
    ["a URL without a path", "", `/?${QUERY}`],
    ["a path", "/hook", `/hook?${QUERY}`],
    ["an empty query", "/hook?", `/hook?${QUERY}`],
    ["a query", "/hook?a=b", `/hook?a=b&${QUERY}`],
    ["a query with a name alone", "/hook?a", `/hook?a&${QUERY}`],
    ["a query that ends in &", "/hook?a=b&", `/hook?a=b&${QUERY}`],
    ["a query that is encoded in its own way", "/hook?a=%2f+%2B/b", `/hook?a=%2f+%2B/b&${QUERY}`],
  ])("appends the fields in their order to %s", async (_title, path, url) => {
    const request = await arrived(path);
    expect([request.method, request.url, request.body.length]).toEqual(["GET", url, 0]);
  });

  it("form-encodes what a query cannot hold", async () => {
    const request = await arrived("/", {}, [["comment", "a+b & c=d%20\r\n🚚 é ' \" #"]]);
    expect(request.url).toBe("/?comment=a%2Bb+%26+c%3Dd%2520%0D%0A%F0%9F%9A%9A+%C3%A9+%27+%22+%23");
  });

  it("signs the raw query string", async () => {
    const signingSecret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    const { url, headers } = await arrived("/hook?a=%2f", { signingSecret, apiKey: "k-1" });
    const raw = url.slice(url.indexOf("?") + 1);
    const verifier = new Webhook(signingSecret);
    // The package parses what it verified as JSON, which a query string is not; it throws something else for a wrong signature.
    expect(() => verifier.verify(raw, headers as Record<string, string>)).toThrow(SyntaxError);
    expect(() => verifier.verify(`${raw}x`, headers as Record<string, string>)).toThrow("No matching signature found");
    expect(headers["x-api-key"]).toBe("k-1");
  });

  it("blames the one event when the URL would be over 8 KiB", async () => {
    const before = receiver.received.length;
    const long = payload([["comment", "é".repeat(2000)]]);
    const error = await errorOf(httpGet.send(long, { url: receiver.url }, sendContext({ connections })));
    expect(error).toMatchObject({ fault: "config", code: "url_too_long", eventOnly: true });
    expect(receiver.received).toHaveLength(before);
  });

  it("sends a URL of just under 8 KiB", async () => {
    const request = await arrived("/", {}, [["comment", "x".repeat(8000)]]);
    expect(request.url).toHaveLength(8010);
  });

  it("blames the setting when the payload is no query", async () => {
    const error = await errorOf(httpGet.send(jsonPayload("{}"), { url: receiver.url }, sendContext({ connections })));
    expect(error).toMatchObject({ fault: "config", code: "not_a_query", eventOnly: false });
  });

  it("describes itself without the query", () => {
    expect(httpGet.describe({ url: "https://www.uwurl.be?key=1" })).toBe("GET https://www.uwurl.be/");
  });
});
