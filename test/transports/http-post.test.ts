import { createHash, createPublicKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { maskSecrets } from "../../src/schemas/secret.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { httpPost } from "../../src/transports/http-post.js";
import { errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";
import { useHttpReceiver } from "./http-kit.js";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OLD_SECRET = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
// RFC 8032, section 7.1, TEST 3.
const ED25519_PUBLIC = "whpk_/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=";
const ED25519 = `whsk_${Buffer.from("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "hex").toString("base64")}`;

const http = useHttpReceiver();

async function arrived(options: Record<string, unknown>, payload = jsonPayload('{"a":1}'), init = {}) {
  await httpPost.send(
    payload,
    { url: `${http.receiver.url}/hook`, ...options },
    sendContext({ connections: http.connections, ...init }),
  );
  return http.last;
}

function verifies(secret: string, { headers, body }: Awaited<ReturnType<typeof arrived>>): boolean {
  try {
    new Webhook(secret).verify(body.toString(), headers as Record<string, string>);
    return true;
  } catch (error) {
    // The package reads as JSON what it has verified; another body than JSON fails only there.
    return error instanceof SyntaxError;
  }
}

function verifiesPublicly({ headers, body }: Awaited<ReturnType<typeof arrived>>): boolean {
  const x = Buffer.from(ED25519_PUBLIC.slice(5), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const head = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.`;
  const signatures = String(headers["webhook-signature"]).split(" ");
  const signature = signatures.find((one) => one.startsWith("v1a,"))?.slice(4) ?? "";
  return verify(null, Buffer.concat([Buffer.from(head), body]), key, Buffer.from(signature, "base64"));
}

describe("http-post", () => {
  it("posts the body with its content type, the key and the webhook headers", async () => {
    const ids = { webhookId: "dlv_7", timestamp: 1_700_000_000 };
    const request = await arrived({ apiKey: "k-123456", headers: { Authorization: "Bearer x" } }, undefined, { ids });
    expect(request.method).toBe("POST");
    expect(request.url).toBe("/hook");
    expect(request.body.toString()).toBe('{"a":1}');
    expect(request.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": "7",
      "x-api-key": "k-123456",
      authorization: "Bearer x",
      "webhook-id": "dlv_7",
      "webhook-timestamp": "1700000000",
      "user-agent": `Waybell/${version}`,
    });
    expect(request.headers).not.toHaveProperty("webhook-signature");
    expect(request.headers).not.toHaveProperty("transfer-encoding");
  });

  it("says on the wire that it is a test, and says nothing of what is none", async () => {
    expect((await arrived({}, undefined, { isTest: true })).headers["webhook-test"]).toBe("true");
    expect((await arrived({})).headers).not.toHaveProperty("webhook-test");
  });

  it("leaves the URL's query as it is", async () => {
    const request = await arrived({ url: `${http.receiver.url}/a%20b/?x=1+2&y=%2f&z` });
    expect(request.url).toBe("/a%20b/?x=1+2&y=%2f&z");
  });

  it("signs so that the standardwebhooks package verifies it", async () => {
    const request = await arrived({ signingSecret: SECRET });
    expect([verifies(SECRET, request), verifies(OLD_SECRET, request)]).toEqual([true, false]);
  });

  it("signs a streamed body, and sends it with its length", async () => {
    const { body, bytes } = streamedBody(5_000_000);
    const request = await arrived({ signingSecret: SECRET }, { contentType: "application/json", body });
    expect(request.headers["content-length"]).toBe("5000000");
    expect(createHash("sha256").update(request.body).digest("hex")).toBe(
      createHash("sha256").update(bytes).digest("hex"),
    );
    expect(verifies(SECRET, request)).toBe(true);
  });

  it("signs with the previous secret as well until its time is over", async () => {
    const rotated = { signingSecret: SECRET, previousSigningSecret: OLD_SECRET };
    const during = await arrived({ ...rotated, previousSigningSecretUntil: Date.now() + 60_000 });
    expect([verifies(SECRET, during), verifies(OLD_SECRET, during)]).toEqual([true, true]);
    const after = await arrived({ ...rotated, previousSigningSecretUntil: Date.now() - 1 });
    expect([verifies(SECRET, after), verifies(OLD_SECRET, after)]).toEqual([true, false]);
  });

  it("signs with an ed25519 secret beside the previous one of the other kind, streamed bodies too", async () => {
    const until = Date.now() + 60_000;
    const rotated = { signingSecret: ED25519, previousSigningSecret: OLD_SECRET, previousSigningSecretUntil: until };
    const { body, bytes } = streamedBody(300_000);
    for (const payload of [jsonPayload('{"a":1}'), { contentType: "application/json", body }]) {
      const request = await arrived(rotated, payload);
      expect(request.headers["webhook-signature"]).toMatch(/^v1a,\S+ v1,\S+$/);
      expect(verifies(OLD_SECRET, request)).toBe(true);
      expect(verifiesPublicly(request)).toBe(true);
    }
    expect(http.receiver.received.at(-1)?.body.equals(bytes)).toBe(true);
    expect(http.receiver.received.at(-1)?.headers["content-length"]).toBe("300000");
  });

  it("refuses for this event alone what is too large to be held for an ed25519 signature", async () => {
    const length = 32 * 1024 * 1024 + 1;
    const open = () => {
      throw new Error("was read");
    };
    const payload = { contentType: "application/json", body: { length, summary: "", open } };
    const error = await errorOf(arrived({ signingSecret: ED25519 }, payload));
    expect(error).toMatchObject({ fault: "config", code: "too_large_to_sign", eventOnly: true });
  });

  it("shows the public keys of ed25519 secrets alone, and until when the previous one signs", () => {
    const publicKeys = httpPost.signing?.publicKeys;
    expect(publicKeys?.({ signingSecret: SECRET })).toEqual([]);
    expect(publicKeys?.({ signingSecret: ED25519 })).toEqual([{ key: ED25519_PUBLIC, until: null }]);
    const previous = { previousSigningSecret: ED25519, previousSigningSecretUntil: 5 };
    expect(publicKeys?.({ signingSecret: SECRET, ...previous })).toEqual([{ key: ED25519_PUBLIC, until: 5 }]);
    expect(publicKeys?.({})).toEqual([]);
  });

  it("holds streamed bodies whole where an ed25519 secret signs", () => {
    const holds = (options: object) => httpPost.holdsWhole?.({ url: "https://e.example/", ...options });
    expect([holds({}), holds({ signingSecret: SECRET }), holds({ signingSecret: ED25519 })]).toEqual([
      false,
      false,
      true,
    ]);
    expect(holds({ signingSecret: SECRET, previousSigningSecret: ED25519 })).toBe(true);
  });

  it("sends the template's headers, but not over the endpoint's own", async () => {
    const payload = { ...jsonPayload("{}"), headers: { "x-event": "take", "x-tenant": "template" } };
    const request = await arrived({ headers: { "X-Tenant": "acme" } }, payload);
    expect(request.headers).toMatchObject({ "x-event": "take", "x-tenant": "acme" });
  });

  it("describes itself without the query, and has a canonical address with it", () => {
    const options = { url: "HTTPS://Erp.Example:443/hook?token=abc" };
    expect(httpPost.describe(options)).toBe("POST https://erp.example/hook");
    expect(httpPost.address(options)).toBe("https://erp.example/hook?token=abc");
  });
});

describe("http-post options", () => {
  const check = compileSchema(httpPost.optionsSchema);
  const findings = (options: Record<string, unknown>) => {
    const whole = { url: "https://erp.example/hook", ...options };
    const faulty = check(whole);
    return faulty.length > 0 ? faulty : (httpPost.validate?.(whole) ?? []);
  };

  it("accept what can be delivered with", () => {
    const headers = { authorization: "Bearer é", "x-empty": "" };
    expect(findings({})).toEqual([]);
    expect(findings({ apiKey: "abc", headers, signingSecret: SECRET })).toEqual([]);
    const previous = { previousSigningSecret: OLD_SECRET, previousSigningSecretUntil: 1 };
    expect(findings({ signingSecret: SECRET, ...previous })).toEqual([]);
  });

  it.each([
    ["a URL that is none", { url: "erp" }, "/url"],
    ["another scheme", { url: "ftp://erp.example/" }, "/url"],
    ["a password in the URL", { url: "https://u:p@erp.example/" }, "/url"],
    ["a fragment", { url: "https://erp.example/#" }, "/url"],
    ["a mail server's port", { url: "http://erp.example:25/" }, "/url"],
    ["a URL of 5,000 characters", { url: `https://erp.example/${"x".repeat(5000)}` }, "/url"],
    ["an unknown option", { urls: [] }, "/urls"],
    ["a line end in the key", { apiKey: "a\r\nhost: b" }, "/apiKey"],
    ["a line end in a header", { headers: { "x-a": "a\nb" } }, "/headers/x-a"],
    ["a letter beyond Latin-1 in a header", { headers: { "x-a": "€" } }, "/headers/x-a"],
    ["a space in a header's name", { headers: { "x a": "b" } }, "/headers/x a"],
    ["a header that Waybell sets", { headers: { Host: "b" } }, "/headers/Host"],
    ["a webhook header", { headers: { "webhook-id": "b" } }, "/headers/webhook-id"],
    ["a header twice", { headers: { "x-a": "1", "X-A": "2" } }, "/headers/X-A"],
    ["two API keys", { apiKey: "a", headers: { "x-api-key": "b" } }, "/headers/x-api-key"],
    ["a secret without whsec_", { signingSecret: "abc" }, "/signingSecret"],
    ["a short seed", { signingSecret: "whsk_YWJj" }, "/signingSecret"],
    ["a short secret", { signingSecret: "whsec_YWJj" }, "/signingSecret"],
    [
      "a previous secret alone",
      { previousSigningSecret: SECRET, previousSigningSecretUntil: 1 },
      "/previousSigningSecret",
    ],
    [
      "a previous secret without an end",
      { signingSecret: SECRET, previousSigningSecret: OLD_SECRET },
      "/previousSigningSecretUntil",
    ],
    ["a ca that is no certificate", { ca: "hello" }, "/ca"],
  ])("refuse %s and name the field", (_title, options, path) => {
    expect(findings(options).map((finding) => finding.path)).toContain(path);
  });

  it.each(
    "Content-Length Transfer-Encoding Connection Expect Upgrade Keep-Alive TE Trailer Content-Type User-Agent".split(
      " ",
    ),
  )("refuse the header %s", (name) => {
    expect(findings({ headers: { [name]: "x" } })).toHaveLength(1);
  });

  it("refuse more than 30 headers", () => {
    const headers = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`x-${at}`, "v"]));
    expect(findings({ headers })).toHaveLength(1);
  });

  it("mask every secret", () => {
    const options = { url: "https://e.example/", apiKey: "k", headers: { a: "v" }, signingSecret: SECRET };
    expect(maskSecrets(httpPost.optionsSchema, { ...options, previousSigningSecret: OLD_SECRET })).toEqual({
      url: "https://e.example/",
      apiKey: "********",
      headers: { a: "********" },
      signingSecret: "********",
      previousSigningSecret: "********",
    });
  });
});
