import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpPost } from "../../src/transports/http-post.js";
import type { SendContext } from "../../src/transports/transport.js";
import { type HttpReceiver, type ScriptedAnswer, startHttpReceiver, startRawServer } from "../support/http-receiver.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

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

async function startRaw(bytes: string, end = true): Promise<string> {
  const server = await startRawServer(bytes, end);
  stops.push(server.stop);
  return server.url;
}

describe("an HTTP answer", () => {
  it.each([200, 201, 202, 204, 299])("of %i means delivered", async (status) => {
    receiver.script({ status });
    expect((await post()).code).toBe(status);
  });

  it.each([
    [400, "http_400", false],
    [410, "http_410", false],
    [429, "http_429", false],
    [499, "http_499", false],
    [500, "http_500", true],
    [503, "http_503", true],
  ])("of %i is a fault of the response, of 500 and more of the server", async (status, code, serverFault) => {
    const error = await refusal({ status, body: "no" });
    expect(error).toMatchObject({ fault: "response", code, status, response: "no", serverFault });
  });

  it("counts as delivered by the endpoint's own statuses alone, where it has some", async () => {
    const success = { statusCodes: [202], bodyIncludes: "" };
    const error = await refusal({ status: 200 }, { success });
    expect(error).toMatchObject({ fault: "response", code: "http_200", serverFault: false });
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

  it("is kept without them also where it escapes them: as JSON does, and with slashes as PHP does", async () => {
    const secrets = { apiKey: 'k/e"y-123456' };
    for (const body of [JSON.stringify({ key: secrets.apiKey }), String.raw`{"key":"k\/e\"y-123456"}`]) {
      receiver.script({ body });
      expect((await post({}, secrets)).response).toBe('{"key":"********"}');
    }
  });

  const endless: ScriptedAnswer = (_request, response) => {
    response.writeHead(200);
    const write = () => response.destroyed || response.write(Buffer.alloc(65_536), write);
    write();
  };

  it("without an end is judged by its status", async () => {
    receiver.script(endless);
    expect((await post({ signal: AbortSignal.timeout(10_000) })).code).toBe(200);
  });

  it("without an end is refused where a rule finds nothing in it", async () => {
    const success = { statusCodes: [], bodyIncludes: "never there" };
    const error = await refusal(endless, { success, signal: AbortSignal.timeout(10_000) });
    expect(error).toMatchObject({ fault: "response" });
  });

  it.each([
    [100_000, "", 1],
    [300_000, "", 2],
    [300_000, "x", 1],
    [1_200_000, "x", 2],
  ])("of %i bytes, looked into for %j, makes two posts take %i connections", async (bytes, bodyIncludes, taken) => {
    const ports = new Set<number | undefined>();
    const answer: ScriptedAnswer = (_request, response) => {
      ports.add(response.socket?.remotePort);
      response.end(Buffer.alloc(bytes, "x"));
    };
    for (let at = 0; at < 2; at++) {
      receiver.script(answer);
      await post({ success: { statusCodes: [], bodyIncludes } });
      // The connection is free again only after the turn in which its answer ended.
      await new Promise((turn) => setImmediate(turn));
    }
    expect(ports.size).toBe(taken);
  });

  it.each([1_024, 1_025, 50_000])("of %i pieces is looked into up to the 1,024th", async (pieces) => {
    // Of one letter each: none is cut where a segment ends.
    const chunks = ["A", ...Array<string>(pieces - 2).fill("x"), "L", ""];
    const body = chunks.map((text) => `${text.length}\r\n${text}\r\n`).join("");
    const sent = (bodyIncludes: string) => {
      receiver.script((_request, response) => {
        response.socket?.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`);
      });
      return post({ success: { statusCodes: [], bodyIncludes } });
    };
    expect((await sent("A")).code).toBe(200);
    if (pieces === 1_024) expect((await sent("L")).code).toBe(200);
    else expect(await errorOf(sent("L"))).toMatchObject({ fault: "response", code: "http_200" });
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
    const url = await startRaw("220 mail.example ESMTP\r\n", false);
    expect(await errorOf(post({}, { url }))).toMatchObject({ fault: "ambiguous", code: "not_http" });
  });

  it("comes to undici's parser 2 KiB at a time", async () => {
    const sizes: number[] = [];
    const see = (message: unknown) => void sizes.push((message as { chunk: Buffer }).chunk.length);
    subscribe("undici:request:bodyChunkReceived", see);
    receiver.script({ body: "x".repeat(60_000) });
    await post();
    unsubscribe("undici:request:bodyChunkReceived", see);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
  });

  it("with headers over 16 KiB is no answer", async () => {
    const url = await startRaw(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`);
    const error = await errorOf(post({}, { url }));
    expect(error).toMatchObject({ fault: "ambiguous", code: "protocol" });
    expect(error.message).toContain("longer than 16 KiB");
  });

  it("that never comes after interim ones without an end is not waited for", async () => {
    const url = await startRaw("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100), false);
    const error = await errorOf(post({}, { url }));
    expect(error).toMatchObject({ fault: "ambiguous", code: "protocol" });
  });

  it("that comes after 103 Early Hints is the one that counts", async () => {
    receiver.script((_request, response) =>
      response.writeEarlyHints({ link: "</a>; rel=preload" }, () => response.writeHead(201).end()),
    );
    expect((await post()).code).toBe(201);
  });
});
