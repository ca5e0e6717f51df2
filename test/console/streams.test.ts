import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { PageAnswer } from "../../src/console/page.js";
import { type Parts, Streams } from "../../src/console/streams.js";
import { manualClock } from "../support/clock.js";
import { testSession } from "./browser-like.js";

/** A stream that is read, or not, with what came of it. */
function reading(answer: PageAnswer, takes = true) {
  if (!("file" in answer)) throw new Error("no stream");
  const body = answer.file.body as Readable;
  const texts: string[] = [];
  let ended = false;
  if (takes) body.on("data", (chunk: Buffer) => texts.push(String(chunk)));
  body.on("end", () => {
    ended = true;
  });
  body.on("error", () => undefined);
  return {
    body,
    texts,
    all: () => texts.join(""),
    get ended() {
      return ended;
    },
  };
}

const turn = () => new Promise((done) => setTimeout(done, 5));

function opened() {
  const clock = manualClock();
  const streams = new Streams(clock);
  const advance = async (ms: number) => {
    await turn();
    for (let left = ms; left > 0; left -= 2_000) await clock.advance(Math.min(2_000, left));
    await turn();
  };
  return { clock, streams, advance };
}

const session = (keyId: string, requireKey = () => {}) => {
  const { principal, ...rest } = testSession();
  return { ...rest, principal: { ...principal, keyId, requireKey } };
};

describe("a stream of events", () => {
  it("sends what has changed, every two seconds, and nothing that has not", async () => {
    const { streams, advance } = opened();
    const parts = { a: "<p>1</p>", b: "two\nlines\r\nof it" };
    const stream = reading(streams.open(session("one"), async () => ({ ...parts })));
    await turn();
    expect(stream.all()).toBe(
      "retry: 3000\n\nevent: a\ndata: <p>1</p>\n\nevent: b\ndata: two\ndata: lines\ndata: of it\n\n",
    );
    stream.texts.length = 0;
    await advance(2_000);
    expect(stream.all()).toBe("");
    parts.a = "<p>2</p>";
    await advance(2_000);
    expect(stream.all()).toBe("event: a\ndata: <p>2</p>\n\n");
    await advance(20_000);
    expect(stream.all()).toContain(": quiet\n\n");
  });

  it("lets a text of others begin no event of its own", async () => {
    const { streams } = opened();
    const stream = reading(streams.open(session("one"), async () => ({ a: "x\n\nevent: evil\rdata: y" })));
    await turn();
    expect(stream.all()).toContain("event: a\ndata: x\ndata: \ndata: event: evil\ndata: data: y\n\n");
  });

  it("ends when the session does, after ten minutes, and when the service stops", async () => {
    const { streams, advance } = opened();
    let valid = true;
    const requireKey = () => {
      if (!valid) throw new Error("signed out");
    };
    const look = async () => ({ a: "1" });
    const out = reading(streams.open(session("out", requireKey), look));
    const other = reading(streams.open(session("other"), look));
    await advance(2_000);
    valid = false;
    await advance(10_000);
    expect([out.ended, other.ended]).toEqual([true, false]);
    expect(out.all()).toMatch(/event: end\ndata: signed out\n\n$/);
    await advance(10 * 60_000);
    expect(other.ended).toBe(true);
    expect(streams.size).toBe(0);
    const last = reading(streams.open(session("last"), look));
    await turn();
    streams.stop();
    await turn();
    expect(last.ended).toBe(true);
    // Their browsers are to come back by themselves.
    for (const stream of [other, last]) expect(stream.all()).not.toContain("event: end");
    expect(() => streams.open(session("late"), look)).toThrow(expect.objectContaining({ status: 503 }));
  });

  it("sends a reader that takes nothing no more, and lets it go", async () => {
    const { streams, advance } = opened();
    let looked = 0;
    const stream = reading(
      streams.open(session("slow"), async () => ({ a: `${++looked}${"x".repeat(100_000)}` })),
      false,
    );
    await advance(20_000);
    expect(looked).toBe(1);
    expect(stream.body.readableLength).toBeLessThan(101_000);
    await advance(20_000);
    expect(stream.body.destroyed).toBe(true);
    expect(streams.size).toBe(0);
  });

  it("is one of a hundred at most, and one of 25 of one account", async () => {
    const { streams } = opened();
    const look = async (): Promise<Parts> => ({});
    const open = Array.from({ length: 25 }, () => reading(streams.open(session("one"), look)));
    const refused = expect.objectContaining({ status: 503 });
    expect(() => streams.open(session("one"), look)).toThrow(refused);
    for (let at = 0; at < 75; at++) open.push(reading(streams.open(session(`other-${at}`), look)));
    expect(() => streams.open(session("more"), look)).toThrow(refused);
    for (const { body } of open) body.destroy();
    await turn();
    expect(streams.size).toBe(0);
    reading(streams.open(session("more"), look));
    streams.stop();
  });

  it("goes on when a look fails, and asks for nothing once nobody reads", async () => {
    const { clock, streams, advance } = opened();
    let fails = false;
    let looked = 0;
    const stream = reading(
      streams.open(session("one"), async () => {
        looked++;
        if (fails) throw new Error("the database is away");
        return { a: String(looked) };
      }),
    );
    await advance(2_000);
    fails = true;
    await advance(4_000);
    fails = false;
    await advance(2_000);
    expect(stream.all()).toContain(`data: ${looked}`);
    expect(looked).toBe(5);
    stream.body.destroy();
    await advance(4_000);
    expect(looked).toBe(5);
    expect(clock.waiting).toBe(0);
  });
});
