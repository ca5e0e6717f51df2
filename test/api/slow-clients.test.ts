import { afterEach, describe, expect, it } from "vitest";
import { KEY } from "./fakes.js";
import { listen, rawClient, until } from "./wire.js";

type Api = Awaited<ReturnType<typeof listen>>;
let opened: Api | undefined;
afterEach(async () => {
  await opened?.app.close();
  opened = undefined;
});

/** Long enough for a request on a busy machine, short enough to wait for. */
const HEADERS_MS = 400;
async function open(options: Parameters<typeof listen>[1] = {}): Promise<Api> {
  opened = await listen({}, { connections: { headersMs: HEADERS_MS }, ...options });
  return opened;
}

const HEALTH = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/** Writes the text byte by byte, faster than any silence is noticed, until the connection ends. */
function drip(client: ReturnType<typeof rawClient>, text: string): () => void {
  let at = 0;
  const timer = setInterval(() => {
    if (!client.closed()) client.socket.write(text[at++ % text.length] ?? "");
  }, 20);
  return () => clearInterval(timer);
}

describe("a client that takes its time over a request", () => {
  it("and says nothing at all is let go", async () => {
    const api = await open();
    const client = rawClient(api.port);
    const begun = performance.now();
    await until(() => client.closed(), "the connection is closed");
    expect(performance.now() - begun).toBeGreaterThan(HEADERS_MS / 2);
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it("and drips its headers is told that they are late, however steadily they come", async () => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const stop = drip(client, "a");
    await until(() => client.closed(), "the connection is closed");
    stop();
    expect(client.text()).toContain("HTTP/1.1 408");
    expect(client.text()).toContain("The headers did not arrive in time.");
  });

  it("and drips those of its second request is let go as well", async () => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write(HEALTH);
    await until(() => client.text().includes('"status":"ok"'), "the first answer");
    client.socket.write("GET /healthz HTTP/1.1\r\nX-Slow: ");
    const stop = drip(client, "a");
    await until(() => client.closed(), "the connection is closed");
    stop();
  });

  it("and never ends its headers is refused once they are too long", async () => {
    const api = await open({ connections: {} });
    const client = rawClient(api.port);
    client.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    for (let at = 0; at < 40 && !client.closed(); at++) client.socket.write(`X-${at}: ${"a".repeat(1000)}\r\n`);
    await until(() => client.closed(), "the connection is closed");
    expect(client.text()).toContain("HTTP/1.1 431");
  });

  it("does not keep others from being answered, a hundred of them", async () => {
    const api = await open({ connections: { headersMs: 5_000 } });
    const slow = Array.from({ length: 100 }, () => rawClient(api.port));
    for (const { socket } of slow) socket.write("POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const client = rawClient(api.port);
    client.socket.write(HEALTH);
    await until(() => client.text().includes('"status":"ok"'), "the answer", 3_000);
    for (const { socket } of [...slow, client]) socket.destroy();
  });
});

describe("a client without a key", () => {
  it("is answered before its body, of which nothing is read into memory", async () => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write(
      "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n[",
    );
    await until(() => client.text().includes("HTTP/1.1 401"), "the refusal");
    expect(api.asked).toEqual([]);
    client.socket.destroy();
  });
});

describe("connections of one client", () => {
  const ask = async (port: number) => {
    const client = rawClient(port);
    client.socket.write(HEALTH);
    await until(() => client.closed() || client.text().includes('"status":"ok"'), "an answer or none");
    return client;
  };

  it("are bounded, and room is made by those that end", async () => {
    const api = await open({ connections: { perClient: 3 } });
    const first = await ask(api.port);
    const others = [await ask(api.port), await ask(api.port)];
    const refused = await ask(api.port);
    expect([first, ...others, refused].map((client) => client.text() === "")).toEqual([false, false, false, true]);
    first.socket.destroy();
    let text = "";
    for (let at = 0; at < 50 && text === ""; at++) text = (await ask(api.port)).text();
    expect(text).toContain('"status":"ok"');
    for (const { socket } of others) socket.destroy();
  });

  it("are not bounded where the client is a proxy that is trusted", async () => {
    const api = await open({ connections: { perClient: 3 }, trustProxy: ["127.0.0.0/8"] });
    const clients = [];
    for (let at = 0; at < 6; at++) clients.push(await ask(api.port));
    expect(clients.every((client) => client.text().includes('"status":"ok"'))).toBe(true);
    for (const { socket } of clients) socket.destroy();
  });
});

it("keeps the bounds that a service has", async () => {
  const api = await open({ connections: {} });
  const { headersTimeout, keepAliveTimeout, maxConnections } = api.app.server;
  expect({ headersTimeout, keepAliveTimeout, maxConnections }).toEqual({
    headersTimeout: 15_000,
    keepAliveTimeout: 72_000,
    maxConnections: 4096,
  });
  expect((await api.app.inject({ url: "/v1/customers", headers: { authorization: `Bearer ${KEY}` } })).statusCode).toBe(
    200,
  );
});
