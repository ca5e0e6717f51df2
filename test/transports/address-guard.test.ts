import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { createResolver, hostRefusal, portRefusal } from "../../src/transports/address-guard.js";
import { errorOf } from "../support/sending.js";

const { signal } = new AbortController();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

type Records = Readonly<Record<string, readonly string[]>>;

/** A name server that knows IPv4 addresses only; "silent" names get no answer at all. */
async function startDns(records: Records): Promise<{ server: string; questions: string[] }> {
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    let at = 12;
    const labels: string[] = [];
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join(".");
    const isIpv4 = query.readUInt16BE(at + 1) === 1;
    questions.push(`${name} ${isIpv4 ? "A" : "AAAA"}`);
    if (name.startsWith("silent")) return;
    const known = records[name];
    const addresses = isIpv4 && known ? known : [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(addresses.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]),
    );
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  stops.push(() => socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, questions };
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

describe("hostRefusal and portRefusal", () => {
  it("refuse a setting with a literal private address, in any notation, and leave names for later", () => {
    expect(hostRefusal("127.1", [])).toContain("127.0.0.1");
    expect(hostRefusal("[::1]", [])).toContain("::1");
    expect(hostRefusal("not a host", [])).toBeDefined();
    expect(hostRefusal("127.1", ["127.0.0.0/8"])).toBeUndefined();
    expect(hostRefusal("8.8.8.8", [])).toBeUndefined();
    expect(hostRefusal("erp.example", [])).toBeUndefined();
  });

  it("refuse the ports of mail servers", () => {
    for (const port of [25, 465, 587, 2525]) expect(portRefusal(port)).toContain(String(port));
    for (const port of [21, 22, 80, 443, 990, 8080]) expect(portRefusal(port)).toBeUndefined();
  });
});
