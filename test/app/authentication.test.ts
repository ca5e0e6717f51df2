import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SECRET_MASK } from "../../src/schemas/secret.js";
import { makeCertificate } from "../support/certificates.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";
import { CLIENT_SECRET, startTokenServer, type TokenServer } from "../support/token-server.js";

let folder: string;
let removeFolder: () => void;
let receiver: HttpReceiver;
let tokens: TokenServer;
let service: TestService;
let lines: string[];

const HMAC_SECRET = "h-s3cret-77";
const server = makeCertificate();
const client = makeCertificate(["waybell"]);
const KEY_LINE = client.key.split("\n")[3] ?? "";

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  receiver = await startHttpReceiver({ certificate: server, clientCa: client.cert });
  tokens = await startTokenServer();
  lines = [];
  service = await startTestService(folder, { lines });
});
afterEach(async () => {
  await service.close();
  await Promise.all([receiver.stop(), tokens.stop()]);
  removeFolder();
});

const transport = () => ({
  type: "http-post",
  url: `${receiver.url}/hook`,
  ca: server.cert,
  auth: tokens.auth,
  hmac: { header: "x-sig", secret: HMAC_SECRET },
  clientCertificate: { certificate: client.cert, key: client.key },
});

interface Shown {
  readonly transport: { readonly auth: Record<string, unknown> } & Record<string, Record<string, unknown>>;
}

describe("an endpoint with OAuth, a signature and a client certificate", () => {
  it("is shown with its secrets masked, changed with the masks sent back, and delivers after a restart", async () => {
    const id = await service.endpoint("x", { transport: transport() });
    const { body } = await service.call<Shown>("GET", `/v1/endpoints/${id}`);
    expect(body.transport).toMatchObject({
      auth: { ...tokens.auth, clientSecret: SECRET_MASK },
      hmac: { header: "x-sig", secret: SECRET_MASK },
      clientCertificate: { certificate: client.cert, key: SECRET_MASK },
    });
    const patch = { transport: { auth: { ...body.transport.auth, scope: "orders" }, hmac: body.transport.hmac } };
    const changed = await service.call<Shown>("PATCH", `/v1/endpoints/${id}`, patch);
    expect(changed.status).toBe(200);
    expect(changed.body.transport.auth).toMatchObject({ scope: "orders", clientSecret: SECRET_MASK });

    await service.close();
    service = await startTestService(folder, { lines });
    await service.publish({ order: "A1" }, { order: "A2" });
    await until(() => receiver.received.length === 2);
    const [request] = receiver.received;
    expect(request).toMatchObject({ client: "waybell", headers: { authorization: "Bearer token-1" } });
    expect(request?.headers["x-sig"]).toMatch(/^[0-9a-f]{64}$/);
    expect(new URLSearchParams(tokens.received[0]?.body.toString()).get("scope")).toBe("orders");
    expect(tokens.received).toHaveLength(1);
  });

  it("leaves no secret in its answers, its logs and its files, nor the token that it got", async () => {
    tokens.extra = { token_type: "Bearer", access_token: "t0ken-of-this-run" };
    receiver.answer = ({ headers }, response) => response.writeHead(500).end(JSON.stringify(headers));
    const id = await service.endpoint("x", { transport: transport() });
    await service.publish({ order: "A1" });
    const shown: string[] = [];
    const ask = async (method: string, path: string) => {
      const answer = await service.call(method, path, method === "POST" ? {} : undefined);
      shown.push(JSON.stringify(answer.body));
      return answer;
    };
    await until(async () => {
      const { body } = await service.call<{ items: { id: string; attempts: number }[] }>("GET", "/v1/deliveries");
      const [delivery] = body.items;
      if (!delivery || delivery.attempts === 0) return false;
      await ask("GET", `/v1/deliveries/${delivery.id}`);
      return true;
    });
    await ask("GET", `/v1/endpoints/${id}`);
    await ask("POST", `/v1/endpoints/${id}/check`);
    await ask("POST", `/v1/endpoints/${id}/test`);
    await ask("POST", `/v1/endpoints/${id}/preview`);
    expect(shown.join()).toContain("Bearer ********");
    expect(shown.join()).toContain('"step":"token"');
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    for (const secret of [CLIENT_SECRET, HMAC_SECRET, KEY_LINE, "t0ken-of-this-run"]) {
      expect(secret.length).toBeGreaterThan(8);
      for (const text of [...shown, ...lines, ...files]) expect(text.includes(secret), secret).toBe(false);
    }
    expect(lines.length).toBeGreaterThan(0);
  });

  it("has its lane held by a token server that does not know the client, and goes on once that is corrected", async () => {
    const wrong = { ...transport(), auth: { ...tokens.auth, clientSecret: "another-secret" } };
    const id = await service.endpoint("x", { transport: wrong });
    await service.publish({ order: "A1" });
    await until(() => tokens.received.length === 1);
    const lastError = async () =>
      (await service.call<{ items: { lastError: string; fault: string }[] }>("GET", "/v1/deliveries")).body.items[0];
    await until(async () => (await lastError())?.fault === "config");
    expect((await lastError())?.lastError).toContain("refused to give a token: invalid_client (401 Unauthorized)");
    await service.call("PATCH", `/v1/endpoints/${id}`, { transport: { auth: tokens.auth } });
    await until(() => receiver.received.length === 1);
  });

  it("is refused with each faulty field named", async () => {
    const clientCertificate = { certificate: client.cert, key: server.key };
    const faulty = {
      ...transport(),
      auth: { ...tokens.auth, tokenUrl: "http://10.1.2.3/token" },
      headers: { Authorization: "x", "X-Sig": "y" },
      clientCertificate,
    };
    const setting = { name: "B", transport: faulty, template: { name: "ontime" } };
    await service.call("PUT", "/v1/customers/acme", {});
    const { status, body } = await service.call<{ errors: { path: string }[] }>(
      "POST",
      "/v1/customers/acme/endpoints",
      setting,
    );
    expect(status).toBe(422);
    expect(body.errors.map(({ path }) => path).sort()).toEqual([
      "/transport/auth/tokenUrl",
      "/transport/clientCertificate/key",
      "/transport/headers/Authorization",
      "/transport/headers/X-Sig",
    ]);
    expect(JSON.stringify(body)).not.toContain("PRIVATE");
  });
});
