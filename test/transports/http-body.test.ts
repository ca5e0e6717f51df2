import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { AnswerBody } from "../../src/transports/http-body.js";
import { httpPost } from "../../src/transports/http-post.js";
import { sayingWhenAsked, startHostile } from "../support/hostile-servers.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";
import { until } from "../support/service.js";

/** What a record keeps, and as much beyond it as a secret may be recognized by. */
const KEPT = 18 * 1024;
const OWN = 4 * 1024;
const SHARED = 32 * 1024 * 1024;
const MIB = 1024 * 1024;

const bodies: AnswerBody[] = [];
afterEach(() => {
  for (const body of bodies.splice(0)) body.release();
});

function bodyOf(text: string, wanted = "", size = 1, own?: number): AnswerBody {
  const body = new AnswerBody(wanted, own);
  bodies.push(body);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) body.add(bytes.subarray(at, at + size));
  return body;
}

/** A text that repeats itself nowhere. */
const noise = (length: number) =>
  Array.from({ length }, (_, at) => String.fromCharCode(33 + ((at * 7919) % 89))).join("");

describe("the body of an answer", () => {
  it("that is short and comes in one piece is kept as it is", () => {
    const chunk = Buffer.from(new Uint8Array([111, 107]).buffer);
    const body = new AnswerBody("");
    body.add(chunk);
    expect(body.beginning?.buffer).toBe(chunk.buffer);
  });

  it("holds nothing of the memory in which a long one was read", () => {
    const read = Buffer.from(new ArrayBuffer(64 * 1024));
    const body = new AnswerBody("");
    body.add(read.subarray(100, 102));
    expect(body.beginning?.buffer.byteLength).toBeLessThanOrEqual(1024);
  });

  it.each([1, 7, 512, 2048, 100_000])("is kept up to 16 KiB in pieces of %i", (size) => {
    const text = noise(40_000);
    const body = bodyOf(text, "", size);
    expect(body.beginning?.toString()).toBe(text.slice(0, KEPT));
    expect(body.received).toBe(40_000);
  });

  it.each([1, 7, 2048, 100_000])("is searched for a text wherever it stands, in pieces of %i", (size) => {
    const wanted = '"result":"é"';
    const length = Buffer.byteLength(wanted);
    for (const before of [
      0,
      OWN,
      KEPT - length,
      KEPT - 5,
      KEPT,
      KEPT + 1,
      KEPT + OWN - 3,
      KEPT + OWN,
      30_000,
      70_001,
    ]) {
      expect(bodyOf(`${"x".repeat(before)}${wanted} and more`, wanted, size).holdsText(), `${before}`).toBe(true);
    }
    expect(bodyOf("x".repeat(100_000), wanted, size).holdsText()).toBe(false);
    expect(bodyOf(`${"x".repeat(KEPT - 3)}"result":"`, wanted, size).holdsText()).toBe(false);
  });

  it("may ask for one letter, or for none", () => {
    expect(bodyOf(`${"x".repeat(50_000)}y`, "y").holdsText()).toBe(true);
    expect(bodyOf("x".repeat(50_000), "y").holdsText()).toBe(false);
    expect(bodyOf("").holdsText()).toBe(true);
    expect(bodyOf("", "y").holdsText()).toBe(false);
  });
});

describe("what all answers keep beyond 4 KiB each", () => {
  const long = "x".repeat(40_000);
  const fill = () => {
    for (let held = 0; held < SHARED; held += KEPT - OWN) bodyOf(long, "", 20_000);
    // What is left over goes to those that grow step by step.
    for (let more = 0; more < 4; more++) bodyOf(long, "", 500);
  };

  it("is 32 MiB together; beyond, records hold less, and the text is found all the same", () => {
    fill();
    const late = bodyOf(`${long}ACCEPTED`, "ACCEPTED", 2048);
    expect(late.beginning).toHaveLength(OWN);
    expect(late.holdsText()).toBe(true);
    expect(bodyOf(`${long}`, "ACCEPTED", 2048).holdsText()).toBe(false);
  });

  it("is given back when an answer has ended, and an answer that was cut goes on being cut", () => {
    fill();
    const cut = bodyOf("a".repeat(OWN + 1), "", 100);
    for (const body of bodies) body.release();
    cut.add(Buffer.from("b".repeat(100)));
    expect(cut.beginning?.toString()).toBe("a".repeat(OWN));
    expect(bodyOf(long, "", 2048).beginning).toHaveLength(KEPT);
  });

  it("takes nothing from those whose answer is asked for", () => {
    fill();
    expect(bodyOf(long, "", 2048, KEPT).beginning).toHaveLength(KEPT);
  });
});

describe("answers that come in as many pieces as they can and then hang", () => {
  const HANGING = 6;
  const PIECES = 1_000;
  const CHUNKED = "transfer-encoding: chunked\r\n\r\n";
  /** What one may take, with its connection and all that undici keeps for it. */
  const MAX_BYTES = 256 * 1024;

  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const inUse = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };

  /** Once what earlier tests have let go of is given back too. */
  async function settledUse(): Promise<number> {
    let last = inUse();
    await until(() => {
      const now = inUse();
      const isSame = Math.abs(now - last) < 16 * 1024;
      last = now;
      return isSame;
    });
    return last;
  }

  it.each([
    ["tiny chunks", CHUNKED, "1\r\nx\r\n", 1, ""],
    ["tiny chunks, looked into", CHUNKED, "1\r\nx\r\n", 1, "ACCEPTED"],
    ["one long body, looked into", `content-length: ${2 * MIB}\r\n\r\n`, "no text".repeat(100), 700, "ACCEPTED"],
  ])("take no more memory than others (%s)", async (_what, head, piece, ofBody, bodyIncludes) => {
    const hostile = await startHostile(sayingWhenAsked(`HTTP/1.1 200 OK\r\n${head}`, piece, PIECES));
    const ends = new AbortController();
    const connections = new Connections({ clock: systemClock });
    const success = { statusCodes: [], bodyIncludes };
    const context = sendContext({ connections, success, signal: ends.signal });
    let parsed = 0;
    const count = (message: unknown) => {
      parsed += (message as { chunk: Buffer }).chunk.length;
    };
    subscribe("undici:request:bodyChunkReceived", count);
    const url = `http://127.0.0.1:${hostile.port}/`;
    // What the process loads for its first request is none of the answers'.
    const first = { connections, success, signal: AbortSignal.timeout(300) };
    await errorOf(httpPost.send(jsonPayload("{}"), { url }, sendContext(first)));
    parsed = 0;
    const before = await settledUse();
    const sends = Array.from({ length: HANGING }, () => errorOf(httpPost.send(jsonPayload("{}"), { url }, context)));
    await until(() => parsed === HANGING * PIECES * ofBody, 15_000, "all that they say");
    // What was freed is given back a little later.
    await until(() => inUse() - before < HANGING * MAX_BYTES, 5000, "so little memory in use");
    unsubscribe("undici:request:bodyChunkReceived", count);
    ends.abort();
    for (const error of await Promise.all(sends)) expect(error).toMatchObject({ fault: "ambiguous", code: "timeout" });
    await connections.close();
    await hostile.stop();
  });
});
