import { afterEach, describe, expect, it } from "vitest";
import { createResolver, hostRefusal } from "../../src/transports/address-guard.js";
import { type DnsRecords, type DnsServer, startDnsServer } from "../support/dns.js";
import { errorOf } from "../support/sending.js";

const { signal } = new AbortController();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function startDns(records: DnsRecords): Promise<DnsServer> {
  const dns = await startDnsServer(records);
  stops.push(() => void dns.stop());
  return dns;
}

describe("createResolver", () => {
  it.each([
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1.",
    "１２７.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "[::1]",
    "::",
    "::ffff:127.0.0.1",
    "[::ffff:7f00:1]",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "4000::1",
  ])("refuses %s", async (host) => {
    const error = await errorOf(createResolver({ egressAllow: [] })(host, signal));
    expect(error).toMatchObject({ fault: "config", code: "address_refused", eventOnly: false });
  });

  it.each([
    "",
    "a b",
    "a/b",
    "user@example.com",
    "example.com:80",
    "[::1]:80",
    "1.2.3.4.5",
    "x".repeat(300),
    "a#b",
    "a?b",
  ])("refuses %j, which is no host", async (host) => {
    const error = await errorOf(createResolver({ egressAllow: ["0.0.0.0/0", "::/0"] })(host, signal));
    expect(error).toMatchObject({ fault: "config", code: "address_refused" });
  });

  it.each([
    ["8.8.8.8", "8.8.8.8", 4],
    ["0x08.8.8.8", "8.8.8.8", 4],
    ["::ffff:8.8.8.8", "8.8.8.8", 4],
    ["[2606:4700::1111]", "2606:4700::1111", 6],
  ])("lets %s through as %s", async (host, address, family) => {
    expect(await createResolver({ egressAllow: [] })(host, signal)).toEqual([{ address, family }]);
  });

  it("lets through what EGRESS_ALLOW names: networks, addresses and host names", async () => {
    const resolve = createResolver({ egressAllow: ["127.0.0.0/8", "10.0.0.7", "fd00::/8", "LocalHost."] });
    expect(await resolve("127.1", signal)).toEqual([{ address: "127.0.0.1", family: 4 }]);
    expect(await resolve("::ffff:127.0.0.9", signal)).toEqual([{ address: "127.0.0.9", family: 4 }]);
    expect(await resolve("10.0.0.7", signal)).toHaveLength(1);
    expect(await resolve("fd00::5", signal)).toHaveLength(1);
    expect((await resolve("localhost", signal)).length).toBeGreaterThan(0);
    await expect(resolve("10.0.0.8", signal)).rejects.toMatchObject({ code: "address_refused" });
  });

  it("checks the IPv4 address inside an IPv6 one even where the outer network is allowed", async () => {
    const resolve = createResolver({ egressAllow: ["64:ff9b::/96", "2002::/16"] });
    expect(await resolve("64:ff9b::8.8.8.8", signal)).toHaveLength(1);
    await expect(resolve("64:ff9b::10.0.0.1", signal)).rejects.toMatchObject({ code: "address_refused" });
    await expect(resolve("2002:a00:1::", signal)).rejects.toMatchObject({ code: "address_refused" });
  });

  it("names the entry of EGRESS_ALLOW that it cannot read", () => {
    expect(() => createResolver({ egressAllow: ["10.0.0.0/8", "10.0.0.0/99"] })).toThrow(/"10\.0\.0\.0\/99"/);
    expect(() => createResolver({ egressAllow: ["http://erp.lan"] })).toThrow(/erp\.lan/);
  });

  it("refuses a name when one of its addresses is not allowed", async () => {
    const { server } = await startDns({
      "mixed.example": ["8.8.8.8", "10.0.0.1"],
      "good.example": ["8.8.8.8", "9.9.9.9"],
    });
    const resolve = createResolver({ egressAllow: [], dnsServers: [server] });
    const error = await errorOf(resolve("mixed.example", signal));
    expect(error).toMatchObject({ fault: "config", code: "address_refused" });
    expect(error.message).toContain("10.0.0.1");
    expect((await resolve("good.example", signal)).map(({ address }) => address).sort()).toEqual([
      "8.8.8.8",
      "9.9.9.9",
    ]);
  });

  it("asks once for a name that many want at the same time, and keeps the answer", async () => {
    const { server, questions } = await startDns({ "once.example": ["8.8.8.8"] });
    const resolve = createResolver({ egressAllow: [], dnsServers: [server] });
    await Promise.all(Array.from({ length: 20 }, () => resolve("once.example", signal)));
    await resolve("ONCE.example.", signal);
    expect(questions.sort()).toEqual(["once.example A", "once.example AAAA"]);
  });

  it("refuses a name of more than 50 addresses, of which one behind them may not be allowed", async () => {
    const publicly = Array.from({ length: 60 }, (_, at) => `8.8.${at}.1`);
    const sixes = Array.from({ length: 30 }, (_, at) => `2606:4700::${at + 1}`);
    const { server, questions } = await startDns({
      "hidden.example": [...publicly, "10.0.0.1"],
      "many.example": publicly,
      "both.example": [...publicly.slice(0, 30), ...sixes],
      "full.example": publicly.slice(0, 50),
    });
    const resolve = createResolver({ egressAllow: [], dnsServers: [server] });
    for (const name of ["hidden.example", "many.example", "both.example"]) {
      const error = await errorOf(resolve(name, signal));
      expect(error, name).toMatchObject({ fault: "config", code: "address_refused" });
      expect(error.message).toContain(`"${name}" stands for more than 50 addresses`);
    }
    expect(await resolve("full.example", signal)).toHaveLength(50);
    questions.splice(0);
    await errorOf(resolve("hidden.example", signal));
    expect(questions, "kept like every answer").toEqual([]);
  });

  it("keeps the answers of 1,000 names, and 50 addresses of each", async () => {
    const names = Array.from({ length: 1001 }, (_, at) => `n${at}.example`);
    const many = Array.from({ length: 50 }, (_, at) => `8.8.${at}.1`);
    const { server, questions } = await startDns(
      Object.fromEntries([...names.map((name) => [name, ["8.8.8.8"]]), ["many.example", many]]),
    );
    const resolve = createResolver({ egressAllow: [], dnsServers: [server] });
    expect(await resolve("many.example", signal)).toHaveLength(50);
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(names.slice(at, at + 50).map((name) => resolve(name, signal)));
    questions.splice(0);
    await resolve("n1000.example", signal);
    expect(questions).toEqual([]);
    await resolve("many.example", signal);
    expect(questions.length).toBeGreaterThan(0);
  });

  it("blames DNS when the name does not exist or nobody answers", async () => {
    const { server } = await startDns({});
    const resolve = createResolver({ egressAllow: [], dnsServers: [server], timeoutMs: 300 });
    expect(await errorOf(resolve("missing.example", signal))).toMatchObject({ fault: "connection", code: "dns" });
    const started = performance.now();
    const silent = await errorOf(resolve("silent.example", signal));
    expect(silent).toMatchObject({ fault: "connection", code: "dns" });
    expect(performance.now() - started).toBeLessThan(1300);
  });

  it("ends at once when the signal aborts", async () => {
    const { server } = await startDns({});
    const resolve = createResolver({ egressAllow: [], dnsServers: [server] });
    const end = new AbortController();
    const looking = errorOf(resolve("silent.example", end.signal));
    end.abort();
    expect(await looking).toMatchObject({ fault: "connection", code: "timeout" });
  });
});

