import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSftpServer } from "../../src/cli/demo/sftp-server.js";
import { ClaimExpiredError } from "../../src/errors.js";
import type { StreamedBody } from "../../src/templates/template.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { Connections } from "../../src/transports/connections.js";
import { ftp } from "../../src/transports/ftp.js";
import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import { sftp } from "../../src/transports/sftp.js";
import type { Resolve, SendContext } from "../../src/transports/transport.js";
import { LOGIN, NAME, useOwnFtp } from "../servers/own-ftp.js";
import { makeCertificate } from "../support/certificates.js";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { jsonPayload, sendContext } from "../support/sending.js";
import { startTokenServer } from "../support/token-server.js";

const START_BY = 60_000;
const guard = createResolver({ egressAllow: ["127.0.0.0/8"] });

let clock: ManualClock;
let connections: Connections;

beforeEach(() => {
  clock = manualClock();
  connections = new Connections({ clock });
});
afterEach(() => connections.close());

/** The process stands still while it connects, until after the claim has expired. */
const frozen: Resolve = async (host, signal) => {
  await clock.advance(START_BY);
  return guard(host, signal);
};

const context = (init: Partial<SendContext> = {}) =>
  sendContext({ clock, connections, startBy: START_BY, signal: AbortSignal.timeout(5000), ...init });

/** Its first piece comes after the claim has expired, or its last one. */
function lateBody(piece: "first" | "last"): StreamedBody {
  const open = async function* () {
    if (piece === "first") await clock.advance(START_BY);
    yield Buffer.from('{"a":');
    if (piece === "last") await clock.advance(START_BY);
    yield Buffer.from("1}");
  };
  return { length: 7, summary: "[7 bytes]", open: () => Readable.from(open()) };
}

const streamed = (piece: "first" | "last") => ({ contentType: "application/json", body: lateBody(piece) });

describe("a request", () => {
  let receiver: HttpReceiver;

  beforeEach(async () => {
    receiver = await startHttpReceiver();
  });
  afterEach(() => receiver.stop());

  const post = (init: Partial<SendContext>, more: object = {}) =>
    httpPost.send(jsonPayload("{}"), { url: receiver.url, ...more }, context(init));

  it("is not written when the claim expired while a connection was opened, which the next one uses", async () => {
    await expect(post({ resolve: frozen })).rejects.toThrow(ClaimExpiredError);
    const fields = { contentType: "", body: Buffer.alloc(0), fields: [["a", "1"]] as const };
    await expect(httpGet.send(fields, { url: receiver.url }, context({ resolve: frozen }))).rejects.toThrow(
      ClaimExpiredError,
    );
    expect(receiver.received).toEqual([]);
    expect(await post({ startBy: START_BY + 1, resolve: frozen })).toMatchObject({ code: 200 });
    expect(receiver).toMatchObject({ accepted: 1, received: { length: 1 } });
  });

  it("is not written over TLS either", async () => {
    const certificate = makeCertificate();
    const secure = await startHttpReceiver({ certificate });
    try {
      const sending = httpPost.send(
        jsonPayload("{}"),
        { url: secure.url, ca: certificate.cert },
        context({ resolve: frozen }),
      );
      await expect(sending).rejects.toThrow(ClaimExpiredError);
      expect(secure).toMatchObject({ accepted: 1, received: [] });
    } finally {
      await secure.stop();
    }
  });

  it("is not written when its body was too long in coming", async () => {
    const send = (piece: "first" | "last", init: Partial<SendContext>) =>
      httpPost.send(streamed(piece), { url: receiver.url }, context(init));
    let asked = 0;
    receiver.answer = (_request, response) => {
      asked++;
      response.end();
    };
    await expect(send("first", {})).rejects.toThrow(ClaimExpiredError);
    expect(asked).toBe(0);
    expect(await send("last", { startBy: START_BY + 1 })).toMatchObject({ code: 200 });
    expect(receiver.received.map(({ body }) => body.toString())).toEqual(['{"a":1}']);
  });

  it("is not written when the wait for its token was too long, and the token serves the next one", async () => {
    const tokens = await startTokenServer();
    try {
      const options = { url: receiver.url, auth: tokens.auth };
      const { answer } = tokens;
      tokens.answer = (request, response) => {
        // Shorter than the wait for a token may be.
        void clock.advance(5_000).then(() => typeof answer === "function" && answer(request, response));
      };
      const sending = httpPost.send(jsonPayload("{}"), options, context({ startBy: 4_000 }));
      await expect(sending).rejects.toThrow(ClaimExpiredError);
      expect(receiver.received).toEqual([]);
      await httpPost.send(jsonPayload("{}"), options, context({ startBy: Number.POSITIVE_INFINITY }));
      expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1"]);
      expect(tokens.given).toBe(1);
    } finally {
      await tokens.stop();
    }
  });
});

