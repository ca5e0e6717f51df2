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
import { type HttpReceiver, type ScriptedAnswer, startHttpReceiver, startRawServer } from "../support/http-receiver.js";
import { closedPort, errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";

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

async function startRaw(bytes: string, end = true): Promise<string> {
  const server = await startRawServer(bytes, end);
  stops.push(server.stop);
  return server.url;
}

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
    const url = await startRaw("HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n");
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
