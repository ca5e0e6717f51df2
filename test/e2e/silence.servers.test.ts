import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { FILE_SERVERS, type FileServerKind } from "../support/file-servers.js";
import { startGate } from "../support/gate.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { expectedQuery } from "../support/ontime-expected.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";
import { type Aftermath, goThrough, type Trouble } from "../support/trouble.js";
import { startWaybell, type Waybell } from "../support/waybell.js";

const EVERY_MS = 1000;
const TIMED_OUT = { code: /^timeout$/, reason: "The server did not answer in time." } as const;
const REFUSED = {
  fault: "connection",
  code: /^connect$/,
  detail: /refused the connection: nothing listens on this port/,
  reason: "No connection to the server could be made.",
} as const;

const cleaning: (() => Promise<unknown>)[] = [];
const documentsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => readFileSync(join(folder, name), "utf8"));

/** Waybell's own FTP server, which can be told to err. */
async function ownFtp() {
  const root = mkdtempSync(join(tmpdir(), "waybell-own-ftp-"));
  const login = { username: "waybell", password: "Spoorweg-7" };
  const server = await startFtpServer({ root, ...login });
  cleaning.push(() => server.close().then(() => rmSync(root, { recursive: true, force: true })));
  const transport = { type: "ftp", host: "127.0.0.1", port: server.port, ...login };
  return { server, endpoint: { transport, timeoutSeconds: 1 }, arrived: () => documentsIn(root) };
}

async function ftpThat(id: string, misbehaviour: { silent: true } | { dripMs: number }): Promise<Trouble> {
  const { server, ...same } = await ownFtp();
  server.misbehave(misbehaviour);
  const detail = /^The server did not finish in time \(connecting\)/;
  return { id, ...same, ...TIMED_OUT, fault: "connection", detail, mend: async () => server.misbehave({}) };
}

/** A real server behind a network that swallows everything, or lets a byte a second through. */
async function farAway(kind: FileServerKind, fault: "black-hole" | "drip"): Promise<Trouble> {
  const server = await kind.start();
  const proxy = await startFaultProxy(server);
  proxy.setFault(fault === "drip" ? { kind: fault, everyMs: EVERY_MS } : { kind: fault });
  cleaning.push(async () => {
    await proxy.stop();
    await server.stop();
  });
  return {
    id: `${fault}-${kind.id}`,
    endpoint: { transport: kind.transport(server, proxy.port), timeoutSeconds: 1 },
    ...TIMED_OUT,
    fault: "connection",
    detail: /^The server did not finish in time \((connecting|the SSH handshake)\)/,
    async mend(id) {
      proxy.setFault({ kind: "none" });
      // On a busy machine a log-in alone may take a second.
      await waybell.call("PATCH", `/v1/endpoints/${id}`, { timeoutSeconds: 30 });
    },
    arrived: () => documentsIn(server.root),
  };
}

/** An HTTP receiver that does something else than answer, until it is mended. */
async function httpThat(id: string, type: "http-get" | "http-post", err: (response: ServerResponse) => void) {
  const receiver = await startHttpReceiver();
  cleaning.push(() => receiver.stop());
  const arrived: string[] = [];
  let mended = false;
  const answer = (request: { url: string; body: Buffer }, response: ServerResponse) => {
    if (!mended) return err(response);
    arrived.push(type === "http-get" ? request.url.replace("/hook?", "") : request.body.toString());
    response.writeHead(200).end();
  };
  receiver.script(...Array.from({ length: 100 }, () => answer));
  const trouble: Trouble = {
    id,
    endpoint: { transport: { type, url: `${receiver.url}/hook` }, timeoutSeconds: 1, ...formOf(type) },
    ...TIMED_OUT,
    fault: "ambiguous",
    detail: /^The request was sent, but the deadline passed before the whole answer was there: it may have arrived/,
    async mend() {
      mended = true;
    },
    arrived: () => arrived,
    ...(type === "http-get" ? { expected: expectedQuery } : {}),
  };
  return { trouble, receiver };
}

const formOf = (type: string) => (type === "http-get" ? { template: { name: "ontime" } } : {});

function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-length": "1000" });
  const timer = setInterval(() => response.write("x"), EVERY_MS);
  response.on("close", () => clearInterval(timer));
}

/** Nothing listens on the port of a real server, until it is back. */
async function refusedFiles(kind: FileServerKind): Promise<Trouble> {
  const server = await kind.start();
  const gate = await startGate(server.port);
  await gate.shut();
  cleaning.push(() => gate.shut().then(() => server.stop()));
  return {
    id: `refused-${kind.id}`,
    endpoint: { transport: kind.transport(server, gate.port) },
    ...REFUSED,
    mend: () => gate.open(),
    arrived: () => documentsIn(server.root),
  };
}

