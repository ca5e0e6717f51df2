import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { startFtpServer } from "../../src/cli/demo/ftp-server.js";
import { TransportError } from "../../src/errors.js";
import { ftp } from "../../src/transports/ftp.js";
import { LOGIN, NAME, TEXT, useOwnFtp } from "../servers/own-ftp.js";
import { makeCertificate } from "../support/certificates.js";
import { errorOf } from "../support/sending.js";
import { describeTransportContract } from "./contract.js";

const own = useOwnFtp();

describeTransportContract("Waybell's own FTP server", {
  transport: ftp,
  checkSteps: ["resolve", "connect", "login", "write", "rename", "delete"],
  async start() {
    const folder = mkdtempSync(join(tmpdir(), "waybell-ftp-"));
    const server = await startFtpServer({ root: folder, ...LOGIN });
    return {
      port: server.port,
      options: (port) => ({ host: "127.0.0.1", port, ...LOGIN }),
      secrets: [LOGIN.password],
      wrongLogin: (port) => ({ host: "127.0.0.1", port, ...LOGIN, password: "wrong" }),
      read: async (_receipt, name) => readFileSync(join(folder, name)),
      leftovers: async () => readdirSync(folder).filter((name) => !/^(again_|second_)?contract_/.test(name)),
      async stop() {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});

describe("an upload", () => {
  it("asks no more than writing, size check and rename on a kept connection", async () => {
    await own.send();
    const before = own.server.commands.length;
    await own.send({}, { fileName: "second.json" });
    expect(own.server.commands.slice(before)).toEqual([
      "EPSV",
      "STOR second.json.part",
      "SIZE second.json.part",
      "RNFR second.json.part",
      "RNTO second.json",
    ]);
    expect(own.server.accepted).toBe(1);
  });

  it("makes the folder if it shall, and enters it once", async () => {
    const receipt = await own.send({ directory: "/in/status new", createDirectory: true });
    await own.send({ directory: "/in/status new", createDirectory: true }, { fileName: "second.json" });
    expect(receipt.remotePath).toBe(`/in/status new/${NAME}`);
    expect(own.content(`in/status new/${NAME}`)).toBe(TEXT);
    expect(own.content("in/status new/second.json")).toBe(TEXT);
    expect(own.asked().filter((line) => line.startsWith("MKD"))).toHaveLength(2);
  });

  it("names the folder that is not there and how to have it made", async () => {
    const error = await errorOf(own.send({ directory: "missing" }));
    expect(error).toMatchObject({ fault: "response", code: "ftp_550", status: 550 });
    expect(error.message).toContain('"missing"');
    expect(error.message).toContain("createDirectory");
  });

  it("writes under the final name where the server knows no rename", async () => {
    own.server.misbehave({ answers: { RNFR: "502 no", RNTO: "502 no" } });
    expect((await own.send({ upload: "direct" })).detail).not.toContain("renamed");
    expect(own.content()).toBe(TEXT);
  });

  it("takes the suffix of the temporary name from the setting", async () => {
    await own.send({ temporarySuffix: ".tmp" });
    expect(own.asked()).toContain(`STOR ${NAME}.tmp`);
  });

  it("writes the done-marker after the file, empty", async () => {
    await own.send({ doneMarker: ".done" });
    expect(own.content(`${NAME}.done`)).toBe("");
    expect(own.asked().at(-1)).toBe(`STOR ${NAME}.done`);
  });

  it("overwrites what an earlier try left, also where the server overwrites nothing", async () => {
    own.server.misbehave({ refuseOverwrite: true });
    own.place("", `${NAME}.part`);
    own.place("half");
    await own.send();
    expect(own.content()).toBe(TEXT);
    expect(own.names()).toEqual([NAME]);
  });

  it("sends nothing again when an earlier try is there whole", async () => {
    own.place(TEXT);
    const receipt = await own.send({}, { mayHaveArrived: true });
    expect(receipt.detail).toContain("already");
    expect(own.asked()).toEqual([`SIZE ${NAME}`]);
  });

  it("still writes the done-marker when the file is there already", async () => {
    own.place(TEXT);
    await own.send({ doneMarker: ".ok" }, { mayHaveArrived: true });
    expect(own.content(`${NAME}.ok`)).toBe("");
  });

  it("sends again when an earlier try is there in part", async () => {
    own.place(TEXT.slice(3));
    await own.send({}, { mayHaveArrived: true });
    expect(own.content()).toBe(TEXT);
  });

  it("delivers where the server does not know SIZE, by LIST", async () => {
    own.server.misbehave({ answers: { SIZE: "502 Not known" } });
    expect((await own.send()).detail).not.toContain("does not tell");
    expect(own.content()).toBe(TEXT);
  });

  it("delivers where the size cannot be told at all, and says so", async () => {
    own.server.misbehave({ answers: { SIZE: "550 No", LIST: "502 Not known" } });
    expect((await own.send()).detail).toContain("does not tell its size");
    expect(own.content()).toBe(TEXT);
  });

  it("replaces a kept connection that the server has closed", async () => {
    await own.send();
    await own.server.pause();
    await own.server.resume();
    await own.send({}, { fileName: "second.json" });
    expect(own.content("second.json")).toBe(TEXT);
  });

  it("replaces a kept connection on which the server only says 421", async () => {
    await own.send();
    own.server.misbehave({ answers: { EPSV: "421 Idle for too long" } });
    const error = await errorOf(own.send({}, { fileName: "second.json" }));
    expect(error).toMatchObject({ fault: "connection", code: "ftp_421" });
    expect(own.server.accepted).toBe(2);
  });

  it("hands on that the content cannot be read as a fault of its own", async () => {
    const body = { length: 3, summary: "", open: () => Readable.from(failing()) };
    const sending = ftp.send({ contentType: "text/plain", body }, own.options(), own.context());
    const error = await sending.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TransportError);
    expect(own.names()).not.toContain(NAME);
  });
});

function* failing(): Generator<Buffer> {
  yield Buffer.from("a");
  throw new Error("the database is gone");
}

describe("passive mode", () => {
  it("keeps to the control host when PASV names another address", async () => {
    own.server.misbehave({ answers: { EPSV: "500 Not known" }, pasvHost: "10,1,2,3" });
    await own.send();
    await own.send({}, { fileName: "second.json" });
    expect(own.content()).toBe(TEXT);
    expect(own.asked().filter((line) => line === "EPSV")).toHaveLength(1);
  });

  it("blames the connection when no data connection can be had", async () => {
    own.server.misbehave({ answers: { EPSV: "500 no", PASV: "425 Cannot open" } });
    expect(await errorOf(own.send())).toMatchObject({ fault: "connection", code: "ftp_425" });
  });
});

describe("a check", () => {
  it("stops at the rename that is refused, and leaves nothing behind", async () => {
    own.server.misbehave({ answers: { RNTO: "550 No renames" } });
    const steps = await ftp.check(own.options(), own.context());
    expect(steps[0]).toMatchObject({ step: "resolve", ok: true, detail: "127.0.0.1" });
    expect(steps.at(-1)).toMatchObject({ step: "rename", ok: false });
    expect(steps.at(-1)?.detail).toContain("550");
    expect(own.names()).toEqual([]);
  });

  it("renames nothing where files are written directly", async () => {
    const steps = await ftp.check(own.options({ upload: "direct" }), own.context());
    expect(steps.map(({ step }) => step)).toEqual(["resolve", "connect", "login", "write", "delete"]);
  });

  it("works in the folder of the setting", async () => {
    mkdirSync(join(own.root, "in"));
    const steps = await ftp.check(own.options({ directory: "in" }), own.context());
    expect(steps.every(({ ok }) => ok)).toBe(true);
    expect(own.asked()[0]).toBe("CWD in");
  });
});

describe("a setting", () => {
  const setting = { host: "FTP.Acme.example", username: "user@acme", password: "geheim", directory: "/in//status/" };

  it("is described in one line without secrets", () => {
    expect(ftp.describe(setting)).toBe("ftp://user%40acme@ftp.acme.example:21/in/status");
    expect(ftp.describe({ ...setting, tls: "implicit" })).toBe("ftps://user%40acme@ftp.acme.example:990/in/status");
  });

  it("has the same address however its folder and host are written", () => {
    expect(ftp.address(setting)).toBe("ftp://ftp.acme.example:21/in/status");
    expect(ftp.address({ ...setting, host: "ftp.acme.example", directory: "in/status" })).toBe(ftp.address(setting));
    for (const host of ["2606:4700::1111", "[2606:4700:0:0::1111]"]) {
      expect(ftp.address({ ...setting, host })).toBe("ftp://[2606:4700::1111]:21/in/status");
    }
  });

  const FAULTY: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ directory: "in\r\nDELE x" }, "/directory"],
    [{ directory: "in/../../etc" }, "/directory"],
    [{ username: "a\r\nDELE x" }, "/username"],
    [{ password: "a\nb" }, "/password"],
    [{ tls: "explicit", ca: "no certificate" }, "/ca"],
    [{ fingerprint: `SHA256:${"a".repeat(43)}` }, "/fingerprint"],
    [{ doneMarker: ".part" }, "/doneMarker"],
    [{ port: 25 }, "/port"],
  ];
  for (const [more, path] of FAULTY) {
    it(`with ${JSON.stringify(more)} is faulty at ${path}`, () => {
      expect(ftp.validate?.({ ...setting, ...more })?.map((fault) => fault.path)).toEqual([path]);
    });
  }

  it("without faults has none", () => {
    expect(ftp.validate?.({ ...setting, tls: "explicit", ca: makeCertificate().cert })).toEqual([]);
  });
});
