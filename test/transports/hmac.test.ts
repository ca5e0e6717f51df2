import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { Payload } from "../../src/templates/template.js";
import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import { errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";
import { useHttpReceiver } from "./http-kit.js";

const http = useHttpReceiver();

const SECRET = "geheim é 1";
const ids = { webhookId: "dlv_7", timestamp: 1_700_000_000 };

async function arrived(hmac: object, more: object = {}, payload: Payload = jsonPayload('{"stad":"Liège"}')) {
  const options = {
    url: `${http.receiver.url}/hook`,
    hmac: { header: "X-Signature", secret: SECRET, ...hmac },
    ...more,
  };
  const transport = payload.fields ? httpGet : httpPost;
  await transport.send(payload, options, sendContext({ connections: http.connections, ids }));
  return http.last;
}

/** What OpenSSL's own command makes of it. */
function openssl(content: Buffer | string, algorithm = "sha256"): Buffer {
  const key = Buffer.from(SECRET).toString("hex");
  const args = ["dgst", `-${algorithm}`, "-mac", "HMAC", "-macopt", `hexkey:${key}`, "-binary"];
  return execFileSync("openssl", args, { input: content });
}

describe("an HMAC signature", () => {
  it("is over the body, in hex, by default", async () => {
    const { headers, body } = await arrived({});
    expect(headers["x-signature"]).toBe(openssl(body).toString("hex"));
    expect(headers).not.toHaveProperty("webhook-signature");
  });

  it.each(["sha256", "sha512", "sha1"])("is made with %s, in base64 and behind a prefix", async (algorithm) => {
    const { headers, body } = await arrived({ algorithm, encoding: "base64", prefix: `${algorithm}=` });
    expect(headers["x-signature"]).toBe(`${algorithm}=${openssl(body, algorithm).toString("base64")}`);
  });

  it("is over the timestamp too, which is sent as webhook-timestamp and in a header of its own", async () => {
    const { headers, body } = await arrived({ over: "timestamp.body", timestampHeader: "X-Signed-At" });
    const signed = Buffer.concat([Buffer.from("1700000000."), body]);
    expect(headers["x-signature"]).toBe(openssl(signed).toString("hex"));
    expect(headers).toMatchObject({ "x-signed-at": "1700000000", "webhook-timestamp": "1700000000" });
  });

  it("is over the raw query string of a GET", async () => {
    const fields = [
      ["order", "A 1"],
      ["text", "é&="],
    ] as const;
    const payload = { contentType: "", body: Buffer.alloc(0), fields };
    const { url, headers } = await arrived({}, { url: `${http.receiver.url}/hook?a=%2f` }, payload);
    const query = url.slice(url.indexOf("?") + 1);
    expect(query).toBe("a=%2f&order=A+1&text=%C3%A9%26%3D");
    expect(headers["x-signature"]).toBe(openssl(query).toString("hex"));
  });

  it("is over the whole of a streamed body", async () => {
    const { body, bytes } = streamedBody(3_000_000);
    const { headers } = await arrived({ over: "timestamp.body" }, {}, { contentType: "application/json", body });
    expect(headers["x-signature"]).toBe(openssl(Buffer.concat([Buffer.from("1700000000."), bytes])).toString("hex"));
    expect(headers).not.toHaveProperty("webhook-signature");
  });

  it("goes beside that of Standard Webhooks, for which a streamed body is read once for both", async () => {
    const signingSecret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    const { body, bytes } = streamedBody(300_000);
    let opened = 0;
    const open = () => {
      opened++;
      return body.open();
    };
    const now = { webhookId: "dlv_7", timestamp: Math.floor(Date.now() / 1000) };
    const options = { url: http.receiver.url, signingSecret, hmac: { header: "x-signature", secret: SECRET } };
    const payload = { contentType: "application/json", body: { ...body, open } };
    await httpPost.send(payload, options, sendContext({ connections: http.connections, ids: now }));
    const headers = http.receiver.received[0]?.headers ?? {};
    expect(headers["x-signature"]).toBe(openssl(bytes).toString("hex"));
    // The package parses what it verified as JSON, and fails in another way where the signature is wrong.
    const verify = () => new Webhook(signingSecret).verify(bytes.toString(), headers as Record<string, string>);
    expect(verify).toThrow(SyntaxError);
    // Once to sign, once to send.
    expect(opened).toBe(2);
  });

  it("cannot be set by a template, nor is its secret kept in an answer", async () => {
    const own = { ...jsonPayload("{}"), headers: { "x-signature": "of the template" } };
    const { headers } = await arrived({}, {}, own);
    expect(headers["x-signature"]).toBe(openssl("{}").toString("hex"));
    http.receiver.script({ status: 500, body: `wrong key ${SECRET}` });
    const options = { url: http.receiver.url, hmac: { header: "x-signature", secret: SECRET } };
    const error = await errorOf(httpPost.send(own, options, sendContext({ connections: http.connections })));
    expect(error.response).toBe("wrong key ********");
  });

  it("is verified by the receiver that docs/authentication.md shows", async () => {
    const [, code = ""] = /```js\n(.*?)```/s.exec(readFileSync("docs/authentication.md", "utf8")) ?? [];
    const { isValid } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      isValid(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean;
    };
    const now = { webhookId: "dlv_8", timestamp: Math.floor(Date.now() / 1000) };
    const hmac = { header: "X-Signature", secret: SECRET, over: "timestamp.body" };
    await httpPost.send(
      jsonPayload('{"a":"é"}'),
      { url: http.receiver.url, hmac },
      sendContext({ connections: http.connections, ids: now }),
    );
    const { headers = {}, body = Buffer.alloc(0) } = http.receiver.received[0] ?? {};
    expect(isValid(headers, body, SECRET)).toBe(true);
    expect(isValid(headers, Buffer.from('{"a":"e"}'), SECRET)).toBe(false);
    expect(isValid({ ...headers, "webhook-timestamp": "1700000000" }, body, SECRET)).toBe(false);
    expect(isValid(headers, body, "another")).toBe(false);
  });
});
