import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { openSocket } from "../../src/transports/egress.js";
import { parseEgressProxy } from "../../src/transports/egress-proxy.js";
import { ftp } from "../../src/transports/ftp.js";
import { httpPost } from "../../src/transports/http-post.js";
import { LOGIN, TEXT, useOwnFtp } from "../servers/own-ftp.js";
import { makeCertificate } from "../support/certificates.js";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.js";
import { startDnsServer } from "../support/dns.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { closedPort, errorOf, jsonPayload, sendContext } from "../support/sending.js";
import { type FiveWays, startFiveWays, WAYS, type Way } from "./five-ways.js";

const PASSWORD = "Viaduct-9:/?";
const allowed = createResolver({ egressAllow: ["127.0.0.0/8", "10.0.0.0/8"] });
const opens = (way: Way) => (way === "ftp" || way === "oauth2" ? 2 : 1);

let ways: FiveWays;
let proxy: ConnectProxy;
beforeAll(async () => {
  ways = await startFiveWays();
});
beforeEach(async () => {
  proxy = await startConnectProxy({ login: `waybell:${PASSWORD}` });
});
afterEach(() => proxy.stop());
afterAll(() => ways.stop());

const through = () => ({ resolve: allowed, proxy: proxy.egress });

describe("every connection", () => {
  it.each(WAYS)("goes through the proxy, with its login, to the checked address (%s)", async (way) => {
    await ways.send(way, "10.1.2.3", through());
    expect(proxy.asked).toHaveLength(opens(way));
    for (const target of proxy.asked) expect(target).toMatch(/^10\.1\.2\.3:\d+$/);
    const login = Buffer.from(`waybell:${PASSWORD}`).toString("base64");
    for (const head of proxy.heads) expect(head).toContain(`Proxy-Authorization: Basic ${login}\r\n`);
  });

  it.each(WAYS)("is asked for by address, not by name, so that nobody else looks it up (%s)", async (way) => {
    const dns = await startDnsServer({ "hook.example": [{ addresses: ["10.0.0.7"] }, { addresses: ["127.0.0.1"] }] });
    const resolve = createResolver({ egressAllow: ["10.0.0.7"], dnsServers: [dns.server] });
    await ways.send(way, "hook.example", { resolve, proxy: proxy.egress });
    for (const target of proxy.asked) expect(target).toMatch(/^10\.0\.0\.7:\d+$/);
    await dns.stop();
  });

  it.each(WAYS)(
    "is still refused by Waybell where the address is not allowed: the proxy is not asked (%s)",
    async (way) => {
      const resolve = createResolver({ egressAllow: [] });
      const error = await errorOf(ways.send(way, "10.1.2.3", { resolve, proxy: proxy.egress }));
      expect(error).toMatchObject({ fault: "config", code: "address_refused" });
      expect(proxy.asked).toEqual([]);
    },
  );

  const certificate = makeCertificate(["127.0.0.1", "10.9.9.9"]);

  it("to an HTTPS receiver is secured end to end, also when it is checked", async () => {
    const receiver = await startHttpReceiver({ certificate });
    const context = sendContext(through());
    const options = { url: `https://10.9.9.9:${receiver.port}/hook`, ca: certificate.cert };
    for (let sends = 0; sends < 4; sends++) await httpPost.send(jsonPayload("{}"), options, context);
    expect(receiver.received).toHaveLength(4);
    expect(new Set(proxy.asked)).toEqual(new Set([`10.9.9.9:${receiver.port}`]));
    // What the proxy has opened is kept as other connections are.
    expect(proxy.asked.length).toBeLessThan(4);
    const steps = await httpPost.check(options, context);
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ["resolve", true],
      ["connect", true],
      ["tls", true],
      ["request", true],
    ]);
    expect(steps[1]?.detail).toBe(`connected to 10.9.9.9 port ${receiver.port}`);
    await context.connections.close();
    await receiver.stop();
  });

  it("to an HTTPS receiver of another name is refused behind the proxy too", async () => {
    const receiver = await startHttpReceiver({ certificate });
    const context = sendContext(through());
    const options = { url: `https://10.8.8.8:${receiver.port}/hook`, ca: certificate.cert };
    expect(await errorOf(httpPost.send(jsonPayload("{}"), options, context))).toMatchObject({ code: "tls" });
    await context.connections.close();
    await receiver.stop();
  });

  const own = useOwnFtp();

  it.each(["explicit", "implicit"] as const)("of FTP over TLS, control and data (%s)", async (mode) => {
    const server = await startFtpServer({ root: own.root, ...LOGIN, tls: { mode, ...certificate } });
    const options = own.options({ host: "10.9.9.9", port: server.port, tls: mode, ca: certificate.cert });
    await ftp.send(jsonPayload(TEXT), options, own.context(through()));
    expect(own.content()).toBe(TEXT);
    expect(proxy.asked).toHaveLength(2);
    for (const target of proxy.asked) expect(target).toMatch(/^10\.9\.9\.9:\d+$/);
    await server.close();
  });

  it("to the next address when the proxy cannot reach the first", async () => {
    const away = await startConnectProxy({ host: "127.0.0.2" });
    const receiver = await startHttpReceiver();
    const addresses = ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, family: 4 as const }));
    const to = { addresses, port: receiver.port, use: "http", proxy: away.egress } as const;
    // It connects to 127.0.0.2, where the receiver does not listen.
    await expect(openSocket(to, () => undefined)).rejects.toMatchObject({ fault: "connection", code: "connect" });
    expect(away.asked).toEqual([`10.0.0.1:${receiver.port}`, `10.0.0.2:${receiver.port}`]);
    await away.stop();
    await receiver.stop();
  });
});

