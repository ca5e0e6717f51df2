import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { ftp } from "../../src/transports/ftp.js";
import { httpPost } from "../../src/transports/http-post.js";
import { LOGIN, NAME, TEXT, useOwnFtp } from "../servers/own-ftp.js";
import { makeCertificate } from "../support/certificates.js";
import { type DnsRecords, type DnsServer, startDnsServer } from "../support/dns.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";
import { type FiveWays, startFiveWays, WAYS } from "./five-ways.js";

const { signal } = new AbortController();
const NAMED = "hook.example";
const stops: (() => Promise<unknown>)[] = [];
let ways: FiveWays;
beforeAll(async () => {
  ways = await startFiveWays();
});
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));
afterAll(() => ways.stop());

async function nameServer(records: DnsRecords): Promise<DnsServer> {
  const dns = await startDnsServer(records);
  stops.push(() => dns.stop());
  return dns;
}

/** Answers in turns, as who wants to pass the check and then be connected to elsewhere does. */
const rebinding = (...turns: string[]): DnsRecords => ({
  [NAMED]: turns.map((address) => ({ addresses: [address], ttl: 0 })),
});

describe("a name that changes its address after it was checked", () => {
  it.each(WAYS)("is refused at the next connection, and nothing connects (%s)", async (way) => {
    const dns = await nameServer(rebinding("8.8.8.8", "127.0.0.1"));
    // Each guard with no memory of what the one before was told: as if the time to live had passed.
    const guard = () => createResolver({ egressAllow: [], dnsServers: [dns.server] });
    expect(await guard()(NAMED, signal)).toEqual([{ address: "8.8.8.8", family: 4 }]);
    const before = ways.accepted();
    const error = await errorOf(ways.send(way, NAMED, { resolve: guard() }));
    expect(error).toMatchObject({ fault: "config", code: "address_refused" });
    expect(error.message).toContain("127.0.0.1");
    expect(ways.accepted()).toBe(before);
  });

  it.each(WAYS)("is connected to where it was checked: nobody looks it up again (%s)", async (way) => {
    const dns = await nameServer(rebinding("127.0.0.1", "127.0.0.66", "10.0.0.1"));
    const resolve = createResolver({ egressAllow: ["127.0.0.1"], dnsServers: [dns.server] });
    const before = ways.accepted();
    expect((await ways.send(way, NAMED, { resolve })).code).toBeGreaterThan(0);
    expect(ways.accepted()).toBeGreaterThan(before);
    expect(dns.questions.sort()).toEqual([`${NAMED} A`, `${NAMED} AAAA`]);
  });
});

describe("the name is kept", () => {
  const certificate = makeCertificate([NAMED]);
  const guard = async (name = NAMED) => {
    const dns = await nameServer({ [name]: ["127.0.0.1"] });
    return createResolver({ egressAllow: ["127.0.0.1"], dnsServers: [dns.server] });
  };
  const own = useOwnFtp();

  it.each([NAMED, `${NAMED}.`])("for Host, SNI and the certificate of an HTTPS receiver (%s)", async (host) => {
    const receiver = await startHttpReceiver({ certificate });
    stops.push(() => receiver.stop());
    const context = sendContext({ resolve: await guard() });
    const url = `https://${host}:${receiver.port}/hook`;
    await httpPost.send(jsonPayload("{}"), { url, ca: certificate.cert }, context);
    expect(receiver.received[0]?.headers.host).toBe(`${host}:${receiver.port}`);
    await context.connections.close();
  });

  it("so that a certificate of another name is refused, though the address is the same", async () => {
    const receiver = await startHttpReceiver({ certificate });
    stops.push(() => receiver.stop());
    const context = sendContext({ resolve: await guard("other.example") });
    const url = `https://other.example:${receiver.port}/hook`;
    const error = await errorOf(httpPost.send(jsonPayload("{}"), { url, ca: certificate.cert }, context));
    expect(error).toMatchObject({ fault: "connection", code: "tls" });
    expect(receiver.received).toEqual([]);
    await context.connections.close();
  });

  it.each(["explicit", "implicit"] as const)("for the certificates of an FTP server (%s)", async (mode) => {
    const server = await startFtpServer({ root: own.root, ...LOGIN, tls: { mode, ...certificate } });
    stops.push(() => server.close());
    const secured = { port: server.port, tls: mode, ca: certificate.cert };
    const resolve = await guard();
    const options = own.options({ ...secured, host: `${NAMED}.` });
    await ftp.send(jsonPayload(TEXT), options, own.context({ resolve }));
    expect(own.content()).toBe(TEXT);
    const other = own.options({ ...secured, host: "other.example" });
    const elsewhere = own.context({ resolve: await guard("other.example"), leaseKey: "other" });
    expect(await errorOf(ftp.send(jsonPayload(TEXT), other, elsewhere))).toMatchObject({ code: "tls" });
    expect(own.names()).toEqual([NAME]);
  });
});

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("%i to another address is not followed, and is told", async (status) => {
    const elsewhere = await startHttpReceiver();
    const receiver = await startHttpReceiver();
    stops.push(
      () => elsewhere.stop(),
      () => receiver.stop(),
    );
    receiver.answer = { status, headers: { location: `${elsewhere.url}/latest/meta-data` } };
    const context = sendContext();
    const error = await errorOf(httpPost.send(jsonPayload("{}"), { url: receiver.url }, context));
    expect(error).toMatchObject({ fault: "response", code: `http_${status}` });
    expect(error.message).toContain(`${elsewhere.url}/latest/meta-data`);
    expect(elsewhere.accepted).toBe(0);
    await context.connections.close();
  });
});
