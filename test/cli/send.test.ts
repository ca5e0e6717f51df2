import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/canonical-json.js";
import { createClient } from "../../src/cli/client.js";
import { createIdGiver } from "../../src/cli/event-id.js";
import { runSend, type SendOptions } from "../../src/cli/send.js";
import { systemClock } from "../../src/clock.js";
import type { Clock } from "../../src/types.js";
import { capture, type FakeApi, KEY, startFakeApi } from "./fake-api.js";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;
const OPTIONS: SendOptions = {
  encoding: "utf-8",
  ignoreColumns: [],
  concurrency: 4,
  giveUpAfterMs: 60_000,
  json: false,
};

let api: FakeApi;
let folder = "";
beforeEach(async () => {
  api = await startFakeApi();
  folder = mkdtempSync(join(tmpdir(), "waybell-send-"));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits cost nothing on this clock; it goes on by what is waited for. */
function fastClock(): Clock {
  let at = 0;
  return {
    now: () => at,
    monotonic: () => at,
    after(ms, callback) {
      const timer = setImmediate(() => {
        at += ms;
        callback();
      });
      return () => clearImmediate(timer);
    },
  };
}

function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function ndjson(count: number, more: (at: number) => object = () => ({})): string {
  const lines = Array.from({ length: count }, (_, at) => {
    const event = { customer: "acme", order: `A${at % 50}`, statusCode: "take", statusTime: `2026030108${at}` };
    return JSON.stringify({ ...event, ...more(at) });
  });
  return `${lines.join("\n")}\n`;
}

async function send(
  file: string,
  options: Partial<SendOptions> = {},
  clock: Clock = fastClock(),
  stdin?: AsyncIterable<Buffer>,
) {
  const client = createClient({ url: api.url, key: KEY });
  const terminal = { stdin: stdin ?? process.stdin, stdout: capture(), stderr: capture() };
  try {
    const code = await runSend(file, { ...OPTIONS, ...options }, client, terminal, new AbortController().signal, clock);
    return { code, out: terminal.stdout.text(), err: terminal.stderr.text() };
  } finally {
    await client.close();
  }
}

describe("send", () => {
  it("publishes every line once, with a summary, and as duplicates when it is run again", async () => {
    const file = fileOf("day.ndjson", ndjson(1234));
    const first = await send(file);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/1,234 +0 +0 +2,468/);
    expect(api.events.size).toBe(1234);
    const second = await send(file, { json: true });
    expect(JSON.parse(second.out)).toMatchObject({
      lines: 1234,
      published: 0,
      duplicates: 1234,
      refused: 0,
      complete: true,
    });
    expect(api.events.size).toBe(1234);
  });

  it("keeps the lines of one order in their order, though several sets are on their way", async () => {
    const order: string[] = [];
    api.behaviour.refuse = (event) => {
      order.push(`${event.order}:${event.reference}`);
      return [];
    };
    await send(
      fileOf(
        "day.ndjson",
        ndjson(3000, (at) => ({ reference: String(at).padStart(6, "0") })),
      ),
    );
    for (const number of new Set(order.map((entry) => entry.split(":")[0]))) {
      const own = order.filter((entry) => entry.startsWith(`${number}:`));
      expect(own).toEqual([...own].sort());
    }
    expect(api.requests.length).toBeGreaterThan(4);
  });

  it("lists what was refused by line and field, exits with 1, and keeps it in a file that can be sent once put right", async () => {
    api.behaviour.refuse = ({ order }) => (order === "bad" ? [{ path: "/statusTime", message: "is no time" }] : []);
    const file = fileOf("day.ndjson", `${ndjson(2)}{"customer":"acme","order":"bad"}\n{"order":\n`);
    const refused = join(folder, "refused.ndjson");
    const result = await send(file, { refused });
    expect(result.code).toBe(1);
    expect(result.err).toContain("day.ndjson, line 3: refused: Faulty.\n  statusTime: is no time");
    expect(result.err).toMatch(/day.ndjson, line 4: refused\n {2}is not valid JSON/);
    expect(result.out).toContain(`The refused lines stand in ${refused}`);
    const kept = readFileSync(refused, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(kept).toHaveLength(2);
    const right = fileOf("right.ndjson", JSON.stringify(kept.find(({ event }) => event)).replace('"bad"', '"good"'));
    expect((await send(right)).code).toBe(0);
    expect([...api.events.values()].map(({ event }) => event.order)).toContain("good");
  });

  it("tries again after 503 and 429, as long as the server asks, and publishes each once", async () => {
    api.behaviour.failures = [{ status: 503, headers: { "retry-after": "7" } }, { status: 429 }, { status: 502 }];
    const waits: number[] = [];
    const clock = fastClock();
    const after: Clock["after"] = (ms, call) => {
      waits.push(ms);
      return clock.after(ms, call);
    };
    const file = fileOf("day.ndjson", ndjson(20));
    const result = await send(file, { concurrency: 1 }, { ...clock, after });
    expect(result.code).toBe(0);
    expect(waits.filter((ms) => ms >= 500)).toEqual([7000, 1000, 2000]);
    expect(result.err).toContain("Trying again in 7s.");
    expect([...api.events.values()].every(({ times }) => times === 1)).toBe(true);
    expect(api.events.size).toBe(20);
  });

  it("publishes the rest when the connection breaks in the middle of an answer", async () => {
    api.behaviour.cutAfter = 7;
    const result = await send(fileOf("day.ndjson", ndjson(20)), { concurrency: 1, json: true });
    expect(JSON.parse(result.out)).toMatchObject({ lines: 20, published: 20, duplicates: 0 });
    expect(api.requests).toEqual([20, 13]);
  });

  it("sends smaller sets where a proxy takes no large ones, and refuses only the line that is too large alone", async () => {
    api.behaviour.maxBytes = 2000;
    const content = ndjson(30) + JSON.stringify({ customer: "acme", order: "huge", comment: "x".repeat(3000) });
    const result = await send(fileOf("day.ndjson", content), { concurrency: 1 });
    expect(result.code).toBe(1);
    expect(result.err).toContain("day.ndjson, line 31: refused: The request is too large.");
    expect(api.events.size).toBe(30);
  });

  it("gives up after a while, with exit code 3 and what to do", async () => {
    api.behaviour.failures = Array.from({ length: 100 }, () => ({ status: 503 }));
    const file = fileOf("day.ndjson", ndjson(3));
    await expect(send(file)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/Gave up: .*503.*\nRun the same command again/s),
    });
  });

  it("does not ask to be run again after what would fail in the same way again", async () => {
    const file = fileOf("day.csv", "customer,order,colour\nacme,A,red\n");
    await expect(send(file)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.not.stringContaining("Run the same command again"),
    });
  });

  it("asks for the key before it reads, and stops on a wrong one while the input still waits", async () => {
    const client = createClient({ url: api.url, key: "wrong" });
    async function* endless(): AsyncGenerator<Buffer> {
      await new Promise(() => {});
    }
    const terminal = { stdin: endless(), stdout: capture(), stderr: capture() };
    const signal = new AbortController().signal;
    await expect(runSend("-", OPTIONS, client, terminal, signal, fastClock())).rejects.toThrow(
      /does not take this key/,
    );
    await client.close();
  });

  it("publishes what has come in from standard input without waiting for its end", async () => {
    let end: () => void = () => {};
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from(ndjson(3));
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    }
    const sending = send("-", {}, systemClock, slow());
    await expect.poll(() => api.events.size, { timeout: 5000 }).toBe(3);
    end();
    expect((await sending).code).toBe(0);
  });

  it("fills in the customer and source that the events do not name", async () => {
    const file = fileOf("day.csv", "order;customer;statuscode\nA;;take\nB;other;take\n");
    await send(file, { customer: "acme", source: "XLS" });
    expect(
      [...api.events.values()].map(({ event }) => `${event.customer} ${event.order} ${event.source}`).sort(),
    ).toEqual(["acme A XLS", "other B XLS"]);
  });
});

