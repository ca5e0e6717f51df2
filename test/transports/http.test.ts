import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { TransportError } from "../../src/errors.js";
import { Connections } from "../../src/transports/connections.js";
import { httpPost } from "../../src/transports/http-post.js";
import type { Resolve, SendContext } from "../../src/transports/transport.js";
import { type Certificate, makeCertificate } from "../support/certificates.js";
import { type HttpReceiver, type ScriptedAnswer, startHttpReceiver } from "../support/http-receiver.js";
import { closedPort, errorOf, jsonPayload, sendContext, streamedBody } from "./contract.js";

let receiver: HttpReceiver;
let connections: Connections;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  receiver = await startHttpReceiver();
  connections = new Connections({ clock: systemClock });
});
afterEach(async () => {
  await connections.close();
  for (const stop of stops.splice(0)) await stop();
  await receiver.stop();
});

const payload = jsonPayload('{"a":1}');
const context = (init: Partial<SendContext> = {}) => sendContext({ connections, ...init });

function post(init: Partial<SendContext> = {}, options: Record<string, unknown> = {}) {
  return httpPost.send(payload, { url: `${receiver.url}/hook`, ...options }, context(init));
}

function refusal(answer: ScriptedAnswer, init: Partial<SendContext> = {}, options: Record<string, unknown> = {}) {
  receiver.script(answer);
  return errorOf(post(init, options));
}

