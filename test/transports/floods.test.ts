import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls, { type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { ftp } from "../../src/transports/ftp.js";
import { httpPost } from "../../src/transports/http-post.js";
import { makeCertificate } from "../support/certificates.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

/** More than are allowed, and so few that a server that is not stopped ends by itself. */
const HANDSHAKES = 2000;
const certificate = makeCertificate();
const limit = tls.CLIENT_RENEG_LIMIT;
let connections: Connections;
let handshakes = 0;
const stops: (() => void)[] = [];

// The server of Node ends such a connection itself, which a hostile one does not.
beforeAll(() => void Object.assign(tls, { CLIENT_RENEG_LIMIT: Number.POSITIVE_INFINITY }));
afterAll(() => void Object.assign(tls, { CLIENT_RENEG_LIMIT: limit }));
beforeEach(() => {
  handshakes = 0;
  connections = new Connections({ clock: systemClock });
});
afterEach(async () => {
  await connections.close();
  for (const stop of stops.splice(0)) stop();
});

/** Asks for a handshake after each handshake. */
function shakeHands(socket: TLSSocket): void {
  if (socket.destroyed || handshakes >= HANDSHAKES) return;
  socket.renegotiate({}, (error) => {
    handshakes++;
    if (!error) setImmediate(() => shakeHands(socket));
  });
}

/** A server that speaks TLS 1.2 and shakes hands from `begin` on. */
async function start(begin: (socket: TLSSocket, go: () => void) => void): Promise<number> {
  const server = tls.createServer({ ...certificate, maxVersion: "TLSv1.2" }, (socket) => {
    socket.on("error", () => {});
    begin(socket, () => shakeHands(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  stops.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const context = () => sendContext({ connections, fileName: "a.json", signal: AbortSignal.timeout(10_000) });
const post = (port: number) =>
  httpPost.send(jsonPayload("{}"), { url: `https://127.0.0.1:${port}/`, ca: certificate.cert }, context());

describe("a receiver that shakes hands without an end", () => {
  it("instead of an answer is broken off", async () => {
    const port = await start((socket, go) => socket.once("data", go));
    expect(await errorOf(post(port))).toMatchObject({ fault: "ambiguous", code: "protocol" });
    expect(handshakes).toBeLessThan(HANDSHAKES / 4);
  });

  it("after its answer, while nobody uses the connection, is broken off too", async () => {
    let closed: Promise<unknown> | undefined;
    const port = await start((socket, go) => {
      closed = once(socket, "close");
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", go));
    });
    await post(port);
    await closed;
    expect(handshakes).toBeLessThan(HANDSHAKES / 4);
  });

  it("instead of a greeting over FTPS is broken off", async () => {
    const port = await start((_socket, go) => go());
    const login = { username: "waybell", password: "Spoorweg-7" };
    const options = { host: "127.0.0.1", port, tls: "implicit", ca: certificate.cert, ...login };
    const error = await errorOf(ftp.send(jsonPayload("{}"), options, context()));
    expect(error).toMatchObject({ fault: "connection", code: "protocol" });
    expect(error.message).toContain("did not stop sending");
    expect(handshakes).toBeLessThan(HANDSHAKES / 4);
  });
});