async function refusedHttp(type: "http-get" | "http-post"): Promise<Trouble> {
  const receiver = await startHttpReceiver();
  const gate = await startGate(receiver.port);
  await gate.shut();
  cleaning.push(() => gate.shut().then(() => receiver.stop()));
  const isGet = type === "http-get";
  return {
    id: `refused-${type}`,
    endpoint: { transport: { type, url: `http://127.0.0.1:${gate.port}/hook` }, ...formOf(type) },
    ...REFUSED,
    mend: () => gate.open(),
    arrived: () => receiver.received.map(({ url, body }) => (isGet ? url.replace("/hook?", "") : body.toString())),
    ...(isGet ? { expected: expectedQuery } : {}),
  };
}

let waybell: Waybell;
let smtp: SmtpTestServer;
const runs = new Map<string, Promise<Aftermath>>();
const receivers = new Map<string, Awaited<ReturnType<typeof httpThat>>["receiver"]>();

// All go through their trouble at the same time: most of it is waiting.
beforeAll(async () => {
  smtp = await startSmtp();
  waybell = await startWaybell({ SMTP_URL: smtp.url });
  const never = () => undefined;
  const http = await Promise.all([
    httpThat("silent-http-get", "http-get", never),
    httpThat("silent-http-post", "http-post", never),
    httpThat("drip-http-get", "http-get", drip),
    httpThat("drip-http-post", "http-post", drip),
  ]);
  for (const { trouble, receiver } of http) receivers.set(trouble.id, receiver);
  const troubles = await Promise.all([
    ftpThat("silent-ftp", { silent: true }),
    ftpThat("drip-ftp", { dripMs: EVERY_MS }),
    ...FILE_SERVERS.flatMap((kind) => [farAway(kind, "black-hole"), farAway(kind, "drip"), refusedFiles(kind)]),
    refusedHttp("http-get"),
    refusedHttp("http-post"),
  ]);
  for (const trouble of [...http.map((each) => each.trouble), ...troubles]) {
    const run = goThrough(waybell, smtp, trouble);
    run.catch(() => undefined);
    runs.set(trouble.id, run);
  }
});

afterAll(async () => {
  await Promise.allSettled(runs.values());
  await waybell?.close();
  await smtp?.close();
  await Promise.all(cleaning.map((clean) => clean()));
});

async function run(id: string): Promise<Aftermath> {
  const aftermath = await runs.get(id);
  if (!aftermath) throw new Error(`nobody went through ${id}`);
  return aftermath;
}

describe("a server that never answers", () => {
  it.each(["silent-ftp", ...FILE_SERVERS.map(({ id }) => `black-hole-${id}`)])(
    "gets all once it does (%s)",
    async (id) => {
      const { deliveries } = await run(id);
      expect(deliveries[0]?.attemptList[0]).toMatchObject({ fault: "connection", code: "timeout" });
    },
  );

  it.each(["silent-http-get", "silent-http-post"])("gets the same webhook-id each time (%s)", async (id) => {
    const { deliveries } = await run(id);
    const sent = receivers.get(id)?.received.map(({ headers }) => headers["webhook-id"]) ?? [];
    expect(sent.length).toBe(deliveries.reduce((sum, { attempts }) => sum + attempts, 0));
    expect(new Set(sent)).toEqual(new Set(deliveries.map((delivery) => delivery.id)));
  });
});

describe("a server that drips a byte a second", () => {
  it.each(["drip-ftp", ...FILE_SERVERS.map(({ id }) => `drip-${id}`), "drip-http-get", "drip-http-post"])(
    "is not waited for longer than the endpoint's time-out (%s)",
    async (id) => {
      const { deliveries } = await run(id);
      const [first] = deliveries[0]?.attemptList ?? [];
      expect(first?.durationMs).toBeGreaterThanOrEqual(1000);
      expect(first?.durationMs).toBeLessThan(3000);
    },
  );
});

describe("a server that refuses the connection", () => {
  it.each([...FILE_SERVERS.map(({ id }) => `refused-${id}`), "refused-http-get", "refused-http-post"])(
    "gets everything once when it is back (%s)",
    async (id) => {
      const { deliveries } = await run(id);
      for (const { attempts, attemptList } of deliveries) expect(attemptList).toHaveLength(attempts);
      expect(deliveries[0]?.attemptList[0]).toMatchObject({ outcome: "retry", code: "connect" });
    },
  );
});