describe("an upload by FTP", () => {
  const own = useOwnFtp();
  const late = (init: Partial<SendContext> = {}) => ({ clock, startBy: START_BY, ...init });

  it("is not begun when the claim expired while a connection was opened", async () => {
    await expect(own.send({}, late({ resolve: frozen }))).rejects.toThrow(ClaimExpiredError);
    expect(own.names()).toEqual([]);
    expect(own.asked().filter((line) => line.startsWith("STOR"))).toEqual([]);
  });

  it("is not begun on a kept connection either, up to the very command", async () => {
    await own.send({}, late());
    const before = own.server.commands.length;
    await expect(own.send({}, late({ fileName: "second.json", startBy: 0 }))).rejects.toThrow(ClaimExpiredError);
    expect(own.server.commands.slice(before).filter((line) => line !== "QUIT")).toEqual(["EPSV"]);
    expect(own.names()).toEqual([NAME]);
  });

  it("that was begun in time is finished, with its name and its marker", async () => {
    await ftp.send(streamed("last"), own.options({ doneMarker: ".done" }), own.context(late()));
    expect(clock.monotonic()).toBe(START_BY);
    expect(own.names().sort()).toEqual([NAME, `${NAME}.done`]);
  });

  it("is not renamed by a process that stood still beyond its deadline: another may be writing it by now", async () => {
    const endBy = START_BY - 1;
    const sending = ftp.send(streamed("last"), own.options({}), own.context(late({ endBy })));
    await expect(sending).rejects.toMatchObject({ fault: "ambiguous", code: "timeout" });
    expect(own.names()).not.toContain(NAME);
  });

  it("that is there whole gets no marker by a claim that has expired", async () => {
    own.place('{"order":"ASK1"}');
    const sending = own.send({ doneMarker: ".done" }, late({ resolve: frozen, mayHaveArrived: true }));
    await expect(sending).rejects.toThrow(ClaimExpiredError);
    expect(own.names()).toEqual([NAME]);
  });
});

describe("an upload by SFTP", () => {
  let root: string;
  let server: Awaited<ReturnType<typeof startSftpServer>>;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "waybell-sftp-"));
    server = await startSftpServer({ root, ...LOGIN });
  });
  afterEach(async () => {
    await connections.close();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });

  const options = () => ({ host: "127.0.0.1", port: server.port, ...LOGIN, hostKey: server.fingerprint });
  const file = (init: Partial<SendContext> = {}) => context({ fileName: NAME, ...init });

  it("is not begun when the claim expired while a connection was opened", async () => {
    await expect(sftp.send(jsonPayload("{}"), options(), file({ resolve: frozen }))).rejects.toThrow(ClaimExpiredError);
    await expect(sftp.send(jsonPayload("{}"), options(), file())).rejects.toThrow(ClaimExpiredError);
    expect(readdirSync(root)).toEqual([]);
  });

  it("that was begun in time is finished", async () => {
    await sftp.send(streamed("last"), options(), file());
    expect(clock.monotonic()).toBe(START_BY);
    expect(readdirSync(root)).toEqual([NAME]);
  });
});
