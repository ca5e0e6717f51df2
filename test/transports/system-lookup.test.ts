import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { createResolver } from "../../src/transports/address-guard.js";
import { httpPost } from "../../src/transports/http-post.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

const { signal } = new AbortController();
const TIMEOUT_MS = 100;

/** A system that answers when it is told to. */
function slowSystem() {
  const asked: string[] = [];
  const pending = new Map<string, (addresses: readonly string[]) => void>();
  const system = (name: string) =>
    new Promise<readonly string[]>((resolve) => {
      asked.push(name);
      pending.set(name, resolve);
    });
  return {
    asked,
    system,
    answer(name: string, addresses = ["8.8.8.8"]) {
      pending.get(name)?.(addresses);
    },
  };
}

it.each(["erp", "vouched.example", "hook.localhost"])(
  "a look-up of %s by a system that never answers ends in time",
  async (name) => {
    const { system, asked } = slowSystem();
    const egressAllow = ["vouched.example", "127.0.0.0/8"];
    const resolve = createResolver({ egressAllow, system, timeoutMs: TIMEOUT_MS });
    const started = performance.now();
    const error = await errorOf(resolve(name, signal));
    expect(error).toMatchObject({ fault: "connection", code: "dns" });
    expect(error.message).toContain(name);
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + 1000);
    expect(asked).toEqual([name]);
  },
);

it("a request to such a name ends as well, though no signal of its own ends the look-up", async () => {
  const resolve = createResolver({ egressAllow: [], system: slowSystem().system, timeoutMs: TIMEOUT_MS });
  const context = sendContext({ resolve, signal: AbortSignal.timeout(5000) });
  const error = await errorOf(httpPost.send(jsonPayload("{}"), { url: "http://erp/" }, context));
  expect(error).toMatchObject({ fault: "connection", code: "dns" });
});

it("look-ups by the system are two at a time, and one of names that nobody vouches for, however many want them", async () => {
  const { system, asked, answer } = slowSystem();
  const egressAllow = ["a.example", "b.example", "c.example"];
  const resolve = createResolver({ egressAllow, system });
  const names = ["one", "two", "three", ...egressAllow];
  const found = names.map((name) => resolve(name, signal));
  await setImmediate();
  expect(asked).toEqual(["one", "a.example", "b.example"]);
  answer("one");
  answer("b.example");
  await setImmediate();
  expect(asked.slice(3).sort()).toEqual(["c.example", "two"]);
  answer("two");
  await setImmediate();
  for (const name of names) answer(name);
  expect(await Promise.all(found)).toHaveLength(names.length);
});

it("one that nobody waits for any more keeps its place, holds up no name that is vouched for, and serves who asks again", async () => {
  const { system, asked, answer } = slowSystem();
  const resolve = createResolver({ egressAllow: ["vouched.example"], system, timeoutMs: TIMEOUT_MS });
  await errorOf(resolve("stuck", signal));
  const waiting = errorOf(resolve("other", signal));
  const vouched = resolve("vouched.example", signal);
  await setImmediate();
  answer("vouched.example", ["10.0.0.1"]);
  expect(await vouched).toEqual([{ address: "10.0.0.1", family: 4 }]);
  expect(await waiting).toMatchObject({ code: "dns" });
  const again = resolve("stuck", signal);
  await setImmediate();
  expect(asked).toEqual(["stuck", "vouched.example"]);
  answer("stuck");
  expect(await again).toHaveLength(1);
});

it("a name of EGRESS_ALLOW is tried at 50 of its addresses, however many it has", async () => {
  const { system, answer } = slowSystem();
  const resolve = createResolver({ egressAllow: ["vouched.example"], system });
  const found = resolve("vouched.example", signal);
  await setImmediate();
  answer(
    "vouched.example",
    Array.from({ length: 80 }, (_, at) => `10.0.${at}.1`),
  );
  expect(await found).toHaveLength(50);
});
