import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readInPieces } from "../../src/transports/http-flood.js";

const BYTES = 60_000;
const stops: (() => void)[] = [];
let socket: Socket;

beforeEach(async () => {
  const server = createServer((other) => other.end(Buffer.alloc(BYTES, "a"))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  socket = connect(address.port, "127.0.0.1");
  stops.push(
    () => socket.destroy(),
    () => server.close(),
  );
  readInPieces(socket);
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

describe("a connection that is read in pieces", () => {
  it("gives all that came, at most 2 KiB at once", async () => {
    const sizes: number[] = [];
    socket.on("readable", () => {
      for (let piece = socket.read(); piece !== null; piece = socket.read()) sizes.push(piece.length);
    });
    await once(socket, "end");
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(BYTES);
    expect(Math.max(...sizes)).toBe(2048);
  });

  it("gives nothing more once it is destroyed, whatever came before", async () => {
    await once(socket, "readable");
    expect(socket.read()).toHaveLength(2048);
    socket.destroy();
    expect(socket.readableLength).toBeGreaterThan(0);
    expect(socket.read()).toBeNull();
  });
});