describe("hostRefusal", () => {
  it("refuses a setting with a literal private address, in any notation, and leaves names for later", () => {
    expect(hostRefusal("127.1", [])?.message).toContain("127.0.0.1");
    expect(hostRefusal("[::1]", [])?.message).toContain("::1");
    expect(hostRefusal("not a host", [])).toBeDefined();
    expect(hostRefusal("127.1", ["127.0.0.0/8"])).toBeUndefined();
    expect(hostRefusal("8.8.8.8", [])).toBeUndefined();
    expect(hostRefusal("erp.example", [])).toBeUndefined();
  });

  it("refuses names of this machine, unless it is allowed", () => {
    for (const name of ["localhost", "LOCALHOST.", "hook.localhost", "localhost%2e"])
      expect(hostRefusal(name, [])?.message).toContain("this machine");
    expect(hostRefusal("localhost", ["127.0.0.0/8"])).toBeUndefined();
    expect(hostRefusal("localhost", ["localhost"])).toBeUndefined();
    expect(hostRefusal("localhost.example", [])).toBeUndefined();
  });

  it("says what an address is", () => {
    expect(hostRefusal("192.168.7.1", [])?.message).toContain("private, RFC 1918");
    expect(hostRefusal("64:ff9b::a9fe:a9fe", [])?.message).toMatch(/leads to 169\.254\.169\.254: link-local/);
  });
});
