import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import { errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";
import { useHttpReceiver } from "./http-kit.js";

const http = useHttpReceiver();
const context = () => sendContext({ connections: http.connections });

describe("what an attempt is told of its request", () => {
  it("is every header that arrived but those of HTTP itself, with what the endpoint set masked", async () => {
    const options = {
      url: `${http.receiver.url}/hook`,
      apiKey: "secret-api-key",
      headers: { "X-Own": "secret-own" },
      hmac: { algorithm: "sha256", encoding: "hex", secret: "secret-hmac", header: "X-Signature" },
    };
    const { headers = [] } = await httpPost.send(jsonPayload('{"a":1}'), options, context());
    const told = new Map(headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1]]] : [])));
    const { host, connection, "content-length": length, ...sent } = http.last.headers;
    expect([host, connection, length]).not.toContain(undefined);
    expect([...told.keys()].sort()).toEqual(Object.keys(sent).sort());
    for (const [name, value] of told)
      expect(value, name).toBe(/^x-(own|api-key)$/.test(name) ? "********" : sent[name]);
    expect(headers.join()).not.toContain("secret-");
  });

  it("holds no token, whoever made it", async () => {
    const auth = { type: "jwt", algorithm: "HS256", key: "k".repeat(32), lifetime: "5m" };
    const options = { url: http.receiver.url, auth };
    const { headers = [] } = await httpPost.send(jsonPayload("{}"), options, context());
    expect(headers[headers.indexOf("authorization") + 1]).toBe("********");
    expect(http.last.headers.authorization).toContain("Bearer ey");
  });

  it("names the steps of a connection that was opened for it, and none of one that was there", async () => {
    const connections = new Connections({ clock: systemClock });
    const fresh = sendContext({ connections });
    const options = { url: http.receiver.url };
    const first = await httpPost.send(jsonPayload("{}"), options, fresh);
    expect(Object.keys(first.timings)).toEqual(["resolve", "connect", "send", "wait"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await httpPost.send(jsonPayload("{}"), options, fresh);
    expect(Object.keys(second.timings)).toEqual(["send", "wait"]);
    for (const step of ["send", "wait"]) expect(first.timings[step]).toBeGreaterThanOrEqual(0);
    const large = await httpPost.send({ ...jsonPayload(""), body: streamedBody(100_000).body }, options, fresh);
    expect(large.timings.send).toBeGreaterThanOrEqual(0);
    expect(large.headers).toEqual(expect.arrayContaining(["webhook-id", "user-agent"]));
    await connections.close();
  });

  it("is there when the receiver says no, and not when nothing was sent", async () => {
    http.receiver.script({ status: 500, body: "no" });
    const refused = await errorOf(
      httpGet.send({ ...jsonPayload(""), fields: [["a", "1"]] }, { url: http.receiver.url }, context()),
    );
    expect(refused).toMatchObject({ code: "http_500" });
    expect(refused.headers).toContain("webhook-id");
    const unsent = await errorOf(httpPost.send(jsonPayload("{}"), { url: "http://127.0.0.1:1/" }, context()));
    expect(unsent.headers).toBeUndefined();
  });
});

describe("what a preview shows of a request that is not sent", () => {
  const ids = { webhookId: "dlv_1", timestamp: 1 };
  const all = {
    apiKey: "secret-api-key",
    headers: { "X-Own": "secret-own" },
    signingSecret: `whsec_${Buffer.alloc(24, 7).toString("base64")}`,
    hmac: {
      ...{ algorithm: "sha256", encoding: "hex", secret: "secret-hmac" },
      ...{ header: "X-Signature", timestampHeader: "X-Time", content: "{timestamp}.{body}" },
    },
  };
  const auth = { type: "jwt", algorithm: "HS256", key: "k".repeat(32), lifetime: "5m" };
  const payload = { ...jsonPayload('{"a":1}'), headers: { "x-event": "take" } };

  it.each([
    ["GET", httpGet, { ...payload, fields: [["a", "1"]] as const }],
    ["POST", httpPost, payload],
  ] as const)("is the headers that a %s has, secrets and signatures masked", async (_name, transport, sent) => {
    for (const more of [{}, all, { ...all, hmac: undefined, auth }]) {
      const options = JSON.parse(JSON.stringify({ url: http.receiver.url, ...more }));
      const { headers = [] } = await transport.send(sent, options, context());
      const shown = transport.headers?.(sent, options, ids) ?? [];
      const namesOf = (list: readonly string[]) => list.filter((_each, at) => at % 2 === 0);
      expect(namesOf(shown)).toEqual(namesOf(headers));
      const told = new Map(shown.flatMap((name, at) => (at % 2 === 0 ? [[name, shown[at + 1]]] : [])));
      expect(told.get("webhook-id")).toBe("dlv_1");
      expect(told.get("user-agent")).toMatch(/^Waybell\//);
      for (const name of ["X-API-KEY", "X-Own", "webhook-signature", "X-Signature", "authorization"]) {
        expect([undefined, "********"], name).toContain(told.get(name));
      }
      expect(shown.join()).not.toMatch(/secret-|v1,/);
    }
  });
});
