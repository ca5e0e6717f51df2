import { describe, expect, it } from "vitest";
import { headerSecrets, secretsOf } from "../../src/transports/http-secrets.js";

const basic = (login: string) => `Basic ${Buffer.from(login).toString("base64")}`;

describe("what is secret of a header", () => {
  it.each([
    ["authorization", "Bearer tok-abcdef", ["tok-abcdef"]],
    ["Authorization", "ApiKey k7Qz9", ["k7Qz9"]],
    ["authorization", "Token token=abc123def456, nonce=n", ["token=abc123def456, nonce=n", "abc123def456"]],
    ["authorization", 'Digest username="it", response="6629fae49393a05397"', ["6629fae49393a05397"]],
    ["authorization", basic("acme:Spoor-77"), [basic("acme:Spoor-77").slice(6), "acme:Spoor-77", "Spoor-77"]],
    ["authorization", basic("sk_live_1234:"), ["sk_live_1234:", "sk_live_1234"]],
    ["authorization", "basic bm8gY29sb24=", ["no colon"]],
    ["cookie", 'a=1; session="k9"; lang=nl-NL-x; id=%2Fabc', ["k9", "nl-NL-x", "%2Fabc"]],
    ["x-api-key", "k7Qz9", ["k7Qz9"]],
    ["x-more", "Bearer tok-abcdef", ["Bearer tok-abcdef", "tok-abcdef"]],
    ["x-more", "acme; k=s3cr3tk3y", ["acme; k=s3cr3tk3y", "s3cr3tk3y"]],
    ["x-tenant", "acme-europe", ["acme-europe"]],
  ])("%s: %s", (name, value, parts) => {
    expect(headerSecrets(name, value)).toEqual(expect.arrayContaining(parts));
  });

  it.each([
    ["accept", "application/vnd.acme.v2+json"],
    ["Accept-Language", "nl-NL, en"],
    ["x-env", "prod"],
    ["x-flag", "true"],
    ["x-version", "1"],
  ])("%s: %s is none", (name, value) => {
    expect(headerSecrets(name, value)).toEqual([]);
  });

  it.each([
    ["authorization", "Bearer tok-abcdef", "Bearer"],
    ["authorization", basic("acme:Spoor-77"), "acme"],
    ["cookie", "a=1; session=k9k9k9", "1"],
    ["authorization", 'Digest realm="Acme", response="6629fae49393a05397"', "Acme"],
    ["x-more", "charset=utf-8 application/vnd.acme.v2+json", "application/vnd.acme.v2+json"],
  ])("%s: %s does not mask the word %s", (name, value, word) => {
    expect(headerSecrets(name, value)).not.toContain(word);
  });
});

it("of an endpoint are its keys too, with and without the word before a signing secret, each once", () => {
  const signingSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
  const http = { url: "https://acme.example/", apiKey: "k7Qz9", signingSecret };
  const secrets = secretsOf({ ...http, headers: { "x-token": "k7Qz9" }, hmac: { header: "x-s", secret: "shared" } });
  expect(secrets).toEqual(["k7Qz9", signingSecret, signingSecret.slice(6), "shared"]);
});

it("a short passphrase, which is sent to nobody, masks no word", () => {
  const clientCertificate = { certificate: "c", key: "k", passphrase: "test" };
  expect(secretsOf({ url: "https://acme.example/", clientCertificate })).toEqual([]);
});
