import type { Socket } from "node:net";
import { Agent, request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { BodyBudget } from "../../src/api/body-budget.js";
import { manualClock } from "../support/clock.js";
import { AUTH, keepingLogger, published } from "./fakes.js";
import { chunked, listen, ndjsonHead, rawClient, until } from "./wire.js";

type Api = Awaited<ReturnType<typeof listen>>;
let opened: Api | undefined;
const agent = new Agent();
async function open(...args: Parameters<typeof listen>): Promise<Api> {
  opened = await listen(...args);
  return opened;
}
afterEach(async () => {
  await opened?.app.close();
  opened = undefined;
});

const head = (length: number | null, more = "") =>
  `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTH.authorization}\r\nContent-Type: application/json\r\n${length === null ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`}\r\n${more}\r\n`;

const post = (url: string, body: string | Buffer) =>
  request(`${url}/v1/events`, {
    method: "POST",
    headers: { ...AUTH, "content-type": "application/json" },
    body,
    dispatcher: agent,
  });

describe("a body that is too large", () => {
  it("is refused by its announced length, naming the bound, to a client that sends it all the same", async () => {
    const api = await open({}, { maxRequestBytes: 1024 * 1024 });
    const client = rawClient(api.port);
    const length = 3 * 1024 * 1024;
    client.socket.write(head(length));
    client.socket.write(Buffer.alloc(length, 0x20));
    client.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => client.text().includes('"status":"ok"'), "the next request on the connection");
    expect(client.text()).toContain("HTTP/1.1 413");
    expect(client.text()).toContain("larger than 1 MiB (1048576 bytes)");
    expect(client.text()).toContain("MAX_REQUEST_MIB");
    client.socket.destroy();
  });

  it("is refused when it announced no length", async () => {
    const api = await open({}, { maxRequestBytes: 100_000 });
    const client = rawClient(api.port);
    client.socket.write(head(null));
    for (let at = 0; at < 11; at++) client.socket.write(chunked(Buffer.alloc(10_000, 0x20)));
    await until(() => client.text().includes("HTTP/1.1 413"), "the refusal");
    client.socket.destroy();
  });

  it("is taken up to the bound exactly", async () => {
    const api = await open({}, { maxRequestBytes: 100_000, maxEventBytes: 100_000 });
    const body = (length: number) => `{"comment":"${"x".repeat(length - 14)}"}`;
    const taken = await post(api.url, body(100_000));
    expect(taken.statusCode).toBe(202);
    await taken.body.dump();
    const refused = await post(api.url, body(100_001));
    expect(refused.statusCode).toBe(413);
    await refused.body.dump();
  });

  it("carries 30 MiB of pictures in one request", async () => {
    const api = await open();
    const picture = `data:image/png;base64,${"A".repeat(10 * 1024 * 1024)}`;
    const answer = await post(
      api.url,
      JSON.stringify([{ pictures: [picture] }, { pictures: [picture] }, { pictures: [picture] }]),
    );
    expect(answer.statusCode).toBe(202);
    await answer.body.dump();
  });
});

describe("a slow client", () => {
  it("is refused when its body stands still", async () => {
    const clock = manualClock();
    const api = await open({ clock });
    const client = rawClient(api.port);
    client.socket.write(head(100));
    client.socket.write("{");
    await until(() => clock.waiting >= 2, "the body is being read");
    await clock.advance(31_000);
    await until(() => client.text().includes("HTTP/1.1 408"), "the refusal");
    await until(() => client.closed(), "the connection is closed");
  });

  it("is refused when its body drips for too long", async () => {
    const clock = manualClock();
    const api = await open({ clock });
    const client = rawClient(api.port);
    client.socket.write(head(1000));
    await until(() => clock.waiting >= 2, "the body is being read");
    for (let at = 0; at < 16 && !client.text().includes("408"); at++) {
      client.socket.write(" ");
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(20_000);
    }
    await until(() => client.text().includes("HTTP/1.1 408"), "the refusal");
    client.socket.destroy();
  });

  it("that breaks its body off makes no incident", async () => {
    const { logger, lines } = keepingLogger();
    const api = await open({}, { logger });
    const closed: boolean[] = [];
    api.app.server.on("connection", (socket) => socket.on("close", () => void closed.push(true)));
    for (const length of [100, null]) {
      const client = rawClient(api.port);
      const reading = new Promise((resolve) => api.app.server.once("request", resolve));
      client.socket.write(`${head(length)}${length === null ? chunked("{") : "{"}`);
      await reading;
      closed.length = 0;
      client.socket.destroy();
      await until(() => closed.length > 0, "the service noticed");
    }
    const answer = await post(api.url, "{}");
    await answer.body.dump();
    expect(lines.filter(({ incident }) => incident !== undefined)).toEqual([]);
  });

  it("gets so much time for its headers and no more", async () => {
    const api = await open();
    expect(api.app.server.headersTimeout).toBe(15_000);
    expect(api.app.server.requestTimeout).toBe(0);
  });

  it("does not keep an answer in memory that it does not read", async () => {
    const items = Array.from({ length: 400 }, (_, at) => ({ ...published(at), reason: "x".repeat(50_000) }));
    const api = await open({ publisher: { publish: async () => items, publishEach: async () => [] } });
    const sockets: Socket[] = [];
    api.app.server.on("connection", (socket) => sockets.push(socket));
    const client = rawClient(api.port);
    client.socket.pause();
    const body = JSON.stringify(items.map(() => ({})));
    client.socket.write(head(body.length) + body);
    await until(() => (sockets[0]?.writableLength ?? 0) > 0, "the answer waits");
    expect(sockets[0]?.timeout).toBe(30_000);
    client.socket.destroy();
  });

  it("may be silent for longer in the middle of NDJSON", async () => {
    const api = await open();
    const sockets: Socket[] = [];
    api.app.server.on("connection", (socket) => sockets.push(socket));
    const client = rawClient(api.port);
    client.socket.write(ndjsonHead());
    client.socket.write(chunked('{"order":"A"}\n'));
    await until(() => client.text().includes('{"line":1,'), "the first result");
    expect(sockets[0]?.timeout).toBe(120_000);
    client.socket.destroy();
  });
});

describe("bytes of requests under way", () => {
  it("are bounded for the process, and given back", async () => {
    const api = await open({}, { maxRequestBytes: 100_000, maxEventBytes: 100_000 });
    const clients = [rawClient(api.port), rawClient(api.port)];
    for (const { socket } of clients) socket.write(head(95_000));
    const full = async () => (await fetchStatus(api, 50_000)) === 503;
    await eventually(full, "the third is refused");
    const answer = await post(api.url, " ".repeat(50_000));
    expect(answer.headers["retry-after"]).toBe("5");
    expect(await answer.body.json()).toMatchObject({ code: "busy" });
    for (const { socket } of clients) socket.destroy();
    await eventually(async () => (await fetchStatus(api, 50_000)) === 202, "there is room again");
  });

  it("hold NDJSON back until there is room", async () => {
    const api = await open({}, { maxRequestBytes: 100_000, maxEventBytes: 100_000 });
    const holders = [rawClient(api.port), rawClient(api.port)];
    for (const { socket } of holders) socket.write(head(95_000));
    await eventually(async () => (await fetchStatus(api, 50_000)) === 503, "the budget is full");
    const client = rawClient(api.port);
    client.socket.write(ndjsonHead());
    client.socket.write(chunked(`{"order":"${"x".repeat(50_000)}"}\n`));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.text()).not.toContain('"line":1');
    for (const { socket } of holders) socket.destroy();
    await until(() => client.text().includes('{"line":1,"status":202'), "it goes on");
    client.socket.destroy();
  });

  it("answer NDJSON with 503 when there is no room for long", async () => {
    const clock = manualClock();
    const api = await open({ clock }, { maxRequestBytes: 100_000, maxEventBytes: 100_000 });
    const holders = [rawClient(api.port), rawClient(api.port)];
    for (const { socket } of holders) socket.write(head(95_000));
    await eventually(async () => (await fetchStatus(api, 50_000)) === 503, "the budget is full");
    const client = rawClient(api.port);
    const waiting = clock.waiting;
    client.socket.write(ndjsonHead());
    client.socket.write(chunked(`{"order":"${"x".repeat(20_000)}"}\n{"order":"B"}\n`));
    client.socket.write("0\r\n\r\n");
    await until(() => clock.waiting > waiting, "it waits for room");
    await clock.advance(21_000);
    await until(() => client.text().includes("summary"), "the answer");
    expect(client.text()).toContain('{"line":1,"status":503');
    expect(client.text()).toContain('{"line":2,"status":503');
    for (const { socket } of [...holders, client]) socket.destroy();
  });
});

async function fetchStatus(api: Api, bytes: number): Promise<number> {
  const answer = await post(api.url, `{"comment":"${"x".repeat(bytes)}"}`);
  await answer.body.dump();
  return answer.statusCode;
}

async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("BodyBudget", () => {
  it("lets one in that alone is larger, and waiters in their order", async () => {
    const clock = manualClock();
    const budget = new BodyBudget(10, clock);
    expect(budget.take(50)).toBe(true);
    expect(budget.take(1)).toBe(false);
    const order: string[] = [];
    const first = budget.takeWithin(8, 1000).then((granted) => order.push(`first ${granted}`));
    const second = budget.takeWithin(8, 2000).then((granted) => order.push(`second ${granted}`));
    const third = budget.takeWithin(1, 3000).then((granted) => order.push(`third ${granted}`));
    budget.give(50);
    await first;
    await clock.advance(2500);
    await Promise.all([second, third]);
    expect(order).toEqual(["first true", "second false", "third true"]);
    budget.give(9);
    expect(budget.held).toBe(0);
    expect(clock.waiting).toBe(0);
  });
});

describe("what is no request", () => {
  it.each([
    ["no HTTP", "hello\r\n\r\n", "400"],
    ["headers that are too large", `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(40_000)}\r\n\r\n`, "431"],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"],
  ])("answers %s with a problem and closes", async (_what, text, status) => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write(text);
    await until(() => client.closed(), "the connection is closed");
    expect(client.text()).toContain(`HTTP/1.1 ${status}`);
    expect(client.text()).toContain("application/problem+json");
  });
});

describe("the stop", () => {
  it("answers what is under way, refuses what is new, and does not wait for idle connections", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const publish = async () => held.then(() => [published(0)]);
    const api = await open({ publisher: { publish, publishEach: async () => [] } });
    const [busy, idle] = [rawClient(api.port), rawClient(api.port)];
    idle.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    busy.socket.write(`${head(2)}{}`);
    await until(() => idle.text().includes("200 OK"), "the idle one is answered");
    const closed = api.app.close();
    opened = undefined;
    await until(() => idle.closed(), "the idle one is closed");
    release();
    await until(() => busy.text().includes("HTTP/1.1 202"), "the busy one is answered");
    await closed;
    await until(() => busy.closed(), "the busy one is closed");
  });

  it("cuts off what takes too long", async () => {
    const clock = manualClock();
    const publish = () => new Promise<never>(() => {});
    const api = await open({ clock, publisher: { publish, publishEach: async () => [] } });
    const client = rawClient(api.port);
    client.socket.write(`${head(2)}{}`);
    await until(() => api.app.server.listening, "it listens");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = api.app.close();
    opened = undefined;
    await until(() => clock.waiting > 0, "the stop has begun");
    await clock.advance(3001);
    await closed;
    await until(() => client.closed(), "it is cut off");
  });
});
