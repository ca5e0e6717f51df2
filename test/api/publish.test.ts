import { afterEach, describe, expect, it } from "vitest";
import type { Publisher } from "../../src/api/services.js";
import { InputError, StoreUnavailableError } from "../../src/errors.js";
import { plainFaults } from "../support/plain-faults.js";
import { violations } from "./contract.js";
import { AUTH, keepingLogger, published } from "./fakes.js";
import { chunked, listen, ndjsonHead, postLines, rawClient, until } from "./wire.js";

type Api = Awaited<ReturnType<typeof listen>>;
let opened: Api | undefined;
async function open(...args: Parameters<typeof listen>): Promise<Api> {
  opened = await listen(...args);
  return opened;
}
afterEach(async () => {
  await opened?.app.close();
  opened = undefined;
});

const item = (at: number) => ({ id: `tms-${at}`, customer: "acme", order: `A${at}`, statusCode: "take" });
const lines = (count: number) => Array.from({ length: count }, (_, at) => `${JSON.stringify(item(at))}\n`).join("");
const post = (api: Api, payload: object, headers = {}) =>
  api.app.inject({ method: "POST", url: "/v1/events", headers: { ...AUTH, ...headers }, payload });

/** A publisher that refuses what `decide` gives an error for. */
function publisher(decide: (item: { order?: string }) => Error | null, seen: unknown[][] = []): Publisher {
  return {
    publish: async (items) => {
      const error = items.map((one) => decide(one as object)).find((found) => found !== null);
      if (error) throw error;
      return items.map((_one, at) => published(at));
    },
    publishEach: async (items) => {
      seen.push([...items]);
      return items.map((one, at) => decide(one as object) ?? published(at));
    },
  };
}

describe("POST /v1/events with JSON", () => {
  it("answers one event with one result, and logs the request in one line", async () => {
    const { logger, lines: logged } = keepingLogger();
    const api = await open({}, { logger });
    const answer = await post(api, item(1));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ id: "evt_0", duplicate: false, deliveries: 2 });
    expect(violations("publishEvents", 202, answer.json())).toEqual([]);
    expect(logged).toEqual([
      expect.objectContaining({
        msg: "request",
        count: 1,
        published: 1,
        duplicates: 0,
        deliveries: 2,
        bytes: JSON.stringify(item(1)).length,
        ms: expect.any(Number),
      }),
    ]);
  });

  it("answers only after the publisher has", async () => {
    let commit = () => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const slow: Publisher = {
      publish: async (items) => committed.then(() => items.map((_one, at) => published(at))),
      publishEach: async () => [],
    };
    const api = await open({ publisher: slow });
    let answered = false;
    const answer = post(api, item(1)).then((result) => {
      answered = true;
      return result;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    commit();
    expect((await answer).statusCode).toBe(202);
  });

  it("answers a list with a list, 1,000 at most", async () => {
    const api = await open();
    const items = Array.from({ length: 1001 }, (_, at) => item(at));
    const taken = await post(api, items.slice(0, 1000));
    expect(taken.statusCode).toBe(202);
    expect(taken.json()).toHaveLength(1000);
    expect(violations("publishEvents", 202, taken.json())).toEqual([]);
    const refused = await post(api, items);
    expect(refused.statusCode).toBe(422);
    expect(refused.json().errors[0].message).toContain("at most 1000");
    expect((await post(api, [])).statusCode).toBe(422);
    expect(api.asked).toHaveLength(1);
  });

  it("answers a list of one with a list, its faults under /0", async () => {
    const faulty = InputError.invalid([{ path: "/order", message: "is missing" }]);
    const api = await open({ publisher: publisher(({ order }) => (order ? null : faulty)) });
    expect((await post(api, [item(1)])).json()).toEqual([published(0)]);
    expect(plainFaults((await post(api, [{}])).json().errors)).toEqual([{ path: "/0/order", message: "is missing" }]);
    expect(plainFaults((await post(api, {})).json().errors)).toEqual([{ path: "/order", message: "is missing" }]);
  });

  it("refuses an event that is larger than one may be, alone or in a list", async () => {
    const api = await open({}, { maxEventBytes: 1000, maxRequestBytes: 5000 });
    const large = { ...item(1), comment: "x".repeat(1200) };
    const message = expect.stringMatching(/^is larger than/);
    for (const [body, path] of [
      [large, ""],
      [[item(2), large], "/1"],
    ] as const) {
      const answer = await post(api, body);
      expect(answer.statusCode).toBe(413);
      expect(answer.json()).toMatchObject({
        detail: expect.stringContaining("MAX_EVENT_MIB"),
        errors: [{ path, message }],
      });
    }
    const many = await post(api, [
      item(1),
      { ...item(2), comment: "x".repeat(700) },
      { ...item(3), comment: "x".repeat(700) },
    ]);
    expect(many.statusCode).toBe(202);
  });
});

