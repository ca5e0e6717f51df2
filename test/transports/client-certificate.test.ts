import { execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import type { SendContext } from "../../src/transports/transport.js";
import { type Certificate, makeCertificate } from "../support/certificates.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

const server = makeCertificate();
const acme = makeCertificate(["acme"]);
const other = makeCertificate(["other"]);
const DAY_MS = 24 * 3_600_000;

let folder: string;
let connections: Connections;
const stops: (() => unknown)[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybell-mtls-"));
  for (const [name, text] of Object.entries({ cert: server.cert, key: server.key, ca: acme.cert })) {
    writeFileSync(join(folder, `${name}.pem`), text);
  }
});
beforeEach(() => {
  connections = new Connections({ clock: systemClock });
});
afterEach(async () => {
  await connections.close();
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

const payload = jsonPayload('{"a":1}');
const toSetting = ({ cert, key }: Certificate) => ({ certificate: cert, key });
const post = (options: object, init: Partial<SendContext> = {}) =>
  httpPost.send(payload, { ca: server.cert, ...options }, sendContext({ connections, ...init }));

async function startMutual(): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver({ certificate: server, clientCa: `${acme.cert}${other.cert}` });
  stops.push(receiver.stop);
  return receiver;
}

/** OpenSSL's own server, which tells by an alert why it refuses a client. */
async function startOpenssl(version: string): Promise<string> {
  const files = ["-cert", join(folder, "cert.pem"), "-key", join(folder, "key.pem"), "-CAfile", join(folder, "ca.pem")];
  const options = ["-accept", "127.0.0.1:0", "-Verify", "1", "-verify_return_error", "-www", version];
  const child = spawn("openssl", ["s_server", ...files, ...options], { stdio: ["ignore", "pipe", "ignore"] });
  stops.push(() => {
    child.kill();
    return once(child, "exit");
  });
  for await (const chunk of child.stdout) {
    const [, port] = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(String(chunk)) ?? [];
    if (port) {
      child.stdout.resume();
      return `https://127.0.0.1:${port}/`;
    }
  }
  throw new Error("openssl s_server did not start");
}

const query = { contentType: "", body: Buffer.alloc(0), fields: [["order", "A"]] as const };
const get = (url: string, clientCertificate?: object) =>
  httpGet.send(
    query,
    { url, ca: server.cert, ...(clientCertificate ? { clientCertificate } : {}) },
    sendContext({ connections }),
  );

describe("a client certificate", () => {
  it("opens a server that demands one", async () => {
    const { url, received } = await startMutual();
    expect((await post({ url, clientCertificate: toSetting(acme) })).code).toBe(200);
    expect(received.map(({ client }) => client)).toEqual(["acme"]);
    const without = await errorOf(post({ url }));
    expect(["connection", "ambiguous"]).toContain(without.fault);
    expect(received).toHaveLength(1);
  });

  it("keeps the connections and TLS sessions of two endpoints of one server apart", async () => {
    const { url, received } = await startMutual();
    for (let round = 0; round < 3; round++) {
      await post({ url, clientCertificate: toSetting(acme) });
      await post({ url, clientCertificate: toSetting(other) });
    }
    expect(received.map(({ client }) => client)).toEqual(["acme", "other", "acme", "other", "acme", "other"]);
  });

  it("may have its key encrypted", async () => {
    const { url, received } = await startMutual();
    const args = ["pkcs8", "-topk8", "-passout", "pass:wachtwoord"];
    const key = execFileSync("openssl", args, { input: acme.key, stdio: ["pipe", "pipe", "ignore"] }).toString();
    const clientCertificate = { certificate: acme.cert, key, passphrase: "wachtwoord" };
    await post({ url, clientCertificate });
    expect(received[0]?.client).toBe("acme");
  });

  it.each(["-tls1_2", "-tls1_3"])("is accepted by OpenSSL's server with %s, and no other is", async (version) => {
    const url = await startOpenssl(version);
    expect((await get(url, toSetting(acme))).code).toBe(200);
    const stranger = await errorOf(get(url, toSetting(other)));
    expect(stranger).toMatchObject({ fault: "connection", code: "client_certificate" });
    expect(stranger.message).toMatch(/client certificate/);
    expect((await get(url, toSetting(acme))).code).toBe(200);
  });

  it.each(["-tls1_2", "-tls1_3"])("that is missing is told by a check, with %s", async (version) => {
    const url = await startOpenssl(version);
    const steps = await httpGet.check({ url, ca: server.cert }, sendContext({ connections }));
    expect(steps.at(-1)).toMatchObject({ step: "tls", ok: false });
    expect(steps.at(-1)?.detail).toMatch(/asks for a client certificate/);
  });

  it("that a server refuses by breaking the connection off has not taken anything along", async () => {
    const receiver = await startHttpReceiver({ certificate: server, clientCa: acme.cert, tickets: false });
    stops.push(receiver.stop);
    const error = await errorOf(post({ url: receiver.url, clientCertificate: toSetting(other) }));
    expect(error).toMatchObject({ fault: "connection", code: "client_certificate" });
    expect(receiver.received).toEqual([]);
  });

  it("needs no session ticket from the server", async () => {
    const receiver = await startHttpReceiver({ certificate: server, clientCa: acme.cert, tickets: false });
    stops.push(receiver.stop);
    expect((await post({ url: receiver.url, clientCertificate: toSetting(acme) })).code).toBe(200);
  });
});

describe("a client certificate that has ended since it was saved", () => {
  const end = Math.floor((Date.now() + 30 * DAY_MS) / DAY_MS) * DAY_MS;
  const day = new Date(end).toISOString().slice(0, 10);
  const later = { ...systemClock, now: () => Date.now() + 31 * DAY_MS };

  it("makes the setting faulty in a sentence with the day, and nothing is sent", async () => {
    const { url, received, accepted } = await startMutual();
    const error = await errorOf(post({ url, clientCertificate: toSetting(acme) }, { clock: later }));
    expect(error).toMatchObject({ fault: "config", code: "certificate_expired", eventOnly: false });
    expect(error.message).toBe(`The endpoint's client certificate ended on ${day}: set one that is valid.`);
    expect([received.length, accepted]).toEqual([0, 0]);
  });

  it("is shown by a check in its TLS step", async () => {
    const { url } = await startMutual();
    const options = { url, ca: server.cert, clientCertificate: toSetting(acme) };
    const steps = await httpPost.check(options, sendContext({ connections, clock: later }));
    expect(steps.at(-1)).toMatchObject({ step: "tls", ok: false });
    expect(steps.at(-1)?.detail).toContain(`ended on ${day}`);
    const good = await httpPost.check(options, sendContext({ connections }));
    expect(good.map(({ step, ok }) => `${step} ${ok}`)).toEqual([
      "resolve true",
      "connect true",
      "tls true",
      "request true",
    ]);
  });
});

describe("a client certificate that cannot serve", () => {
  const findings = (clientCertificate: object, url = "https://a.example/") =>
    httpPost.validate?.({ url, clientCertificate }) ?? [];
  const encrypted = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "right" },
  }).privateKey;

  it.each([
    ["has expired", toSetting(makeCertificate(["old"], true)), "/certificate", "has expired: it ended on 20"],
    ["has the key of another", { certificate: acme.cert, key: other.key }, "/key", "does not fit the certificate"],
    ["is none", { certificate: "nothing", key: acme.key }, "/certificate", "must be a certificate in PEM"],
    ["has no key", { certificate: acme.cert, key: acme.cert }, "/key", "must be a private key in PEM"],
    ["has an encrypted key alone", { certificate: acme.cert, key: encrypted }, "/key", "give its passphrase"],
    [
      "has a wrong passphrase",
      { certificate: acme.cert, key: encrypted, passphrase: "wrong" },
      "/key",
      "does not open with passphrase",
    ],
  ])("because it %s is refused when it is saved", (_title, setting, path, words) => {
    const found = findings(setting);
    expect(found.map((finding) => finding.path)).toEqual([`/clientCertificate${path}`]);
    expect(found[0]?.message).toContain(words);
  });

  it("is refused on http://, where nothing asks for it", () => {
    expect(findings(toSetting(acme), "http://a.example/").map(({ path }) => path)).toEqual(["/clientCertificate"]);
    expect(findings(toSetting(acme))).toEqual([]);
  });
});
