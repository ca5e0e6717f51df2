import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { Connections } from "../../src/transports/connections.js";
import { HttpClients, IdleConnections } from "../../src/transports/http-clients.js";
import { httpPost } from "../../src/transports/http-post.js";
import type { SendContext } from "../../src/transports/transport.js";
import { makeCertificate } from "../support/certificates.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { type HostileServer, silent, speaking, startHostile } from "../support/hostile-servers.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

const BANNER = "SSH-2.0-OpenSSH_9.2\r\n";
const server = makeCertificate();
const client = makeCertificate(["acme"]);

let connections: Connections;
let healthy: HttpReceiver;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  connections = new Connections({ clock: systemClock });
  healthy = await startHttpReceiver();
});
afterEach(async () => {
  await connections.close();
  for (const stop of stops.splice(0)) await stop();
  await healthy.stop();
});

const post = (options: Readonly<Record<string, unknown>>, init: Partial<SendContext> = {}) =>
  httpPost.send(jsonPayload("{}"), options, sendContext({ connections, ...init }));

async function start(...args: Parameters<typeof startHostile>): Promise<HostileServer> {
  const started = await startHostile(...args);
  stops.push(started.stop);
  return started;
}

/** So many sends to somebody else as give the first receiver the time for hundreds of connections. */
async function meanwhile(): Promise<void> {
  for (let sends = 0; sends < 50; sends++) await post({ url: healthy.url });
}

describe("a receiver that speaks before it is asked", () => {
  it("gets one connection of an attempt, and none after it", async () => {
    const hostile = await start(speaking(BANNER));
    expect(await errorOf(post({ url: `http://127.0.0.1:${hostile.port}/` }))).toMatchObject({
      fault: "ambiguous",
      code: "not_http",
    });
    await meanwhile();
    expect(hostile.accepted).toBe(1);
  });

  it("while its verdict on a client certificate is waited for, has got nothing, by one connection", async () => {
    const hostile = await start(speaking(BANNER), server);
    const clientCertificate = { certificate: client.cert, key: client.key };
    const options = { url: `https://127.0.0.1:${hostile.port}/`, ca: server.cert, clientCertificate };
    const error = await errorOf(post(options, { signal: AbortSignal.timeout(10_000) }));
    expect(error).toMatchObject({ fault: "connection", code: "protocol" });
    expect(error.message).toContain("spoke before it was asked anything");
    await meanwhile();
    expect(hostile.accepted).toBe(1);
  });

  it.each(["http", "https"])("behind a proxy has got nothing, by one connection (%s)", async (protocol) => {
    const resolve = createResolver({ egressAllow: ["10.0.0.0/8"] });
    const proxy = await startConnectProxy();
    stops.push(proxy.stop);
    const hostile = await start(speaking(BANNER));
    // Its first words come with the proxy's.
    if (protocol === "http") proxy.answer = `HTTP/1.1 200 Connection established\r\n\r\n${BANNER}`;
    const url = `${protocol}://10.0.0.1:${hostile.port}/`;
    const init = { resolve, proxy: proxy.egress, signal: AbortSignal.timeout(10_000) };
    const code = protocol === "http" ? "protocol" : "tls";
    expect(await errorOf(post({ url }, init))).toMatchObject({ fault: "connection", code });
    await meanwhile();
    expect(proxy.asked).toHaveLength(1);
  });
});

describe("one request", () => {
  /** Hands a connection over only once its other end has spoken: undici drops it, and asks for the next. */
  function clientsOfTalkers(port: number) {
    const asked: Socket[] = [];
    const clients = new HttpClients(
      { pipelining: 1 },
      (_to, callback) => {
        const socket = connect(port, "127.0.0.1");
        asked.push(socket);
        socket.once("readable", () => callback(null, socket));
      },
      new IdleConnections(1),
    );
    return { asked, clients };
  }

  function asking(onResponseError: (controller: unknown, error: Error) => void) {
    const ignore = () => undefined;
    const answer = { onResponseStart: ignore, onResponseData: ignore, onResponseEnd: ignore };
    return { hasEnded: false, onRequestStart: ignore, ...answer, onResponseError };
  }

  it("opens one connection, whatever becomes of it before the request begins", async () => {
    const hostile = await start(speaking(BANNER));
    const { asked, clients } = clientsOfTalkers(hostile.port);
    const error = await new Promise<Error>((resolve) =>
      clients.dispatch(
        `http://127.0.0.1:${hostile.port}`,
        { path: "/", method: "POST", body: "{}" },
        asking((_controller, failure) => resolve(failure)),
      ),
    );
    expect(error).toMatchObject({ code: "ECONNRESET" });
    expect(asked).toHaveLength(1);
    await clients.closeAll();
  });

  it("opens none once nobody waits for it", async () => {
    const hostile = await start(speaking(BANNER));
    const { asked, clients } = clientsOfTalkers(hostile.port);
    const ended = asking(() => undefined);
    clients.dispatch(`http://127.0.0.1:${hostile.port}`, { path: "/", method: "GET" }, ended);
    ended.hasEnded = true;
    await new Promise((resolve) => asked[0]?.once("close", resolve));
    await meanwhile();
    expect(asked).toHaveLength(1);
  });

  it("that the deadline breaks off is followed by no connection", async () => {
    const hanging = await start(silent);
    const url = `http://127.0.0.1:${hanging.port}/`;
    expect(await errorOf(post({ url }, { signal: AbortSignal.timeout(100) }))).toMatchObject({ code: "timeout" });
    await meanwhile();
    expect(hanging.accepted).toBe(1);
  });
});
