import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ConfigError, readConfig } from "../src/config.js";

function problems(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

it("takes an empty environment, and reads what is right as it is meant", () => {
  expect(problems({})).toEqual([]);
  const config = readConfig({
    EGRESS_ALLOW: "10.1.0.0/16, ftp.lan,::1/128, 192.168.1.7",
    ALERT_TO: "a@b.example, c@localhost",
    MAIL_FROM: "On Time <waybell@ontime.example>",
  });
  expect(config.egressAllow).toEqual(["10.1.0.0/16", "ftp.lan", "::1/128", "192.168.1.7"]);
  expect(config.alertTo).toEqual(["a@b.example", "c@localhost"]);
  expect(config.mailFrom).toBe("On Time <waybell@ontime.example>");
  expect(readConfig({ MAIL_FROM: "waybell@ontime.example" }).mailFrom).toBe("waybell@ontime.example");
});

it("reports wrong networks and mail addresses together with everything else", () => {
  const found = problems({
    PORT: "x",
    EGRESS_ALLOW: "10.0.0.0/8,10.0.0.0/99,a b",
    ALERT_TO: "it@acme.example,foo",
    MAIL_FROM: "bar",
    LOG_LEVEL: "loud",
  });
  expect(found.map((problem) => problem.split(/[ :]/, 1)[0])).toEqual([
    "PORT",
    "MAIL_FROM",
    "ALERT_TO",
    "EGRESS_ALLOW",
    "EGRESS_ALLOW",
    "LOG_LEVEL",
  ]);
  expect(found.join("\n")).toContain('"10.0.0.0/99"');
});

it.each(["Name <bar>", "Name <a@b> x", "a@b\r\nBcc: c@d", "<>"])("takes no sender like %j", (MAIL_FROM) => {
  expect(problems({ MAIL_FROM })).toHaveLength(1);
});

it("reads no variable that .env.example does not list, and lists none that is not read", () => {
  const source = readFileSync("src/config.ts", "utf8");
  const used = new Set([...source.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name));
  // Only there to be refused.
  used.delete("REDIS_URL");
  const shown = [...readFileSync(".env.example", "utf8").matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
  expect([...used].sort()).toEqual(shown.sort());
});
