import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { TransportError } from "../../src/errors.js";
import type { Payload, StreamedBody } from "../../src/templates/template.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { Connections } from "../../src/transports/connections.js";
import type { CheckStep, Receipt, SendContext, Transport } from "../../src/transports/transport.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";

type Options = Readonly<Record<string, unknown>>;

/** A real server that keeps what it gets. */
export interface ContractServer {
  readonly port: number;
  /** Options that reach this server through `port` of 127.0.0.1: its own, or that of a proxy in front of it. */
  options(port: number): Options;
  /** Every secret in those options. */
  readonly secrets: readonly string[];
  /** The same with a login that the server refuses; absent where there is no login. */
  wrongLogin?(port: number): Options;
  /** What arrived: the body as the server has it. `fileName` is the one that the send was given. */
  read(receipt: Receipt, fileName: string): Promise<Buffer>;
  /** Names of files that no send should have left (temporary ones, those of a check). */
  leftovers?(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** One transport against one kind of server. */
export interface TransportHarness {
  readonly transport: Transport;
  start(): Promise<ContractServer>;
  /** The steps of a check that finds nothing wrong, in their order. */
  readonly checkSteps: readonly CheckStep["step"][];
  /** How it carries a text, and what `read` shall give for it; by default a JSON body, byte for byte. */
  carry?(text: string): { payload: Payload; arrives: Buffer };
  /** false: it carries no body, so none of several MB either. */
  readonly streams?: boolean;
  /** The deadline of the tests with a silent and a dripping server; longer for servers with a slow greeting. */
  readonly deadlineMs?: number;
  /** Bytes from the client after which a connection is broken in the middle of a send of 5 MB (a long text, without streams). */
  readonly breakAfterBytes?: number;
}

const MiB = 1024 * 1024;
const TEXTS: readonly (readonly [title: string, text: string])[] = [
  ["ASCII", '{"order":"ASK132456798"}'],
  ["emoji and accents", '{"statusFR":"En route avec coursier 🚚 — livré à Liège, €5","x":"a+b & c=d%20"}'],
  ["line ends and quotes", '{"comment":"one\\r\\ntwo\\n\\"three\\"\t<&amp;>]]>"}'],
];

let counter = 0;

const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A context whose guard allows the loopback network; `init` overrides any part of it. */
export function sendContext(init: Partial<SendContext> = {}): SendContext {
  const connections = init.connections ?? new Connections({ clock: systemClock });
  return {
    signal: new AbortController().signal,
    ids: { webhookId: `dlv_contract${++counter}`, timestamp: Math.floor(Date.now() / 1000) },
    leaseKey: "ep_contract:1",
    resolve: allowLoopback,
    clock: systemClock,
    mayHaveArrived: false,
    success: { statusCodes: [], bodyIncludes: "" },
    ...init,
    connections,
  };
}

const allowLoopback = createResolver({ egressAllow: ["127.0.0.0/8", "::1"] });

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

/** Everything that an error says, its causes included: what ends up in logs, records and mails. */
function textOf(error: TransportError): string {
  const { message, code, response, remotePath, timings } = error;
  return `${JSON.stringify({ message, code, response, remotePath, timings })} ${error.stack ?? ""} ${String(error.cause)}`;
}

/** The suite that every transport passes against every server that it is said to work with. */
export function describeTransportContract(name: string, harness: TransportHarness): void {
  const { transport } = harness;
  const carry = harness.carry ?? ((text: string) => ({ payload: jsonPayload(text), arrives: Buffer.from(text) }));
  const streams = harness.streams ?? true;
  const deadlineMs = harness.deadlineMs ?? 800;

  describe(`${transport.name} to ${name}`, () => {
    let server: ContractServer;
    let proxy: FaultProxy;
    let connections: Connections;
    let fileName: string;
    const rejections: unknown[] = [];
    const noteRejection = (reason: unknown) => rejections.push(reason);

    beforeAll(async () => {
      process.on("unhandledRejection", noteRejection);
      server = await harness.start();
    });
    afterAll(async () => {
      await server?.stop();
      process.off("unhandledRejection", noteRejection);
    });
    beforeEach(async () => {
      proxy = await startFaultProxy({ port: server.port });
      connections = new Connections({ clock: systemClock });
      fileName = `contract_${Date.now()}_${++counter}.json`;
    });
    afterEach(async () => {
      await connections.close();
      await proxy.stop();
      expect(rejections).toEqual([]);
    });

    const context = (init: Partial<SendContext> = {}) =>
      sendContext({ connections, ...(transport.kind === "file" ? { fileName } : {}), ...init });
    const direct = () => server.options(server.port);
    const proxied = () => server.options(proxy.port);
    const bigPayload = (): Payload =>
      streams ? { contentType: "application/json", body: streamedBody(5 * MiB).body } : carry("x".repeat(4000)).payload;

    for (const [title, text] of TEXTS) {
      it(`delivers ${title} byte for byte`, async () => {
        const { payload, arrives } = carry(text);
        const receipt = await transport.send(payload, direct(), context());
        expect((await server.read(receipt, fileName)).toString("utf8")).toBe(arrives.toString("utf8"));
      });
    }

    if (streams) {
      it("delivers a streamed body of 5 MB byte for byte", async () => {
        const { body, bytes } = streamedBody(5_000_000);
        const receipt = await transport.send({ contentType: "application/json", body }, direct(), context());
        expect((await server.read(receipt, fileName)).equals(bytes)).toBe(true);
        expect(receipt.bytes).toBe(bytes.length);
      });
    }

    it("gives a receipt with a code, the bytes and the time of each step", async () => {
      const { payload, arrives } = carry("receipt");
      const receipt = await transport.send(payload, direct(), context());
      expect(receipt.code).toBeGreaterThanOrEqual(200);
      expect(receipt.code).toBeLessThan(300);
      expect(receipt.detail).not.toBe("");
      expect(receipt.bytes).toBe(arrives.length);
      expect(Object.keys(receipt.timings)).not.toHaveLength(0);
      for (const ms of Object.values(receipt.timings)) expect(ms).toBeGreaterThanOrEqual(0);
    });

    it("sends twice over one connection", async () => {
      const first = await transport.send(carry("first").payload, proxied(), context());
      // A connection may be given back in the turn of the event loop after the one in which its send ended.
      await nextTurn();
      const second = carry("second");
      fileName = `second_${fileName}`;
      const receipt = await transport.send(second.payload, proxied(), context());
      expect((await server.read(receipt, fileName)).equals(second.arrives)).toBe(true);
      expect(first.code).toBe(receipt.code);
      expect(proxy.accepted).toBe(1);
    });

    it("closes its connections when they are closed as a whole", async () => {
      await transport.send(carry("closing").payload, proxied(), context());
      await connections.close();
      await expect.poll(() => proxy.open, { timeout: 5000 }).toBe(0);
    });

    it("blames the connection when nothing listens on the port", async () => {
      const error = await errorOf(
        transport.send(carry("refused").payload, server.options(await closedPort()), context()),
      );
      expect(error).toMatchObject({ fault: "connection", code: "connect" });
    });

    it("blames the setting when the guard refuses the address", async () => {
      const resolve = createResolver({ egressAllow: [] });
      const error = await errorOf(transport.send(carry("guarded").payload, proxied(), context({ resolve })));
      expect(error).toMatchObject({ fault: "config", code: "address_refused", eventOnly: false });
      expect(proxy.accepted).toBe(0);
    });

    it("sends nothing when the signal was aborted before", async () => {
      const error = await errorOf(
        transport.send(carry("aborted").payload, proxied(), context({ signal: AbortSignal.abort() })),
      );
      expect(error.fault).toBe("connection");
      expect(proxy.accepted).toBe(0);
    });

    it("ends at the deadline when the server is silent", async () => {
      proxy.setFault({ kind: "black-hole" });
      const started = performance.now();
      const signal = AbortSignal.timeout(deadlineMs);
      const error = await errorOf(transport.send(carry("silence").payload, proxied(), context({ signal })));
      expect(error.code).toBe("timeout");
      expect(["connection", "ambiguous"]).toContain(error.fault);
      expect(performance.now() - started).toBeLessThan(deadlineMs + 1000);
    });

    it("ends at the total deadline when the server answers byte by byte", async () => {
      proxy.setFault({ kind: "drip", everyMs: 100 });
      const started = performance.now();
      const signal = AbortSignal.timeout(deadlineMs);
      const error = await errorOf(transport.send(carry("drip").payload, proxied(), context({ signal })));
      expect(error.code).toBe("timeout");
      expect(["connection", "ambiguous"]).toContain(error.fault);
      expect(performance.now() - started).toBeLessThan(deadlineMs + 1000);
    });

    for (const kind of ["reset", "cut"] as const) {
      it(`does not call it delivered when the connection is ${kind} in mid-send`, async () => {
        proxy.setFault({ kind, afterBytes: harness.breakAfterBytes ?? 100 });
        const signal = AbortSignal.timeout(10_000);
        const error = await errorOf(transport.send(bigPayload(), proxied(), context({ signal })));
        expect(["connection", "ambiguous"]).toContain(error.fault);
        expect(error.code).not.toBe("timeout");
      });
    }

    it("delivers again after a broken connection", async () => {
      await transport.send(carry("before").payload, proxied(), context());
      proxy.setFault({ kind: "reset", afterBytes: 1 });
      await errorOf(transport.send(carry("broken").payload, proxied(), context()));
      proxy.setFault({ kind: "none" });
      fileName = `again_${fileName}`;
      const { payload, arrives } = carry("again");
      const receipt = await transport.send(payload, proxied(), context());
      expect((await server.read(receipt, fileName)).equals(arrives)).toBe(true);
    });

    it("leaves nothing behind beside what was delivered", async () => {
      expect(await server.leftovers?.()).toEqual(server.leftovers ? [] : undefined);
    });

    it("checks step by step and delivers nothing", async () => {
      const before = (await server.leftovers?.()) ?? [];
      const steps = await transport.check(direct(), context());
      expect(steps.filter((step) => !step.ok)).toEqual([]);
      expect(steps.map((step) => step.step)).toEqual(harness.checkSteps);
      for (const step of steps) expect(step.durationMs).toBeGreaterThanOrEqual(0);
      expect((await server.leftovers?.()) ?? []).toEqual(before);
    });

    it("names the first step of a check that fails, and stops there", async () => {
      const steps = await transport.check(server.options(await closedPort()), context());
      expect(steps.map(({ step, ok }) => ({ step, ok }))).toEqual([
        { step: "resolve", ok: true },
        { step: "connect", ok: false },
      ]);
      const refused = await transport.check(direct(), context({ resolve: createResolver({ egressAllow: [] }) }));
      expect(refused.map(({ step, ok }) => ({ step, ok }))).toEqual([{ step: "resolve", ok: false }]);
    });

    it("ends a check at the deadline when the server is silent", async () => {
      proxy.setFault({ kind: "black-hole" });
      const started = performance.now();
      const steps = await transport.check(proxied(), context({ signal: AbortSignal.timeout(deadlineMs) }));
      expect(steps.at(-1)?.ok).toBe(false);
      expect(performance.now() - started).toBeLessThan(deadlineMs + 1000);
    });

    it("refuses a wrong login as a fault of the connection", async () => {
      const wrong = server.wrongLogin?.(server.port);
      // A transport without a login has nothing to refuse: its harness says so by leaving the options out.
      if (!wrong) return expect(transport.kind).toBe("http");
      const error = await errorOf(transport.send(carry("login").payload, wrong, context()));
      expect(error).toMatchObject({ fault: "connection", code: "login" });
      const steps = await transport.check(wrong, context());
      expect(steps.at(-1)).toMatchObject({ step: "login", ok: false });
    });

    it("tells no secret", async () => {
      const said = [transport.describe(direct()), transport.address(direct())];
      said.push(
        textOf(await errorOf(transport.send(carry("x").payload, server.options(await closedPort()), context()))),
      );
      proxy.setFault({ kind: "reset", afterBytes: 10 });
      said.push(textOf(await errorOf(transport.send(carry("x").payload, proxied(), context()))));
      said.push(JSON.stringify(await transport.check(proxied(), context({ signal: AbortSignal.timeout(2000) }))));
      const wrong = server.wrongLogin?.(server.port);
      if (wrong) said.push(textOf(await errorOf(transport.send(carry("x").payload, wrong, context()))));
      for (const secret of server.secrets) {
        expect(secret).not.toBe("");
        for (const text of said) expect(text).not.toContain(secret);
      }
    });
  });
}
