import { once } from "node:events";
import { get, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ApiServices } from "../../src/api/services.js";
import type { CheckWatch } from "../../src/api/services-try-out.js";
import { systemClock } from "../../src/clock.js";
import { InputError } from "../../src/errors.js";
import type { CheckStep } from "../../src/transports/transport.js";
import { manualClock } from "../support/clock.js";
import { AUTH, fakeApi, fakeServices, keepingLogger } from "./fakes.js";

const ENDPOINT = {
  name: "ERP",
  transport: { type: "http-post", url: "https://acme.example/hook" },
  template: { name: "ontime" },
};
const step = (name: CheckStep["step"], ok = true): CheckStep => ({ step: name, ok, detail: name, durationMs: 1 });
const SAVED = "/v1/endpoints/ep_1/check?live=true";

/** A check that ends its steps by the test's own hand. */
class HeldCheck {
  watch: CheckWatch = {};
  #begun = 0;
  end: (steps: readonly CheckStep[]) => void = () => {};
  fail: (error: unknown) => void = () => {};

  readonly check: ApiServices["tryOut"]["check"] = (_endpoint, watch = {}) => {
    this.watch = watch;
    this.#begun++;
    return new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  };

  async begun(): Promise<void> {
    await expect.poll(() => this.#begun).toBe(1);
  }
}

let close: () => Promise<void> = async () => {};
afterEach(() => close());

async function open(clock = systemClock) {
  const held = new HeldCheck();
  const { services } = fakeServices();
  const { logger, lines } = keepingLogger();
  const { app } = await fakeApi({ clock, tryOut: { ...services.tryOut, check: held.check } }, { logger });
  await app.listen({ port: 0, host: "127.0.0.1" });
  close = () => app.close();
  const { port } = app.server.address() as AddressInfo;
  await app.inject({ method: "POST", url: "/v1/customers/acme/endpoints", headers: AUTH, payload: ENDPOINT });
  const ask = (path: string, body: object = {}) => {
    const headers = { ...AUTH, "content-type": "application/json" };
    const asking = request({ port, path, method: "POST", headers, agent: false });
    asking.on("error", () => undefined);
    asking.end(JSON.stringify(body));
    return { asking, answer: once(asking, "response").then(([response]) => response as IncomingMessage) };
  };
  return { held, ask, lines, port };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return text;
}

const linesIn = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

describe("a live check", () => {
  it.each([
    ["one that is kept", SAVED, {}],
    ["one that is not", "/v1/test?live=true", { customer: "acme", action: "check", endpoint: ENDPOINT }],
  ])("of %s answers each step as it ends, and the whole as the last line", async (_what, path, body) => {
    const { held, ask } = await open();
    const { answer } = ask(path, body);
    await held.begun();
    held.watch.onStep?.(step("resolve"));
    const response = await answer;
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
    const [first] = await once(response, "data");
    expect(linesIn(String(first))).toEqual([step("resolve")]);
    held.watch.onStep?.(step("connect", false));
    const [second] = await once(response, "data");
    expect(linesIn(String(second))).toEqual([step("connect", false)]);
    const steps = [step("resolve"), step("connect", false)];
    held.end(steps);
    expect(linesIn(await textOf(response))).toEqual([{ ok: false, steps }]);
  });

  it("is refused with its status before the first step", async () => {
    const { held, ask } = await open();
    const { answer } = ask(SAVED);
    await held.begun();
    held.fail(new InputError(503, "busy", "The service is stopping."));
    const response = await answer;
    expect([response.statusCode, response.headers["content-type"]]).toEqual([
      503,
      expect.stringContaining("application/problem+json"),
    ]);
    expect(JSON.parse(await textOf(response))).toMatchObject({ code: "busy" });
    expect((await ask("/v1/endpoints/none/check?live=true").answer).statusCode).toBe(404);
  });

  it("that breaks off ends without the last line, and the log says why", async () => {
    const { held, ask, lines } = await open();
    const { answer } = ask(SAVED);
    await held.begun();
    held.watch.onStep?.(step("resolve"));
    held.fail(new Error("a fault of ours"));
    expect(linesIn(await textOf(await answer))).toEqual([step("resolve")]);
    expect(lines).toContainEqual(expect.objectContaining({ msg: "a check broke off" }));
  });

  it.each([SAVED, "/v1/endpoints/ep_1/check"])("ends when the client goes away: %s", async (path) => {
    const { held, ask } = await open();
    const { asking, answer } = ask(path);
    answer.catch(() => undefined);
    await held.begun();
    expect(held.watch.signal?.aborted).toBe(false);
    asking.destroy();
    await expect.poll(() => held.watch.signal?.aborted).toBe(true);
    held.end([]);
  });

  it("ends when the client goes away in the middle of the answer", async () => {
    const { held, ask } = await open();
    const { asking, answer } = ask(SAVED);
    await held.begun();
    held.watch.onStep?.(step("resolve"));
    await answer;
    asking.destroy();
    await expect.poll(() => held.watch.signal?.aborted).toBe(true);
    held.end([]);
  });

  it("lets no step be so quiet that the connection is cut", async () => {
    const clock = manualClock();
    const { held, ask } = await open(clock);
    const { answer } = ask(SAVED);
    await held.begun();
    held.watch.onStep?.(step("resolve"));
    const response = await answer;
    await once(response, "data");
    await clock.advance(15_000);
    const [quiet] = await once(response, "data");
    expect(String(quiet)).toBe(" ");
    held.end([step("resolve")]);
    expect(linesIn(await textOf(response))).toEqual([{ ok: true, steps: [step("resolve")] }]);
  });

  it("goes with checks alone", async () => {
    const { ask, port } = await open();
    const body = { customer: "acme", action: "preview", endpoint: ENDPOINT };
    const answer = await ask("/v1/test?live=true", body).answer;
    expect(answer.statusCode).toBe(422);
    expect(JSON.parse(await textOf(answer)).errors[0].path).toBe("?live");
    expect((await ask("/v1/endpoints/ep_1/check?live=perhaps").answer).statusCode).toBe(422);
    const [healthy] = (await once(get({ port, path: "/healthz", agent: false }), "response")) as [IncomingMessage];
    expect(healthy.statusCode).toBe(200);
  });
});