describe("ids of events that have none", () => {
  it("depend on what the line says, not on its spelling or its place", () => {
    const [one, other] = [createIdGiver(), createIdGiver()];
    const id = one({ order: "A", details: { pieces: 1, weight: "2" } });
    other({ order: "before" });
    expect(other({ details: { weight: "2", pieces: 1 }, order: "A" })).toBe(id);
    expect(id).toMatch(/^line-[0-9a-f]{40}$/);
    expect(canonicalJson({ b: [1, { d: null, c: "é" }], a: true })).toBe('{"a":true,"b":[1,{"c":"é","d":null}]}');
  });

  it("differ for lines that say the same in one input, the same way each time", () => {
    const twice = () => {
      const give = createIdGiver();
      return [give({ order: "A" }), give({ order: "A" }), give({ order: "B" })];
    };
    expect(twice()).toEqual(twice());
    expect(new Set(twice()).size).toBe(3);
    expect(twice()[1]).toMatch(/-2$/);
  });

  it("publish only what is new when a line was put right and others were added", async () => {
    const file = fileOf("day.csv", "customer,order,statuscode\nacme,A,take\nacme,B,tkae\n");
    await send(file);
    writeFileSync(file, "customer,order,statuscode\nacme,0,take\nacme,A,take\nacme,B,take\nacme,C,take\n");
    const result = await send(file, { json: true });
    expect(JSON.parse(result.out)).toMatchObject({ published: 3, duplicates: 1 });
  });
});

describe("interruption", () => {
  function start(file: string): ChildProcess {
    const args = ["--import", "tsx", CLI, "send", file, "--url", api.url, "--key", KEY, "--json"];
    return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  }

  function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
    let [out, err] = ["", ""];
    child.stdout?.on("data", (chunk) => (out += chunk));
    child.stderr?.on("data", (chunk) => (err += chunk));
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  }

  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    it(`by ${signal} half-way, and run again, publishes each event once`, async () => {
      const file = fileOf("day.ndjson", ndjson(6000));
      let open: () => void = () => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      // The first five sets are taken; the others stay open until the sender is gone.
      api.behaviour.before = async () => {
        if (api.requests.length > 5) await gate;
      };
      const child = start(file);
      const first = ended(child);
      await expect.poll(() => api.requests.length, { timeout: 15_000 }).toBeGreaterThan(5);
      child.kill(signal);
      const { code, err } = await first;
      if (signal === "SIGINT") {
        expect(code).toBe(1);
        expect(err).toContain("Run the same command again");
      }
      open();
      api.behaviour.before = async () => {};
      const published = api.events.size;
      expect(published).toBeGreaterThan(0);
      const again = await ended(start(file));
      expect(again.code).toBe(0);
      expect(api.events.size).toBe(6000);
      const summary = JSON.parse(again.out);
      expect(summary.published + summary.duplicates).toBe(6000);
      expect(summary.duplicates).toBeGreaterThanOrEqual(published);
    });
  }
});
