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

it("trusts only proxies that are named: never everybody", () => {
  expect(readConfig({ TRUST_PROXY: "10.0.0.5, 10.1.0.0/16,fd00::/8" }).trustProxy).toEqual([
    "10.0.0.5",
    "10.1.0.0/16",
    "fd00::/8",
  ]);
  for (const TRUST_PROXY of ["true", "*", "0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0.0/8/1", "proxy.lan"]) {
    expect(problems({ TRUST_PROXY }), TRUST_PROXY).toEqual([expect.stringMatching(/^TRUST_PROXY: /)]);
  }
  expect([readConfig({}).rateLimit, readConfig({ RATE_LIMIT: "0" }).rateLimit]).toEqual([2000, 0]);
});

it("disables after five days of failure, later, or never, but not before it can be announced", () => {
  const daysOf = (env: Record<string, string>) => readConfig(env).disableAfterDays;
  expect([daysOf({}), daysOf({ DISABLE_AFTER_DAYS: "0" }), daysOf({ DISABLE_AFTER_DAYS: "30" })]).toEqual([5, 0, 30]);
  for (const DISABLE_AFTER_DAYS of ["1", "-1", "366", "2.5", "soon"])
    expect(problems({ DISABLE_AFTER_DAYS }), DISABLE_AFTER_DAYS).toEqual([
      expect.stringMatching(/^DISABLE_AFTER_DAYS must be /),
    ]);
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

it("takes a proxy for all sends, and repeats no password of one that it cannot read", () => {
  expect(readConfig({}).egressProxy).toBeNull();
  expect(readConfig({ EGRESS_PROXY: "http://proxy.lan:3128" }).egressProxy).toEqual({ host: "proxy.lan", port: 3128 });
  const found = problems({ EGRESS_PROXY: "https://waybell:s3cret@proxy.lan" });
  expect(found).toEqual(["EGRESS_PROXY must be http://host:port or http://user:password@host:port."]);
});

it("reads no variable that .env.example does not list, and lists none that is not read", () => {
  const source = ["src/config.ts", "src/config-oidc.ts"].map((file) => readFileSync(file, "utf8")).join("");
  const used = new Set([...source.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name));
  const shown = new Set([...readFileSync(".env.example", "utf8").matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name));
  expect([...used].sort()).toEqual([...shown].sort());
});

const SHARED = {
  DATABASE_URL: "postgresql://waybell:s3cret@db.lan/waybell?schema=bell",
  REDIS_URL: "redis://:s3cret@redis.lan:6379/1",
  SECRETS_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  ADMIN_KEY: "0123456789abcdef",
};

it("takes a PostgreSQL and a Redis together", () => {
  expect(problems(SHARED)).toEqual([]);
  expect(readConfig(SHARED)).toMatchObject({
    database: { kind: "postgresql", url: SHARED.DATABASE_URL },
    redisUrl: SHARED.REDIS_URL,
  });
  expect(readConfig({ ...SHARED, DATABASE_URL: "postgres://db.lan/waybell" }).database.kind).toBe("postgresql");
});

it("says what processes that share a database need the same of, and repeats no password", () => {
  const { DATABASE_URL } = SHARED;
  const found = problems({ DATABASE_URL });
  expect(found.map((problem) => problem.split(" ")[0])).toEqual(["REDIS_URL", "SECRETS_KEYS", "ADMIN_KEY"]);
  expect(problems({ ...SHARED, DATABASE_URL: "file:x.db" })).toEqual([
    expect.stringMatching(/^REDIS_URL is set, but a SQLite/),
  ]);
  expect(problems({ ...SHARED, REDIS_URL: "http://:s3cret@redis.lan" })).toEqual([
    expect.stringMatching(/^REDIS_URL must be/),
  ]);
  const unnamed = problems({ ...SHARED, DATABASE_URL: "postgresql://waybell:s3cret@db.lan" });
  expect(unnamed).toEqual([expect.stringMatching(/^DATABASE_URL must name the database/)]);
  expect(problems({ DATABASE_URL: "mysql://waybell:s3cret@db.lan/x" })).toEqual([
    expect.stringMatching(/^DATABASE_URL must begin/),
  ]);
  for (const text of [...found, ...unnamed]) expect(text).not.toContain("s3cret");
});

it("takes no key as lost that it was given", () => {
  const key = `k1:${Buffer.alloc(32).toString("base64")}`;
  expect(readConfig({ SECRETS_KEYS: key, SECRETS_LOST: "k0, k2" }).secretsLost).toEqual(["k0", "k2"]);
  expect(readConfig({}).secretsLost).toEqual([]);
  expect(() => readConfig({ SECRETS_KEYS: key, SECRETS_LOST: "k1" })).toThrow(/SECRETS_LOST names the key "k1"/);
});

it("takes an OpenID provider whole, by HTTPS, and lets it make users of named domains alone", () => {
  const OIDC = { OIDC_ISSUER: "https://login.example", OIDC_CLIENT_ID: "waybell", OIDC_CLIENT_SECRET: "s3cret" };
  const PUBLIC_URL = "https://waybell.example";
  expect(readConfig({}).oidc).toBeNull();
  const more = { OIDC_ALLOWED_DOMAINS: "Example.com, b.example", OIDC_DEFAULT_ROLE: "auditor" };
  expect(readConfig({ ...OIDC, ...more, PUBLIC_URL }).oidc).toEqual({
    ...{ issuer: "https://login.example", clientId: "waybell", clientSecret: "s3cret" },
    ...{ allowedDomains: ["example.com", "b.example"], defaultRole: "auditor" },
  });
  const firstWords = (env: Record<string, string>) => problems(env).map((problem) => problem.split(/[ ,:]/)[0]);
  expect(firstWords({ ...OIDC, OIDC_CLIENT_SECRET: "", PUBLIC_URL })).toEqual(["OIDC_ISSUER"]);
  expect(firstWords({ ...OIDC })).toEqual(["PUBLIC_URL"]);
  expect(firstWords({ ...OIDC, OIDC_ISSUER: "http://login.example", PUBLIC_URL })).toEqual(["OIDC_ISSUER"]);
  expect(firstWords({ ...OIDC, OIDC_DEFAULT_ROLE: "auditor", PUBLIC_URL })).toEqual(["OIDC_ALLOWED_DOMAINS"]);
  const admin = { OIDC_DEFAULT_ROLE: "admin", OIDC_ALLOWED_DOMAINS: "no domain" };
  expect(firstWords({ ...OIDC, ...admin, PUBLIC_URL })).toEqual(["OIDC_ALLOWED_DOMAINS", "OIDC_DEFAULT_ROLE"]);
});
