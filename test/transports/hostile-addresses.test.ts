import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createResolver, hostRefusal } from "../../src/transports/address-guard.js";
import { guardedTransports } from "../../src/transports/index.js";
import type { SendContext } from "../../src/transports/transport.js";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.js";
import { type DnsServer, startDnsServer } from "../support/dns.js";
import { errorOf } from "../support/sending.js";
import { bracketed, type FiveWays, startFiveWays, WAYS, type Way } from "./five-ways.js";
import { HOSTILE_HOSTS, HOSTILE_NAMES } from "./hostile-hosts.js";

let ways: FiveWays;
let dns: DnsServer;
/** Stands for the network: whatever address it is asked for, it connects to the servers of this test. */
let network: ConnectProxy;

beforeAll(async () => {
  [ways, dns, network] = await Promise.all([startFiveWays(), startDnsServer(HOSTILE_NAMES), startConnectProxy()]);
});
afterAll(() => Promise.all([ways.stop(), dns.stop(), network.stop()]));

const isFile = (way: Way) => way === "ftp" || way === "sftp";
const guard = (egressAllow: readonly string[]): Pick<SendContext, "resolve" | "proxy"> => ({
  resolve: createResolver({ egressAllow, dnsServers: [dns.server] }),
});

/** A URL that cannot be read is refused before its host is looked at. */
const REFUSED = /^(address_refused|url_invalid)$/;

it("knows at least 120 hostile hosts, each once", () => {
  expect(HOSTILE_HOSTS.length).toBeGreaterThanOrEqual(120);
  expect(new Set(HOSTILE_HOSTS.map(({ host }) => host)).size).toBe(HOSTILE_HOSTS.length);
});

describe("a hostile host is refused on every transport, and nothing connects", () => {
  it.each(HOSTILE_HOSTS)("$host", async ({ host, means, allow }) => {
    const before = ways.accepted();
    for (const way of WAYS) {
      // What is no host stays refused whatever is allowed; in a URL part of it may be one.
      const context = guard(means.length > 0 || !isFile(way) ? [] : allow);
      const outcome = await errorOf(ways.send(way, host, context));
      expect([way, outcome.fault, outcome.code]).toEqual([way, "config", expect.stringMatching(REFUSED)]);
    }
    expect(ways.accepted()).toBe(before);
  });
});

describe("its twin that EGRESS_ALLOW names passes on every transport, to that address alone", () => {
  it.each(HOSTILE_HOSTS.filter(({ means }) => means.length > 0))("$host", async ({ host, means, allow }) => {
    const context = { ...guard(allow), proxy: network.egress };
    // Zones have no place in a URL (WHATWG URL, host parsing).
    for (const way of WAYS.filter((each) => isFile(each) || URL.canParse(`http://${bracketed(host)}/`))) {
      network.asked.splice(0);
      expect((await ways.send(way, host, context)).code).toBeGreaterThan(0);
      const port = ways.ports[way];
      // The resolver may order the addresses of a name as it likes.
      const possible = means.map((address) => `${address.includes(":") ? `[${address}]` : address}`);
      const [first = ""] = network.asked;
      expect(possible.map((address) => `${address}:${port}`)).toContain(first);
      const address = first.slice(0, first.lastIndexOf(":"));
      for (const each of network.asked) expect(each.slice(0, each.lastIndexOf(":"))).toBe(address);
      // FTP: control and data. OAuth: the token server and the receiver.
      expect(network.asked.length).toBe(way === "ftp" || way === "oauth2" ? 2 : 1);
    }
  });
});

const HIDING = [
  "http://8.8.8.8@127.0.0.1/",
  "http://example.com:80@127.0.0.1:8080/",
  "http://127.0.0.1\\@example.com/",
  "http://example.com@@127.0.0.1/",
  "https:127.0.0.1",
  "http:\\\\127.0.0.1\\x",
  "http:///127.0.0.1/",
  "ht\ntp://127.\t0.0.1/",
  " http://127.0.0.1/ ",
  "http://127.0.0.1#@example.com/",
  "http://①②⑦.⓪.⓪.①/",
  "http://[::ffff:127.0.0.1]/",
  "http://0x7f.1/",
  "http://localhost/",
  "http://a.localhost:8080/",
  "http://example.com:25/",
  "http://example.com:0/",
  "http://example.com:22/",
  "file:///etc/passwd",
  "gopher://127.0.0.1:70/_x",
  "ftp://example.com/",
  "data:text/plain,x",
  "javascript:alert(1)",
];

describe("when it is saved", () => {
  const isName = (host: string, name: string) =>
    URL.canParse(`http://${host}/`) && new URL(`http://${host}/`).hostname.replace(/\.$/, "") === name;
  const plain = HOSTILE_HOSTS.filter(({ host }) => !Object.keys(HOSTILE_NAMES).some((name) => isName(host, name)));

  it.each(plain)("$host is refused at once", ({ host, means, allow }) => {
    expect(hostRefusal(host, means.length > 0 ? [] : allow)).toBeDefined();
    if (means.length > 0) expect(hostRefusal(host, allow)).toBeUndefined();
    for (const type of ["ftp", "sftp"]) {
      const options = { host, username: "u", password: "p" };
      const paths = guardedTransports([])(type)
        ?.validate?.(options)
        .map(({ path }) => path);
      expect(paths).toContain("/host");
    }
  });

  it.each(["http-get", "http-post"])("URLs that hide a private address are refused (%s)", (type) => {
    const validate = (options: object) =>
      guardedTransports([])(type)
        ?.validate?.({ ...options })
        .map(({ path }) => path) ?? [];
    for (const url of HIDING) {
      expect([url, validate({ url })]).toEqual([url, expect.arrayContaining(["/url"])]);
      const auth = { type: "oauth2", tokenUrl: url, clientId: "a", clientSecret: "b" };
      expect([url, validate({ url: "https://example.com/", auth })]).toEqual([
        url,
        expect.arrayContaining(["/auth/tokenUrl"]),
      ]);
    }
  });
});