const REFUSALS: readonly (readonly [what: string, answer: string, code: string, message: RegExp])[] = [
  [
    "its login",
    "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
    "proxy",
    /does not accept the login of EGRESS_PROXY \(407\)/,
  ],
  [
    "the destination",
    "HTTP/1.1 403 Forbidden\r\nx: y\r\n\r\nNo!",
    "proxy",
    /refused the connection to 127\.0\.0\.1:\d+ \(403\)/,
  ],
  [
    "by not reaching it",
    "HTTP/1.0 502 Bad Gateway\r\n\r\n",
    "connect",
    /cannot be reached through the egress proxy \(502\)/,
  ],
  ["by another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "proxy", /does not answer as an HTTP proxy/],
  ["by a redirect", "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\n\r\n", "proxy", /\(302\)/],
  ["by a head without an end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`, "proxy", /an answer without an end/],
];

describe("a proxy that refuses", () => {
  describe.each(REFUSALS)("%s", (_what, answer, code, message) => {
    it.each(WAYS)("is a fault of the connection that shows no secret (%s)", async (way) => {
      proxy.answer = answer;
      const error = await errorOf(ways.send(way, "127.0.0.1", through()));
      expect(error).toMatchObject({ fault: "connection", code: way === "oauth2" ? "oauth_unavailable" : code });
      expect(error.message).toMatch(message);
      const shown = JSON.stringify([error.message, error.response, String(error.cause), error.stack]);
      for (const secret of ["Viaduct", Buffer.from(`waybell:${PASSWORD}`).toString("base64")])
        expect(shown).not.toContain(secret);
    });
  });

  it.each(WAYS)("by being down is a fault of the connection (%s)", async (way) => {
    const egress = { host: "127.0.0.1", port: await closedPort() };
    const error = await errorOf(ways.send(way, "127.0.0.1", { resolve: allowed, proxy: egress }));
    expect(error.fault).toBe("connection");
    expect(error.message).toMatch(/The egress proxy 127\.0\.0\.1:\d+ cannot be reached/);
  });

  it.each(["http-post", "ftp", "sftp"] as const)("by saying nothing is ended at the deadline (%s)", async (way) => {
    proxy.answer = "";
    const signal = AbortSignal.timeout(200);
    const error = await errorOf(ways.send(way, "127.0.0.1", { ...through(), signal }));
    expect(error).toMatchObject({ fault: "connection", code: "timeout" });
  });
});

describe("EGRESS_PROXY", () => {
  it("is a host and a port, with or without a login", () => {
    expect(parseEgressProxy("http://proxy.lan:3128")).toEqual({ host: "proxy.lan", port: 3128 });
    expect(parseEgressProxy("http://proxy.lan/")).toEqual({ host: "proxy.lan", port: 80 });
    expect(parseEgressProxy("http://[::1]:3128")).toEqual({ host: "::1", port: 3128 });
    const authorization = `Basic ${Buffer.from("a b:c:d/é").toString("base64")}`;
    expect(parseEgressProxy("http://a%20b:c%3Ad%2F%C3%A9@10.0.0.1:8080")).toEqual({
      host: "10.0.0.1",
      port: 8080,
      authorization,
    });
  });

  it.each([
    "proxy.lan:3128",
    "https://proxy.lan",
    "socks5://proxy.lan",
    "http://proxy.lan/x",
    "http://p/?a=b",
    "http://",
    "http://%ff@p",
  ])("is not %s", (text) => {
    expect(parseEgressProxy(text)).toBeUndefined();
  });
});
