import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import type { StreamedBody } from "../../src/templates/template.js";
import { Connections } from "../../src/transports/connections.js";
import { ftp } from "../../src/transports/ftp.js";
import { sftp } from "../../src/transports/sftp.js";
import type { Transport } from "../../src/transports/transport.js";
import { ftpOptions, sftpOptions } from "../servers/harness.js";
import {
  type ServerOptions,
  startProftpd,
  startPureFtpd,
  startSshd,
  startVsftpd,
  type TestServer,
} from "../servers/index.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

interface Kind {
  readonly name: string;
  readonly transport: Transport;
  readonly start: (options: ServerOptions) => Promise<TestServer>;
  readonly options: (server: TestServer) => Record<string, unknown>;
}

const overTls = (start: Kind["start"]): Kind["start"] => {
  return (options) => start({ ...options, tls: "explicit" });
};

const KINDS: readonly Kind[] = [
  { name: "vsftpd", transport: ftp, start: startVsftpd, options: (server) => ftpOptions(server) },
  { name: "vsftpd over TLS", transport: ftp, start: overTls(startVsftpd), options: (server) => ftpOptions(server) },
  { name: "ProFTPD", transport: ftp, start: startProftpd, options: (server) => ftpOptions(server) },
  { name: "ProFTPD over TLS", transport: ftp, start: overTls(startProftpd), options: (server) => ftpOptions(server) },
  { name: "Pure-FTPd", transport: ftp, start: startPureFtpd, options: (server) => ftpOptions(server) },
  { name: "OpenSSH", transport: sftp, start: startSshd, options: (server) => sftpOptions(server, "key") },
];

const NAMES = [
  "ASK1_AF (AFGEWERKT)_20230719110649.json",
  "ASK1_AN_OPS_FIN (ANNULATIE OPS + FIN)_cancel_no_mail_20230719110649.xml",
  "[distristatuscode]_201.json",
  " leading and  double spaces.json",
  "-rf.json",
  "été à Liège – 配達済み 🚚.xml",
  "it's 100% #1 & {more} $HOME `x` ;|~!@^=+,.json",
  `${"é".repeat(97)}x.json`,
];

/** A body that stops half-way and waits until `resume`. */
function haltingBody(length: number): { body: StreamedBody; halted: Promise<void>; resume: () => void } {
  let resume = () => {};
  let halt = () => {};
  const halted = new Promise<void>((resolve) => {
    halt = resolve;
  });
  const resumed = new Promise<void>((resolve) => {
    resume = resolve;
  });
  async function* chunks() {
    yield Buffer.alloc(length / 2, "a");
    halt();
    await resumed;
    yield Buffer.alloc(length / 2, "b");
  }
  return { body: { length, summary: "", open: () => Readable.from(chunks()) }, halted, resume: () => resume() };
}

for (const kind of KINDS) {
  describe(kind.name, () => {
    let server: TestServer;
    let connections: Connections;
    beforeAll(async () => {
      server = await kind.start({});
    });
    afterAll(() => server?.stop());
    beforeEach(() => {
      connections = new Connections({ clock: systemClock });
    });
    afterEach(() => connections.close());

    const send = (fileName: string, text: string, mayHaveArrived = false, to = server) =>
      kind.transport.send(
        jsonPayload(text),
        kind.options(to),
        sendContext({ connections, fileName, mayHaveArrived, leaseKey: to.root, signal: AbortSignal.timeout(15_000) }),
      );
    const content = (name: string) => readFileSync(join(server.root, name), "utf8");

    for (const name of NAMES) {
      it(`takes a file of the name "${name.slice(0, 60)}"`, async () => {
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
        await send(name, name);
        expect(content(name)).toBe(name);
        expect(readdirSync(server.root)).not.toContain(`${name}.part`);
      });
    }

    it("takes the same name again, with other content", async () => {
      await send("again.json", "first");
      await send("again.json", "second");
      expect(content("again.json")).toBe("second");
    });

    it("takes a retry after a temporary file and half a file were left", async () => {
      await send("left.json", "ha");
      await send("left.json.part", "");
      await send("left.json", "whole", true);
      expect(content("left.json")).toBe("whole");
      expect(readdirSync(server.root)).not.toContain("left.json.part");
    });

    it("finds an earlier try that is whole, and leaves it alone", async () => {
      writeFileSync(join(server.root, "found.json"), "earlier");
      const receipt = await send("found.json", "whatever".slice(0, 7), true);
      expect(receipt.detail).toContain("already");
      expect(content("found.json")).toBe("earlier");
    });

    it("takes an empty file", async () => {
      expect((await send("empty.json", "")).bytes).toBe(0);
      expect(content("empty.json")).toBe("");
    });

    it("makes folders, and a done-marker in them", async () => {
      const options = { ...kind.options(server), directory: "in/new folder", createDirectory: true, doneMarker: ".ok" };
      const context = sendContext({ connections, fileName: "a.json", leaseKey: "folder" });
      await kind.transport.send(jsonPayload("a"), options, context);
      expect(content("in/new folder/a.json")).toBe("a");
      expect(content("in/new folder/a.json.ok")).toBe("");
    });

    it("says no in a folder that is read-only", async () => {
      const closed = await kind.start({ readOnly: true });
      try {
        const error = await errorOf(send("closed.json", "x", false, closed));
        expect(error.fault).toBe("response");
        expect(error.code).toMatch(/^(ftp_55[03]|sftp_[34])$/);
        expect(readdirSync(closed.root)).toEqual([]);
        const steps = await kind.transport.check(kind.options(closed), sendContext({ connections }));
        expect(steps.at(-1)).toMatchObject({ step: "write", ok: false });
      } finally {
        await closed.stop();
      }
    });

    it("killed in mid-upload has not delivered, and nobody knows", async () => {
      const mortal = await kind.start({});
      try {
        const { body, halted, resume } = haltingBody(1_000_000);
        const context = sendContext({ connections, fileName: "killed.json", signal: AbortSignal.timeout(15_000) });
        const sending = errorOf(
          kind.transport.send({ contentType: "application/json", body }, kind.options(mortal), context),
        );
        await halted;
        await mortal.kill();
        resume();
        expect(await sending).toMatchObject({ fault: "ambiguous", remotePath: "killed.json" });
        expect(readdirSync(mortal.root)).not.toContain("killed.json");
      } finally {
        await mortal.stop();
      }
    });
  });
}
