import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOT_KEPT } from "../../src/console/kept-form.js";
import { transports } from "../../src/transports/index.js";
import { startTestService, type TestService, temporaryFolder } from "../support/service.js";
import { testSession, testSessions } from "./browser-like.js";
import { Browser } from "./signed-in.js";

const { folder, remove } = temporaryFolder();
let service: TestService;
beforeAll(async () => {
  service = await startTestService(folder, { sessions: testSessions({ admin: testSession() }) });
  await service.call("PUT", "/v1/customers/acme", { name: "Acme" });
}, 60_000);
afterAll(async () => {
  await service?.close();
  remove();
});

/** The names of all members of a schema that are secret, however deep they are. */
function secretsOf(schema: unknown, name = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "x-secret" in schema && schema["x-secret"] === true && name !== "" ? [name] : [];
  const below = Object.entries(schema).flatMap(([key, value]) =>
    key === "properties"
      ? Object.entries(value as object).flatMap(([member, inner]) => secretsOf(inner, member))
      : secretsOf(value),
  );
  return [...own, ...below];
}

const attribute = (tag: string, name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "";

describe("the form of a new endpoint", () => {
  it.each(Object.entries(transports).map(([name, { optionsSchema }]) => ({ name, options: optionsSchema })))(
    "by $name marks every secret as what is never kept",
    async ({ name, options }) => {
      const browser = new Browser(service.url);
      browser.cookies.set("waybell-session", "admin");
      const { html } = await browser.get(`/customers/acme/endpoints/new?transport=${name}`);
      const secrets = secretsOf(options);
      const controls = [...html.matchAll(/<(?:input|textarea|select)\b[^>]*>/g)].map(([tag]) => tag);
      const marked = controls
        .filter((tag) => attribute(tag, "name") === NOT_KEPT)
        .map((tag) => attribute(tag, "value"));
      const typed = controls
        .filter((tag) => {
          const at = attribute(tag, "name");
          const isSecret = at.startsWith("transport.") && secrets.includes(at.split(".").at(-1) ?? "");
          return attribute(tag, "type") === "password" || isSecret;
        })
        .map((tag) => attribute(tag, "name").replace(/\.(?:\d+|__row__)\./, ".*."));
      expect(typed.filter((at) => !marked.includes(at))).toEqual([]);
      expect(marked.filter((at) => !typed.includes(at))).toEqual([]);
      expect(Math.min(secrets.length, typed.length)).toBeGreaterThan(0);
    },
  );
});
