import { join } from "node:path";
import { inspect } from "node:util";
import { expect } from "vitest";
import { startService } from "../../src/app.js";
import { explain } from "../../src/cli/program.js";
import { readConfig } from "../../src/config.js";
import { run } from "../cli/run.js";
import type { Planted } from "./planted.js";
import { randomKey } from "./planted-scene.js";

interface Told {
  /** Asks the service, and notes what it answers. */
  readonly ask: (method: string, path: string, body?: unknown, key?: string) => Promise<{ status: number }>;
  readonly note: (name: string, text: string) => void;
  readonly planted: Planted;
}

/** What is refused must not be repeated, wherever the secret stood. */
export async function refusals({ ask, planted }: Told, endpoint: string): Promise<void> {
  const secret = planted.text("secret in a faulty request");
  const token = planted.token("token in a faulty request");
  const url = `https://waybell:${encodeURIComponent(planted.token("password in a URL"))}@acme.example/`;
  const http = { type: "http-post", url: "https://acme.example/" };
  const settings: object[] = [
    { ...http, url },
    { ...http, url: `https://waybell:${planted.token("raw password in a URL")}@acme.example/` },
    { ...http, apiKey: [secret] },
    { ...http, apiKey: `${token}\r\nx: y` },
    { ...http, headers: { "x-token": `${token}\n` } },
    { ...http, signingSecret: token },
    { ...http, auth: { type: "bearer", token: `${secret} ` } },
    { ...http, auth: { type: "basic", username: "a:b", password: secret } },
    { ...http, auth: { type: "jwt", algorithm: "RS256", key: secret } },
    { ...http, auth: { type: "oauth2", tokenUrl: url, clientId: "a", clientSecret: secret } },
    { ...http, clientCertificate: { certificate: "none", key: secret, passphrase: secret } },
    { type: "ftp", host: "127.0.0.1", username: "u", password: `${secret}\r\n` },
    { type: "sftp", host: "127.0.0.1", username: "u", privateKey: secret, passphrase: secret },
  ];
  for (const transport of settings) {
    const setting = { name: "Faulty", transport, template: { name: "ontime", options: { format: "json" } } };
    expect((await ask("POST", "/v1/customers/acme/endpoints", setting)).status).toBe(422);
    expect((await ask("PATCH", `/v1/endpoints/${endpoint}`, { transport })).status).toBe(422);
    await ask("POST", "/v1/test", { customer: "acme", endpoint: setting, action: "check" });
    await ask("PUT", "/v1/customers/acme/orders/A9", { endpoints: [setting] });
  }
  const event = { customer: "acme", order: "A9", statusCode: "take", statusTime: "2026-01-02T03:04:05Z" };
  await ask("POST", "/v1/events", { ...event, callbackUrls: [url] });
  await ask("PUT", "/v1/customers/acme/orders/A9", { callbackUrls: [url] });
  await ask("PUT", "/v1/customers/acme", {
    callbackTemplate: { name: "trackingmore", options: { email: [secret] } },
  });
  await ask("POST", "/v1/events", `{"customer":"acme","order":"${token}`);
  await ask("GET", "/v1/customers", undefined, planted.token("wrong key"));
}

/** What says no because the database, the mail server or a key is not right. */
export async function wrongEnvironment({ note, planted }: Told, folder: string): Promise<void> {
  const database = `postgresql://waybell:${encodeURIComponent(planted.token("database password"))}@127.0.0.1:1/waybell`;
  const redis = `redis://:${encodeURIComponent(planted.token("redis password"))}@127.0.0.1:1`;
  const shared = {
    DATABASE_URL: database,
    REDIS_URL: redis,
    SECRETS_KEYS: `k1:${randomKey()}`,
    ADMIN_KEY: planted.reveal("admin key"),
  };
  const wrong: Record<string, string> = {
    DATABASE_URL: database,
    SECRETS_KEYS: planted.token("faulty secrets keys"),
    SMTP_URL: `smpt://u:${planted.token("password of a faulty SMTP_URL")}@x`,
    ADMIN_KEY: planted.add("short admin key", "short-key-1234"),
    METRICS_KEY: planted.add("short metrics key", "short-key-5678"),
    EGRESS_PROXY: `https://u:${planted.token("password of a faulty EGRESS_PROXY")}@x`,
    REDIS_URL: `http://:${planted.token("password of a faulty REDIS_URL")}@x`,
  };
  for (const [name, value] of Object.entries({ ...wrong, MYSQL: "" })) {
    const mysql = { DATABASE_URL: `mysql://u:${planted.token("password of a faulty DATABASE_URL")}@x/y` };
    const start = async () => startService(readConfig({ ...shared, ...(value === "" ? mysql : { [name]: value }) }));
    const error: unknown = await start().catch((reason: unknown) => reason);
    const { text } = explain(error);
    expect(text, name).toContain(value === "" ? "DATABASE_URL" : name);
    note(`a start with a wrong ${name}`, `${text}\n${inspect(error, { depth: 9 })}`);
  }
  const { out, err, code } = await run("migrate", "--from", `file:${join(folder, "no.db")}`, "--to", database);
  expect(code).toBe(2);
  note("waybell migrate", out + err);
}