describe("POST /v1/events with NDJSON", () => {
  it("answers each line and a summary", async () => {
    const faulty = InputError.invalid([{ path: "/order", message: "is not right" }]);
    const { logger, lines: logged } = keepingLogger();
    const api = await open({ publisher: publisher(({ order }) => (order === "A1" ? faulty : null)) }, { logger });
    const { status, headers, lines: answer } = await postLines(api.url, `${lines(2)}{"a":}\n[]x\n`);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/x-ndjson");
    expect(answer).toEqual([
      { line: 1, status: 202, id: "evt_0", duplicate: false, deliveries: 2 },
      { line: 2, status: 422, error: { title: "Faulty input", detail: expect.any(String), errors: faulty.fields } },
      { line: 3, status: 400, error: expect.objectContaining({ detail: expect.stringContaining("column 6") }) },
      { line: 4, status: 400, error: expect.objectContaining({ title: "Malformed request" }) },
      { summary: { lines: 4, published: 1, duplicates: 0, refused: 3, deliveries: 2 } },
    ]);
    for (const line of answer) expect(violations("publishEvents", 200, line)).toEqual([]);
    expect(logged).toEqual([
      expect.objectContaining({ msg: "published lines", count: 4, published: 1, refused: 3, complete: true }),
    ]);
  });

  it("tolerates blank lines, CRLF, a byte order mark and a last line without an end", async () => {
    const seen: unknown[][] = [];
    const api = await open({ publisher: publisher(() => null, seen) });
    const body = `\ufeff${JSON.stringify(item(1))}\r\n\r\n  \n${JSON.stringify(item(2))}\n\n${JSON.stringify(item(3))}`;
    const { lines: answer } = await postLines(api.url, body);
    expect(answer.map(({ line }) => line)).toEqual([1, 4, 6, undefined]);
    expect(seen.flat()).toEqual([item(1), item(2), item(3)]);
  });

  it("answers nothing but a summary to an empty body", async () => {
    const api = await open();
    const { lines: answer } = await postLines(api.url, "");
    expect(answer).toEqual([{ summary: { lines: 0, published: 0, duplicates: 0, refused: 0, deliveries: 0 } }]);
  });

  it("keeps characters whole that are split between chunks", async () => {
    const seen: unknown[][] = [];
    const api = await open({ publisher: publisher(() => null, seen) });
    const bytes = Buffer.from(`${JSON.stringify({ order: "Zürich 🚚" })}\n`);
    async function* drops() {
      for (const byte of bytes) yield Buffer.from([byte]);
    }
    await postLines(api.url, drops());
    expect(seen.flat()).toEqual([{ order: "Zürich 🚚" }]);
  });

  it("publishes in sets of at most 500 lines, in order", async () => {
    const seen: unknown[][] = [];
    const api = await open({ publisher: publisher(() => null, seen) });
    const { lines: answer } = await postLines(api.url, lines(5000));
    expect(answer).toHaveLength(5001);
    expect(seen.flat()).toEqual(Array.from({ length: 5000 }, (_, at) => item(at)));
    expect(Math.max(...seen.map((set) => set.length))).toBeLessThanOrEqual(500);
    expect(answer.slice(0, -1).map(({ line }) => line)).toEqual(Array.from({ length: 5000 }, (_, at) => at + 1));
  });

  it("refuses a line that is too long alone, without holding it", async () => {
    const api = await open({}, { maxEventBytes: 2000 });
    const long = JSON.stringify({ order: "x".repeat(500_000) });
    const { lines: answer } = await postLines(
      api.url,
      `${JSON.stringify(item(1))}\n${long}\n${JSON.stringify(item(3))}\n${long}`,
    );
    expect(answer.map(({ status }) => status)).toEqual([202, 413, 202, 413, undefined]);
    expect(answer[1].error.detail).toContain("MAX_EVENT_MIB");
  });

  it("refuses names that reach a prototype, and depth", async () => {
    const api = await open();
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const { lines: answer } = await postLines(api.url, `{"__proto__":{"a":1}}\n${deep}\n${JSON.stringify(item(1))}\n`);
    expect(answer.map(({ status }) => status)).toEqual([422, 422, 202, undefined]);
  });

  it("refuses the rest with 503 once the database is down, and logs it once", async () => {
    const { logger, lines: logged } = keepingLogger();
    const seen: unknown[][] = [];
    const down = new StoreUnavailableError("full", "The database has no room left.", null);
    const decide = ({ order }: { order?: string }) => (Number(order?.slice(1)) >= 700 ? down : null);
    const api = await open({ publisher: publisher(decide, seen) }, { logger });
    const { status, lines: answer } = await postLines(api.url, lines(3000));
    expect(status).toBe(200);
    expect(answer.slice(0, 700).every((line) => line.status === 202)).toBe(true);
    expect(answer.slice(700, 3000).every((line) => line.status === 503)).toBe(true);
    expect(answer[3000].summary).toMatchObject({ lines: 3000, published: 700, refused: 2300 });
    expect(seen.flat().length).toBeLessThan(1300);
    expect(logged.filter(({ msg }) => msg === "the database cannot take it")).toHaveLength(1);
  });

  it("answers lines as they come, while the client is still sending", async () => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write(ndjsonHead());
    client.socket.write(chunked(`${JSON.stringify(item(1))}\n`));
    await until(() => client.text().includes('{"line":1,'), "the first result");
    client.socket.write(chunked(`${JSON.stringify(item(2))}\n`));
    await until(() => client.text().includes('{"line":2,'), "the second result");
    expect(client.text()).not.toContain("summary");
    client.socket.write("0\r\n\r\n");
    await until(() => client.text().includes("summary"), "the summary");
    client.socket.destroy();
  });

  it("stops reading when its answer is not read, and goes on when it is", async () => {
    const seen: unknown[][] = [];
    const refusal = InputError.invalid([{ path: "", message: "x".repeat(1000) }]);
    const api = await open({ publisher: publisher(() => refusal, seen) });
    const client = rawClient(api.port);
    client.socket.pause();
    client.socket.write(ndjsonHead());
    const body = chunked(lines(500));
    const sets = 80;
    for (let at = 0; at < sets; at++) client.socket.write(body);
    client.socket.write("0\r\n\r\n");
    let [before, same] = [0, 0];
    const stands = () => {
      same = seen.length === before && before > 0 ? same + 1 : 0;
      before = seen.length;
      return same > 30;
    };
    await until(stands, "it stopped reading");
    expect(seen.flat().length).toBeLessThan(sets * 250);
    client.socket.resume();
    await until(() => client.text().includes('"summary"'), "it went on", 15_000);
    expect(client.text()).toContain(`"lines":${sets * 500}`);
    client.socket.destroy();
  });

  it("stops when the client goes away, and gives back what it held", async () => {
    const { logger, lines: logged } = keepingLogger();
    const seen: unknown[][] = [];
    const api = await open(
      { publisher: publisher(() => null, seen) },
      { logger, maxRequestBytes: 100_000, maxEventBytes: 90_000 },
    );
    for (let at = 0; at < 4; at++) {
      const client = rawClient(api.port);
      client.socket.write(ndjsonHead());
      client.socket.write(chunked(`${JSON.stringify(item(1))}\n{"order":"${"x".repeat(80_000)}`));
      await until(() => client.text().includes('{"line":1,'), "the first result");
      client.socket.destroy();
      await until(() => logged.length === at + 1, "it noticed");
    }
    expect(logged).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ count: 1, complete: false })));
    expect(seen.flat()).toHaveLength(4);
  });

  it("ends without a summary when the service stops", async () => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write(ndjsonHead());
    client.socket.write(chunked(`${JSON.stringify(item(1))}\n`));
    await until(() => client.text().includes('{"line":1,'), "the first result");
    await api.app.close();
    opened = undefined;
    await until(() => client.closed(), "the connection is closed");
    expect(client.text()).not.toContain("summary");
  });

  it("needs the key before anything is read", async () => {
    const api = await open();
    const client = rawClient(api.port);
    client.socket.write(ndjsonHead().replace("Bearer ", "Bearer x"));
    await until(() => client.text().includes("HTTP/1.1 401"), "the refusal");
    client.socket.destroy();
    expect(api.asked).toEqual([]);
  });
});
