import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SftpMisbehaviour, type SftpServer, startSftpServer } from "../../src/cli/demo/sftp-server.js";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { sftp } from "../../src/transports/sftp.js";
import { SftpFiles } from "../../src/transports/sftp-files.js";
import type { SendContext } from "../../src/transports/transport.js";
import { errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";
import { describeTransportContract } from "./contract.js";

const LOGIN = { username: "waybell", password: "Spoorweg-7" };
const NAME = "ASK1 (a) [b]_take_20230719110649.json";
const TEXT = '{"order":"ASK1"}';
const KEY = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
const ENCRYPTED = ssh2.utils.generateKeyPairSync("ecdsa", {
  bits: 256,
  passphrase: "geheim",
  cipher: "aes256-ctr",
  rounds: 4,
});

let root: string;
let server: SftpServer;
let connections: Connections;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "waybell-sftp-"));
  server = await startSftpServer({ root, ...LOGIN, publicKey: KEY.public });
  connections = new Connections({ clock: systemClock });
});
afterEach(async () => {
  await connections.close();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const reach = () => ({ host: "127.0.0.1", port: server.port, username: LOGIN.username });
const options = (more: Record<string, unknown> = {}) => ({
  ...reach(),
  ...LOGIN,
  hostKey: server.fingerprint,
  ...more,
});
const context = (init: Partial<SendContext> = {}) =>
  sendContext({ connections, fileName: NAME, signal: AbortSignal.timeout(5000), ...init });
const send = (more: Record<string, unknown> = {}, init: Partial<SendContext> = {}) =>
  sftp.send(jsonPayload(TEXT), options(more), context(init));
const there = (name = NAME) => readFileSync(join(root, name), "utf8");

describeTransportContract("Waybell's own SFTP server", {
  transport: sftp,
  checkSteps: ["resolve", "connect", "host-key", "login", "write", "rename", "delete"],
  async start() {
    const folder = mkdtempSync(join(tmpdir(), "waybell-sftp-"));
    const own = await startSftpServer({ root: folder, ...LOGIN });
    const reachable = (port: number) => ({ host: "127.0.0.1", port, ...LOGIN, hostKey: own.fingerprint });
    return {
      port: own.port,
      options: reachable,
      secrets: [LOGIN.password],
      wrongLogin: (port) => ({ ...reachable(port), password: "wrong" }),
      read: async (_receipt, name) => readFileSync(join(folder, name)),
      leftovers: async () => readdirSync(folder).filter((name) => !/^(again_|second_)?contract_/.test(name)),
      async stop() {
        await own.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});

describe("the host key", () => {
  it("has to be pinned; the refusal names the one that was offered", async () => {
    const { hostKey: _, ...unpinned } = options();
    const error = await errorOf(sftp.send(jsonPayload(TEXT), unpinned, context()));
    expect(error).toMatchObject({ fault: "config", code: "host_key", eventOnly: false });
    expect(error.message).toContain(server.fingerprint);
  });

  it("that is another than the pinned one is a fault of the connection, and gets no password", async () => {
    const other = `SHA256:${"a".repeat(43)}`;
    const error = await errorOf(send({ hostKey: other }));
    expect(error).toMatchObject({ fault: "connection", code: "host_key" });
    expect(error.message).toContain(server.fingerprint);
    expect(error.message).toContain(other);
  });

  it("may be one of several", async () => {
    await send({ hostKey: [`SHA256:${"a".repeat(43)}`, server.fingerprint] });
    expect(there()).toBe(TEXT);
  });

  it("that was offered is told by a check", async () => {
    const steps = await sftp.check(options({ hostKey: undefined }), context());
    expect(steps.at(-1)).toMatchObject({ step: "host-key", ok: false, fingerprint: server.fingerprint });
  });
});

describe("the login", () => {
  it("by key needs no password", async () => {
    await sftp.send(jsonPayload(TEXT), { ...reach(), privateKey: KEY.private, hostKey: server.fingerprint }, context());
    expect(there()).toBe(TEXT);
  });

  it("answers the dialogue of servers without plain passwords", async () => {
    server.misbehave({ keyboardOnly: true });
    await send();
    expect(there()).toBe(TEXT);
  });

  it("that never ends is ended by the deadline", async () => {
    server.misbehave({ hangAfterLogin: true });
    const error = await errorOf(send({}, { signal: AbortSignal.timeout(400) }));
    expect(error).toMatchObject({ fault: "connection", code: "timeout" });
  });
});

describe("an upload", () => {
  it("makes the folder if it shall", async () => {
    const receipt = await send({ directory: "in/status", createDirectory: true });
    expect(receipt.remotePath).toBe(`in/status/${NAME}`);
    expect(there(`in/status/${NAME}`)).toBe(TEXT);
  });

  it("makes the folder from several connections at once", async () => {
    const names = ["a.json", "b.json", "c.json", "d.json"];
    const deep = { directory: "one/two/three", createDirectory: true };
    await Promise.all(names.map((fileName) => send(deep, { fileName, leaseKey: fileName })));
    for (const name of names) expect(there(`one/two/three/${name}`)).toBe(TEXT);
  });

  it("names the folder that is not there", async () => {
    const error = await errorOf(send({ directory: "missing" }));
    expect(error).toMatchObject({ fault: "response", code: "sftp_2" });
    expect(error.message).toContain('"missing"');
  });

  it("replaces an earlier try where the server renames over nothing", async () => {
    writeFileSync(join(root, NAME), "half");
    await send();
    expect(readdirSync(root)).toEqual([NAME]);
    expect(there()).toBe(TEXT);
  });

  it("sends nothing again when an earlier try is there whole", async () => {
    writeFileSync(join(root, NAME), TEXT);
    server.misbehave({ statuses: { OPEN: 3 } });
    expect((await send({}, { mayHaveArrived: true })).detail).toContain("already");
  });

  it("delivers where the size cannot be told, and says so", async () => {
    server.misbehave({ statuses: { STAT: 8 } });
    expect((await send()).detail).toContain("does not tell its size");
    expect(there()).toBe(TEXT);
  });

  it("writes the done-marker after the file, empty", async () => {
    await send({ doneMarker: ".done" });
    expect(there(`${NAME}.done`)).toBe("");
  });

  it("replaces a kept connection that the server has closed", async () => {
    await send();
    await server.pause();
    await server.resume();
    await send({}, { fileName: "second.json" });
    expect(there("second.json")).toBe(TEXT);
  });

  it("that lost the answer to its rename is looked for on a new connection", async () => {
    server.misbehave({ loseRename: true });
    expect((await send()).detail).toContain("had broken");
    expect(readdirSync(root)).toEqual([NAME]);
  });
});

const REFUSED: readonly (readonly [string, SftpMisbehaviour, string])[] = [
  ["permission denied at open", { statuses: { OPEN: 3 } }, "sftp_3"],
  ["a failure at write", { statuses: { WRITE: 4 } }, "sftp_4"],
  ["a failure at rename", { statuses: { RENAME: 4 } }, "sftp_4"],
  ["an empty file", { keepBytes: 0 }, "size"],
  ["half a file", { keepBytes: 5 }, "size"],
];

describe("never delivered", () => {
  for (const [title, misbehaviour, code] of REFUSED) {
    it(`${title} is the server's no, and nothing is left behind`, async () => {
      server.misbehave(misbehaviour);
      expect(await errorOf(send())).toMatchObject({ fault: "response", code, serverFault: true });
      expect(readdirSync(root)).toEqual([]);
    });
  }

  it("a wrong size is found on the same connection for each file, as shaking hands again costs most", async () => {
    server.misbehave({ keepBytes: 0 });
    expect(await errorOf(send())).toMatchObject({ code: "size", timings: { connect: expect.any(Number) } });
    for (let at = 0; at < 2; at++) {
      const { code, timings } = await errorOf(send());
      expect([code, Object.keys(timings ?? {})]).toEqual(["size", expect.not.arrayContaining(["connect"])]);
    }
  });

  it("a connection that dies in mid-upload is ambiguous", async () => {
    server.misbehave({ dieAfterBytes: 500_000 });
    const { body } = streamedBody(5_000_000);
    const error = await errorOf(sftp.send({ contentType: "text/plain", body }, options(), context()));
    expect(error.fault).toBe("ambiguous");
    expect(readdirSync(root)).toEqual([`${NAME}.part`]);
  });
});

it("breaks off a server that sends without being asked, also while nobody uses the connection", async () => {
  const asked: unknown[] = [];
  const wrapper = { stat: (...args: unknown[]) => asked.push(args) } as unknown as ssh2.SFTPWrapper;
  const files = new SftpFiles(wrapper, "");
  expect(files.hear(1024 * 1024)).toBe(false);
  const looking = files.size("a.json");
  // What comes after a question may be its answer.
  expect(files.hear(1024 * 1024)).toBe(false);
  expect(files.hear(1)).toBe(true);
  await expect(looking).rejects.toMatchObject({ kind: "lost", code: "protocol" });
  await expect(files.size("b.json")).rejects.toMatchObject({ code: "protocol" });
  expect(asked).toHaveLength(1);
});

describe("a setting", () => {
  const setting = { host: "SFTP.Acme.example", username: "acme", password: "geheim", directory: "/in/" };

  it("is described in one line without secrets", () => {
    expect(sftp.describe(setting)).toBe("sftp://acme@sftp.acme.example:22/in");
    expect(sftp.address(setting)).toBe("sftp://sftp.acme.example:22/in");
  });

  it("has an IPv6 address in brackets, however it is written", () => {
    for (const host of ["2606:4700::1111", "[2606:4700:0:0::1111]"]) {
      expect(sftp.address({ ...setting, host })).toBe("sftp://[2606:4700::1111]:22/in");
    }
  });

  const FAULTY: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ password: undefined }, "/password"],
    [{ privateKey: "no key" }, "/privateKey"],
    [{ privateKey: KEY.public }, "/privateKey"],
    [{ privateKey: ENCRYPTED.private }, "/privateKey"],
    [{ privateKey: ENCRYPTED.private, passphrase: "wrong" }, "/privateKey"],
    [{ directory: "a\0b" }, "/directory"],
    [{ port: 25 }, "/port"],
  ];
  for (const [more, path] of FAULTY) {
    it(`is faulty at ${path} with ${Object.keys(more).join(" and ")} ${JSON.stringify(Object.values(more)).slice(0, 40)}`, () => {
      expect(sftp.validate?.({ ...setting, ...more })?.map((fault) => fault.path)).toEqual([path]);
    });
  }

  it("with an encrypted key and its passphrase has no fault", () => {
    expect(sftp.validate?.({ ...setting, privateKey: ENCRYPTED.private, passphrase: "geheim" })).toEqual([]);
  });
});
