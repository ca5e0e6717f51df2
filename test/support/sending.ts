import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Readable } from "node:stream";
import { systemClock } from "../../src/clock.js";
import { TransportError } from "../../src/errors.js";
import type { Payload, StreamedBody } from "../../src/templates/template.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { Connections } from "../../src/transports/connections.js";
import type { SendContext } from "../../src/transports/transport.js";

const allowLoopback = createResolver({ egressAllow: ["127.0.0.0/8", "::1"] });
let sends = 0;

/** A context whose guard allows the loopback network; `init` overrides any part of it. */
export function sendContext(init: Partial<SendContext> = {}): SendContext {
  const connections = init.connections ?? new Connections({ clock: systemClock });
  return {
    signal: new AbortController().signal,
    ids: { webhookId: `dlv_test${++sends}`, timestamp: Math.floor(Date.now() / 1000) },
    leaseKey: "ep_contract:1",
    resolve: allowLoopback,
    clock: systemClock,
    startBy: Number.POSITIVE_INFINITY,
    mayHaveArrived: false,
    success: { statusCodes: [], bodyIncludes: "" },
    ...init,
    connections,
  };
}

/** A JSON payload of `text`. */
export function jsonPayload(text: string): Payload {
  return { contentType: "application/json", body: Buffer.from(text) };
}

/** A body of `length` bytes in chunks of 64 KiB, and its bytes, for comparison. */
export function streamedBody(length: number): { body: StreamedBody; bytes: Buffer } {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = 33 + ((at * 31 + (at >> 8)) % 90);
  function* chunks(): Generator<Buffer> {
    for (let at = 0; at < length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  return { body: { length, summary: `[${length} bytes]`, open: () => Readable.from(chunks()) }, bytes };
}

/** The TransportError that `sending` ends with; fails when it ends with anything else. */
export async function errorOf(sending: Promise<unknown>): Promise<TransportError> {
  const outcome = await sending.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error(`sent, though it should not have been: ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof TransportError)) throw outcome.error;
  return outcome.error;
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
