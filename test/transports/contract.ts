import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import type { TransportError } from "../../src/errors.js";
import type { Payload } from "../../src/templates/template.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { Connections } from "../../src/transports/connections.js";
import type { CheckStep, Receipt, SendContext, Transport } from "../../src/transports/transport.js";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.js";
import { closedPort, errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";

export { errorOf, jsonPayload, sendContext, streamedBody };

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

let names = 0;

const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Everything that an error says, its causes included: what ends up in logs, records and mails. */
function textOf(error: TransportError): string {
  const { message, code, response, remotePath, timings } = error;
  return `${JSON.stringify({ message, code, response, remotePath, timings })} ${error.stack ?? ""} ${String(error.cause)}`;
}

/** What the tests of one suite share: the server, and what is new for each test. */
interface Setting {
  readonly harness: TransportHarness;
  readonly transport: Transport;
  readonly deadlineMs: number;
  server: ContractServer;
  proxy: FaultProxy;
  connections: Connections;
  fileName: string;
}

type Carried = ReturnType<NonNullable<TransportHarness["carry"]>>;

function carry({ harness }: Setting, text: string): Carried {
  return harness.carry?.(text) ?? { payload: jsonPayload(text), arrives: Buffer.from(text) };
}

const direct = ({ server }: Setting) => server.options(server.port);
const proxied = ({ server, proxy }: Setting) => server.options(proxy.port);
const allowNothing = createResolver({ egressAllow: [] });

function contextOf({ transport, connections, fileName }: Setting, init: Partial<SendContext> = {}): SendContext {
  return sendContext({ connections, ...(transport.kind === "file" ? { fileName } : {}), ...init });
}

function sendText(setting: Setting, text: string, options: Options, init: Partial<SendContext> = {}): Promise<Receipt> {
  return setting.transport.send(carry(setting, text).payload, options, contextOf(setting, init));
}

async function expectArrived(setting: Setting, text: string, options: Options): Promise<Receipt> {
  const receipt = await sendText(setting, text, options);
  const arrived = await setting.server.read(receipt, setting.fileName);
  expect(arrived.toString("utf8")).toBe(carry(setting, text).arrives.toString("utf8"));
  return receipt;
}

function itDelivers(setting: Setting): void {
  const { transport, harness } = setting;

  it.each(TEXTS)("delivers %s byte for byte", async (_title, text) => {
    await expectArrived(setting, text, direct(setting));
  });

  if (harness.streams ?? true) {
    it("delivers a streamed body of 5 MB byte for byte", async () => {
      const { body, bytes } = streamedBody(5_000_000);
      const payload = { contentType: "application/json", body };
      const receipt = await transport.send(payload, direct(setting), contextOf(setting));
      expect((await setting.server.read(receipt, setting.fileName)).equals(bytes)).toBe(true);
      expect(receipt.bytes).toBe(bytes.length);
    });
  }

  it("gives a receipt with a code, the bytes and the time of each step", async () => {
    const receipt = await sendText(setting, "receipt", direct(setting));
    expect(receipt.code).toBeGreaterThanOrEqual(200);
    expect(receipt.code).toBeLessThan(300);
    expect(receipt.detail).not.toBe("");
    expect(receipt.bytes).toBe(carry(setting, "receipt").arrives.length);
    expect(Object.keys(receipt.timings)).not.toHaveLength(0);
    for (const ms of Object.values(receipt.timings)) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it("sends twice over one connection", async () => {
    await sendText(setting, "first", proxied(setting));
    // A connection may be given back in the turn of the event loop after the one in which its send ended.
    await nextTurn();
    setting.fileName = `second_${setting.fileName}`;
    await expectArrived(setting, "second", proxied(setting));
    expect(setting.proxy.accepted).toBe(1);
  });

  it("closes its connections when they are closed as a whole", async () => {
    await sendText(setting, "closing", proxied(setting));
    await setting.connections.close();
    await expect.poll(() => setting.proxy.open, { timeout: 5000 }).toBe(0);
  });

  it("delivers again after a broken connection", async () => {
    await sendText(setting, "before", proxied(setting));
    setting.proxy.setFault({ kind: "reset", afterBytes: 1 });
    await errorOf(sendText(setting, "broken", proxied(setting)));
    setting.proxy.setFault({ kind: "none" });
    setting.fileName = `again_${setting.fileName}`;
    await expectArrived(setting, "again", proxied(setting));
  });
}

function itFails(setting: Setting): void {
  const { transport, harness, deadlineMs } = setting;
  const streams = harness.streams ?? true;

  it("blames the connection when nothing listens on the port", async () => {
    const error = await errorOf(sendText(setting, "refused", setting.server.options(await closedPort())));
    expect(error).toMatchObject({ fault: "connection", code: "connect" });
  });

  it("blames the setting when the guard refuses the address", async () => {
    const error = await errorOf(sendText(setting, "guarded", proxied(setting), { resolve: allowNothing }));
    expect(error).toMatchObject({ fault: "config", code: "address_refused", eventOnly: false });
    expect(setting.proxy.accepted).toBe(0);
  });

  it("sends nothing when the signal was aborted before", async () => {
    const error = await errorOf(sendText(setting, "aborted", proxied(setting), { signal: AbortSignal.abort() }));
    expect(error.fault).toBe("connection");
    expect(setting.proxy.accepted).toBe(0);
  });

  it.each([
    ["is silent", { kind: "black-hole" }],
    ["answers byte by byte", { kind: "drip", everyMs: 100 }],
  ] as const)("ends at the total deadline when the server %s", async (_title, fault) => {
    setting.proxy.setFault(fault);
    const started = performance.now();
    const signal = AbortSignal.timeout(deadlineMs);
    const error = await errorOf(sendText(setting, "late", proxied(setting), { signal }));
    expect(error.code).toBe("timeout");
    expect(["connection", "ambiguous"]).toContain(error.fault);
    expect(performance.now() - started).toBeLessThan(deadlineMs + 1000);
  });

  it.each(["reset", "cut"] as const)("does not call it delivered when there is a %s in mid-send", async (kind) => {
    setting.proxy.setFault({ kind, afterBytes: harness.breakAfterBytes ?? 100 });
    const big: Payload = streams
      ? { contentType: "application/json", body: streamedBody(5 * MiB).body }
      : carry(setting, "x".repeat(4000)).payload;
    const context = contextOf(setting, { signal: AbortSignal.timeout(10_000) });
    const error = await errorOf(transport.send(big, proxied(setting), context));
    expect(["connection", "ambiguous"]).toContain(error.fault);
    expect(error.code).not.toBe("timeout");
  });

  it("leaves nothing behind beside what was delivered", async () => {
    expect((await setting.server.leftovers?.()) ?? []).toEqual([]);
  });
}

function itRefusesALogin(setting: Setting): void {
  it("blames the connection when the login is refused", async () => {
    const { transport, server } = setting;
    const wrong = server.wrongLogin?.(server.port);
    // Without a login there is nothing to refuse: only a transport that has none may leave the options out.
    if (!wrong) return expect(transport.kind).toBe("http");
    const error = await errorOf(sendText(setting, "login", wrong));
    expect(error).toMatchObject({ fault: "connection", code: "login" });
    const steps = await transport.check(wrong, contextOf(setting));
    expect(steps.at(-1)).toMatchObject({ step: "login", ok: false });
  });
}

function itChecks(setting: Setting): void {
  const { transport, harness, deadlineMs } = setting;
  const outcomes = (steps: readonly CheckStep[]) => steps.map(({ step, ok }) => [step, ok]);

  it("checks step by step and delivers nothing", async () => {
    const before = (await setting.server.leftovers?.()) ?? [];
    const told: CheckStep[] = [];
    const onStep = (step: CheckStep) => told.push(step);
    const steps = await transport.check(direct(setting), contextOf(setting, { onStep }));
    expect(told).toEqual(steps);
    expect(steps.filter((step) => !step.ok)).toEqual([]);
    expect(steps.map((step) => step.step)).toEqual(harness.checkSteps);
    for (const step of steps) expect(step.durationMs).toBeGreaterThanOrEqual(0);
    expect((await setting.server.leftovers?.()) ?? []).toEqual(before);
  });

  it("names the first step of a check that fails, and stops there", async () => {
    const told: CheckStep[] = [];
    const onStep = (step: CheckStep) => told.push(step);
    const closed = await transport.check(setting.server.options(await closedPort()), contextOf(setting, { onStep }));
    expect(told).toEqual(closed);
    expect(outcomes(closed)).toEqual([
      ["resolve", true],
      ["connect", false],
    ]);
    const refused = await transport.check(direct(setting), contextOf(setting, { resolve: allowNothing }));
    expect(outcomes(refused)).toEqual([["resolve", false]]);
  });

  it("ends a check at the deadline when the server is silent", async () => {
    setting.proxy.setFault({ kind: "black-hole" });
    const started = performance.now();
    const signal = AbortSignal.timeout(deadlineMs);
    const steps = await transport.check(proxied(setting), contextOf(setting, { signal }));
    expect(steps.at(-1)?.ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(deadlineMs + 1000);
  });

  it("tells no secret", async () => {
    const { server, proxy } = setting;
    const said = [transport.describe(direct(setting)), transport.address(direct(setting))];
    said.push(textOf(await errorOf(sendText(setting, "x", server.options(await closedPort())))));
    proxy.setFault({ kind: "reset", afterBytes: 10 });
    said.push(textOf(await errorOf(sendText(setting, "x", proxied(setting)))));
    const checking = contextOf(setting, { signal: AbortSignal.timeout(2000) });
    said.push(JSON.stringify(await transport.check(proxied(setting), checking)));
    const wrong = server.wrongLogin?.(server.port);
    if (wrong) said.push(textOf(await errorOf(sendText(setting, "x", wrong))));
    for (const secret of server.secrets) {
      expect(secret).not.toBe("");
      for (const text of said) expect(text).not.toContain(secret);
    }
  });
}

/** The suite that every transport passes against every server that it is said to work with. */
export function describeTransportContract(name: string, harness: TransportHarness): void {
  const { transport, deadlineMs = 800 } = harness;
  describe(`${transport.name} to ${name}`, () => {
    // Filled in before the tests run; they look at it only then.
    const setting = { harness, transport, deadlineMs } as Setting;
    const rejections: unknown[] = [];
    const noteRejection = (reason: unknown) => rejections.push(reason);

    beforeAll(async () => {
      process.on("unhandledRejection", noteRejection);
      setting.server = await harness.start();
    });
    afterAll(async () => {
      await setting.server?.stop();
      process.off("unhandledRejection", noteRejection);
    });
    beforeEach(async () => {
      setting.proxy = await startFaultProxy({ port: setting.server.port });
      setting.connections = new Connections({ clock: systemClock });
      setting.fileName = `contract_${Date.now()}_${++names}.json`;
    });
    afterEach(async () => {
      await setting.connections.close();
      await setting.proxy.stop();
      expect(rejections).toEqual([]);
    });

    itDelivers(setting);
    itFails(setting);
    itRefusesALogin(setting);
    itChecks(setting);
  });
}