/** Answers every connection with these bytes, once it has sent something. */
async function startRawServer(bytes: string, end = true): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => (end ? socket.end(bytes) : socket.write(bytes)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("an HTTP answer", () => {
  it.each([200, 201, 202, 204, 299])("of %i means delivered", async (status) => {
    receiver.script({ status });
    expect((await post()).code).toBe(status);
  });

  it.each([
    [400, "http_400"],
    [410, "http_410"],
    [429, "http_429"],
    [500, "http_500"],
  ])("of %i is a fault of the response", async (status, code) => {
    const error = await refusal({ status, body: "no" });
    expect(error).toMatchObject({ fault: "response", code, status, response: "no" });
  });

  it("counts as delivered by the endpoint's own statuses alone, where it has some", async () => {
    const success = { statusCodes: [202], bodyIncludes: "" };
    expect(await refusal({ status: 200 }, { success })).toMatchObject({ fault: "response", code: "http_200" });
    receiver.script({ status: 202 });
    expect((await post({ success })).code).toBe(202);
  });

  it("counts as delivered only with the text that the endpoint asks for", async () => {
    const success = { statusCodes: [], bodyIncludes: '"result":"é"' };
    const error = await refusal({ status: 200, body: '{"result":"error"}' }, { success });
    expect(error).toMatchObject({ fault: "response", code: "http_200", response: '{"result":"error"}' });
    // Far beyond the part that is kept.
    receiver.script({ status: 200, body: `${" ".repeat(300_000)}{"result":"é"}` });
    expect((await post({ success })).response).toHaveLength(16 * 1024);
  });

  it("that redirects is a failure that says where to, without the query, and is not followed", async () => {
    const location = "https://new.example/hook?token=abc";
    const error = await refusal({ status: 301, headers: { location } });
    expect(error).toMatchObject({ fault: "response", code: "http_301", status: 301 });
    expect(error.message).toContain("https://new.example/hook");
    expect(error.message).not.toContain("token");
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    ["120", 120_000],
    ["0", 0],
    ["99999999", 86_400_000],
    ["Fri, 31 Dec 1999 23:59:59 GMT", 0],
    ["-5", undefined],
    ["soon", undefined],
    ["2099", 2_099_000],
  ])("with Retry-After %s asks to wait %s ms", async (header, ms) => {
    const error = await refusal({ status: 503, headers: { "retry-after": header } });
    expect(error.retryAfterMs).toBe(ms);
  });

  it("with a date in Retry-After asks to wait until then", async () => {
    const at = new Date(Date.now() + 600_000).toUTCString();
    const error = await refusal({ status: 429, headers: { "retry-after": at } });
    expect(error.retryAfterMs).toBeGreaterThan(590_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(600_000);
  });

  it("is kept up to 16 KiB, as text that every database takes", async () => {
    const error = await refusal({
      status: 500,
      body: Buffer.concat([Buffer.from("a\0b\xff"), Buffer.alloc(100_000, "x")]),
    });
    expect(error.response?.startsWith("a\uFFFDb")).toBe(true);
    expect(error.response?.length).toBeLessThanOrEqual(16 * 1024);
  });

  it("is kept without the secrets that it repeats", async () => {
    const secrets = { apiKey: "key-123456", headers: { authorization: "Bearer abcdef" } };
    receiver.script((request, response) => response.end(JSON.stringify(request.headers)));
    const { response } = await post({}, secrets);
    expect(response).toContain('"x-api-key":"********"');
    expect(response).not.toMatch(/123456|abcdef/);
  });

  it("without an end is judged by its status once it is over 1 MiB", async () => {
    const endless: ScriptedAnswer = (_request, response) => {
      response.writeHead(200);
      const write = () => response.destroyed || response.write(Buffer.alloc(65_536), write);
      write();
    };
    receiver.script(endless);
    expect((await post({ signal: AbortSignal.timeout(10_000) })).code).toBe(200);
  });

  it("that says 200 and then drips is not delivered when the deadline passes", async () => {
    receiver.script((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      const timer = setInterval(() => response.write("x"), 50);
      response.on("close", () => clearInterval(timer));
    });
    const error = await errorOf(post({ signal: AbortSignal.timeout(400) }));
    expect(error).toMatchObject({ fault: "ambiguous", code: "timeout" });
  });

  it("that says 500 and then drips is known to be a refusal", async () => {
    receiver.script((_request, response) => void response.writeHead(500, { "content-length": "100" }).write("why"));
    const error = await errorOf(post({ signal: AbortSignal.timeout(400) }));
    expect(error).toMatchObject({ fault: "response", code: "http_500", response: "why" });
  });

  it("that breaks off is not delivered", async () => {
    receiver.script((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("x");
      setImmediate(() => response.destroy());
    });
    expect(await errorOf(post())).toMatchObject({ fault: "ambiguous", code: "reset" });
  });

  it("that is not HTTP is no answer", async () => {
    const url = await startRawServer("220 mail.example ESMTP\r\n", false);
    expect(await errorOf(post({}, { url }))).toMatchObject({ fault: "ambiguous", code: "not_http" });
  });

  it("with headers over 16 KiB is no answer", async () => {
    const url = await startRawServer(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`);
    expect((await errorOf(post({}, { url }))).fault).toBe("ambiguous");
  });

  it("that comes after 103 Early Hints is the one that counts", async () => {
    receiver.script((_request, response) =>
      response.writeEarlyHints({ link: "</a>; rel=preload" }, () => response.writeHead(201).end()),
    );
    expect((await post()).code).toBe(201);
  });
});

describe("an HTTP send", () => {
  it("that was written and then reset may have arrived", async () => {
    receiver.script((_request, response) => void response.socket?.resetAndDestroy());
    expect(await errorOf(post())).toMatchObject({ fault: "ambiguous", code: "reset" });
  });

  it("that found a silent receiver may have arrived", async () => {
    receiver.script(() => undefined);
    expect(await errorOf(post({ signal: AbortSignal.timeout(200) }))).toMatchObject({
      fault: "ambiguous",
      code: "timeout",
    });
  });

  it("whose connection is not open by the deadline has sent nothing, then or later", async () => {
    let answer: (() => void) | undefined;
    const slow: Resolve = () =>
      new Promise((resolve) => {
        answer = () => resolve([{ address: "127.0.0.1", family: 4 }]);
      });
    const error = await errorOf(post({ resolve: slow, signal: AbortSignal.timeout(200) }));
    expect(error).toMatchObject({ fault: "connection", code: "timeout" });
    answer?.();
    await expect.poll(() => receiver.accepted).toBe(1);
    // The connection that came too late serves the next send.
    await post({ resolve: slow });
    expect(receiver.received).toHaveLength(1);
    expect(receiver.accepted).toBe(1);
  });

  it("whose host cannot be looked up blames DNS", async () => {
    const dns: Resolve = async () => {
      throw new TransportError({ fault: "connection", code: "dns", message: "no such name" });
    };
    expect(await errorOf(post({ resolve: dns }))).toMatchObject({ fault: "connection", code: "dns" });
  });

  it("connects to the address that was checked and to no other", async () => {
    const elsewhere: Resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    const url = `http://receiver.example:${receiver.port}/hook`;
    expect((await post({ resolve: elsewhere }, { url })).code).toBe(200);
    expect(receiver.received.at(-1)?.headers.host).toBe(`receiver.example:${receiver.port}`);
    // `net` does not look literals up: that the socket went where the guard said is seen afterwards.
    const error = await errorOf(post({ resolve: async () => [{ address: "127.0.0.2", family: 4 }] }));
    expect(error).toMatchObject({ fault: "config", code: "address_refused" });
  });

  it("does not use a connection that another guard let through", async () => {
    await post();
    const refuse: Resolve = async () => {
      throw new TransportError({ fault: "config", code: "address_refused", message: "no" });
    };
    expect(await errorOf(post({ resolve: refuse }))).toMatchObject({ code: "address_refused" });
    expect(receiver.received).toHaveLength(1);
  });

  it("is not held up by sends that hang at the same receiver", async () => {
    const hanging = new AbortController();
    receiver.script(...Array.from({ length: 30 }, (): ScriptedAnswer => () => undefined));
    const stuck = Array.from({ length: 30 }, () => errorOf(post({ signal: hanging.signal })));
    await expect.poll(() => receiver.received.length).toBe(30);
    expect((await post({ signal: AbortSignal.timeout(5000) })).code).toBe(200);
    hanging.abort();
    expect((await Promise.all(stuck)).every((error) => error.code === "timeout")).toBe(true);
  });

  it("whose body cannot be read is nobody's fault but ours, and is not whole at the receiver", async () => {
    const body = {
      length: 100,
      summary: "",
      open: () => {
        const stream = new Readable({ read: () => undefined });
        stream.push(Buffer.alloc(50));
        setTimeout(() => stream.destroy(new Error("the database is gone")), 20);
        return stream;
      },
    };
    const sending = httpPost.send({ contentType: "text/plain", body }, { url: receiver.url }, context());
    await expect(sending).rejects.toThrow("the database is gone");
    await expect(sending).rejects.not.toBeInstanceOf(TransportError);
    expect(receiver.received).toEqual([]);
  });

  it("whose body is shorter than it said is not delivered", async () => {
    const body = { ...streamedBody(1000).body, length: 2000 };
    const sending = httpPost.send({ contentType: "text/plain", body }, { url: receiver.url }, context());
    await expect(sending).rejects.toThrow();
    expect(receiver.received).toEqual([]);
  });

  it("reads its body no faster than the receiver takes it", async () => {
    let open = 0;
    const server = createServer((socket) => void socket.pause());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(async () => server.close());
    const chunk = Buffer.alloc(65_536);
    const body = {
      length: 100 * 1024 * 1024,
      summary: "",
      open: () =>
        new Readable({
          read() {
            open += chunk.length;
            this.push(chunk);
          },
        }),
    };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const sending = httpPost.send(
      { contentType: "text/plain", body },
      { url },
      context({ signal: AbortSignal.timeout(500) }),
    );
    expect(await errorOf(sending)).toMatchObject({ fault: "ambiguous", code: "timeout" });
    expect(open).toBeLessThan(30 * 1024 * 1024);
  });
});

describe("HTTPS", () => {
  async function startTls(certificate: Certificate): Promise<HttpReceiver> {
    const tls = await startHttpReceiver({ certificate });
    stops.push(tls.stop);
    return tls;
  }

  it("delivers to a certificate of the endpoint's own authority, and to no other", async () => {
    const certificate = makeCertificate();
    const { url } = await startTls(certificate);
    expect((await post({}, { url, ca: certificate.cert })).code).toBe(200);
    const stranger = await errorOf(post({}, { url, ca: makeCertificate().cert }));
    expect(stranger).toMatchObject({ fault: "connection", code: "tls" });
    expect(await errorOf(post({}, { url }))).toMatchObject({ fault: "connection", code: "tls" });
  });

  it("refuses an expired certificate and one for another name", async () => {
    const expired = makeCertificate(["127.0.0.1"], true);
    const old = await errorOf(post({}, { url: (await startTls(expired)).url, ca: expired.cert }));
    expect(old).toMatchObject({ fault: "connection", code: "tls", message: "The server's certificate has expired." });
    const other = makeCertificate(["other.example"]);
    const wrong = await errorOf(post({}, { url: (await startTls(other)).url, ca: other.cert }));
    expect(wrong).toMatchObject({ fault: "connection", code: "tls" });
    expect(wrong.message).toContain("another host name");
  });

  it("blames TLS when the server speaks none", async () => {
    const error = await errorOf(post({}, { url: `https://127.0.0.1:${receiver.port}/` }));
    expect(error).toMatchObject({ fault: "connection", code: "tls" });
  });

  it("shows in a check the fingerprint and expiry of the certificate that was offered, trusted or not", async () => {
    const certificate = makeCertificate();
    const { url } = await startTls(certificate);
    const good = await httpPost.check({ url, ca: certificate.cert }, context());
    expect(good[2]).toMatchObject({ step: "tls", ok: true, fingerprint: certificate.fingerprint });
    expect(good[2]?.detail).toMatch(/valid until \d{4}-\d\d-\d\d/);
    const bad = await httpPost.check({ url }, context());
    expect(bad[2]).toMatchObject({ step: "tls", ok: false, fingerprint: certificate.fingerprint });
    expect(bad).toHaveLength(3);
  });
});

describe("an HTTP check", () => {
  it("takes any answer for a sign that a receiver is there, and delivers nothing", async () => {
    const url = await startRawServer("HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n");
    const steps = await httpPost.check({ url }, context());
    expect(steps.at(-1)).toMatchObject({ step: "request", ok: true });
    expect(steps.at(-1)?.detail).toContain("405");
    await httpPost.check({ url: receiver.url }, context());
    expect(receiver.received).toEqual([]);
  });

  it("says in plain words why a connection failed", async () => {
    const steps = await httpPost.check({ url: `http://127.0.0.1:${await closedPort()}/` }, context());
    expect(steps.at(-1)?.detail).toBe("The server refused the connection: nothing listens on this port.");
  });
});
