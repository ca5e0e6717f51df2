import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ftpOptions, sftpOptions } from "../servers/harness.js";
import type { TestServer } from "../servers/index.js";
import { everythingIn, FILE_SERVERS, type FileServerKind } from "../support/file-servers.js";
import { startGate } from "../support/gate.js";
import { type SmtpTestServer, startSmtp } from "../support/smtp.js";
import { type Aftermath, goThrough, type Trouble } from "../support/trouble.js";
import { startWaybell, type Waybell } from "../support/waybell.js";

const WRONG_KEY = `SHA256:${"A".repeat(43)}`;
const HALF_BYTES = 2_500_000;
const PHOTO = `data:image/jpeg;base64,${"/9j/4AAQSkZJRgAB".repeat(330_000)}`;

const documentsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => readFileSync(join(folder, name), "utf8"));

/** What all troubles with a server's folder have in common. */
function withServer(id: string, server: TestServer) {
  return { id, server, arrived: () => documentsIn(server.root) };
}

type Prepared = Trouble & { readonly server: TestServer };

/** The folder lets nobody write. */
async function readOnly(kind: FileServerKind): Promise<Prepared> {
  const server = await kind.start();
  chmodSync(server.root, 0o555);
  const isSftp = kind.id === "openssh";
  return {
    ...withServer(`readonly-${kind.id}`, server),
    endpoint: { transport: kind.transport(server) },
    fault: "response",
    code: isSftp ? /^sftp_3$/ : /^ftp_55[03]$/,
    detail: /^The server did not take the file "READONLY-.*\.part":/,
    reason: isSftp
      ? "The SFTP server does not allow writing in this folder."
      : server.name === "vsftpd" || server.name === "Pure-FTPd"
        ? "The FTP server refused the file: writing in the folder, or this file name, is not allowed (553)."
        : "The FTP server refused the file or the folder: it does not exist, or writing is not allowed (550).",
    mend: async () => chmodSync(server.root, 0o777),
  };
}

/** The server is killed when half of a 5 MB document is there, and later started again. */
async function killed(kind: FileServerKind): Promise<Prepared> {
  const server = await kind.start();
  const gate = await startGate(server.port);
  const half = gate.holdAfter(HALF_BYTES);
  return {
    ...withServer(`killed-${kind.id}`, server),
    endpoint: { transport: kind.transport(server, gate.port) },
    pictures: [PHOTO],
    fault: "ambiguous",
    code: /^(reset|ftp_42[16])$/,
    detail: /broke|closed/,
    reason: "The server broke the connection.",
    async begin() {
      await half;
      await server.kill();
    },
    mend: () => server.restart(),
  };
}

/** The password is wrong, until the endpoint is changed. */
async function wrongPassword(kind: FileServerKind, waybell: Waybell): Promise<Prepared> {
  const server = await kind.start();
  const isSftp = kind.id === "openssh";
  const options = isSftp
    ? { type: "sftp", ...sftpOptions(server, "password") }
    : { type: "ftp", ...ftpOptions(server) };
  const wrong = "Wissel-8-verkeerd";
  return {
    ...withServer(`password-${kind.id}`, server),
    endpoint: { transport: { ...options, password: wrong } },
    language: "nl",
    fault: "connection",
    code: /^login$/,
    detail: /^The server refused the login/,
    reason: "De server weigerde de gebruikersnaam of het wachtwoord.",
    subjects: [/3 statussen niet aangekomen$/, /werkt weer: [3-5] statussen afgeleverd$/],
    secrets: [wrong, server.password],
    mend: (id) => waybell.call("PATCH", `/v1/endpoints/${id}`, { transport: { password: server.password } }),
  };
}

/** Another host key than the server's is pinned, or none at all. */
async function wrongHostKey(kind: FileServerKind, waybell: Waybell, pinned: boolean): Promise<Prepared> {
  const server = await kind.start();
  const { hostKey: _right, ...options } = sftpOptions(server, "password");
  return {
    ...withServer(pinned ? "key-wrong" : "key-missing", server),
    endpoint: { transport: { type: "sftp", ...options, ...(pinned ? { hostKey: WRONG_KEY } : {}) } },
    fault: pinned ? "connection" : "config",
    code: /^host_key$/,
    detail: new RegExp(server.fingerprint.replaceAll("+", "\\+")),
    reason: pinned
      ? "The server showed another host key than the one that was agreed. Nothing was sent to it."
      : "No host key is set for this server, so that nobody can tell whether it is the right one.",
    ...(pinned ? {} : { subjects: [/is on hold: its setting must be changed$/, null] }),
    secrets: [server.password],
    mend: (id) => waybell.call("PATCH", `/v1/endpoints/${id}`, { transport: { hostKey: server.fingerprint } }),
  };
}

let waybell: Waybell;
let smtp: SmtpTestServer;
const prepared: Prepared[] = [];
const runs = new Map<string, Promise<Aftermath>>();

// All go through their trouble at the same time: most of it is waiting.
beforeAll(async () => {
  smtp = await startSmtp();
  waybell = await startWaybell({ SMTP_URL: smtp.url, MAIL_FROM: "waybell@ontime.example" });
  const openssh = FILE_SERVERS.filter(({ id }) => id === "openssh");
  const starting = [
    ...FILE_SERVERS.flatMap((kind) => [readOnly(kind), killed(kind), wrongPassword(kind, waybell)]),
    ...openssh.flatMap((kind) => [wrongHostKey(kind, waybell, true), wrongHostKey(kind, waybell, false)]),
  ];
  prepared.push(...(await Promise.all(starting)));
  for (const trouble of prepared) {
    const run = goThrough(waybell, smtp, trouble);
    run.catch(() => undefined);
    runs.set(trouble.id, run);
  }
});

afterAll(async () => {
  await Promise.allSettled(runs.values());
  await waybell?.close();
  await smtp?.close();
  await Promise.all(prepared.map(({ server }) => server.stop()));
});

async function run(id: string): Promise<Aftermath & { server: TestServer }> {
  const trouble = prepared.find((each) => each.id === id);
  const aftermath = await runs.get(id);
  if (!trouble || !aftermath) throw new Error(`nobody went through ${id}`);
  return { ...aftermath, server: trouble.server };
}

const names = (deliveries: Aftermath["deliveries"]) => deliveries.map(({ fileName }) => fileName ?? "").sort();

describe.each(FILE_SERVERS.map(({ name, id }) => [name, id] as const))("%s", (_name, id) => {
  it("with a read-only folder gets nothing until it may be written, and everything then", async () => {
    const { server, deliveries } = await run(`readonly-${id}`);
    expect(everythingIn(server.root)).toEqual(names(deliveries));
  });

  it("killed in mid-upload gets the document once, whole, when it is back", async () => {
    const { server, deliveries } = await run(`killed-${id}`);
    expect(everythingIn(server.root)).toEqual(names(deliveries));
    const [large] = deliveries;
    expect(large?.attemptList[0]).toMatchObject({ outcome: "retry", fault: "ambiguous" });
    expect(documentsIn(server.root).some((document) => document.includes(PHOTO))).toBe(true);
  });

  it("that refuses the password is mailed, and goes on with the right one", async () => {
    const { server, deliveries } = await run(`password-${id}`);
    expect(everythingIn(server.root)).toEqual(names(deliveries));
  });
});

describe("OpenSSH", () => {
  it("with another host key than the pinned one gets nothing, not even the password, until it is set", async () => {
    const { server, deliveries } = await run("key-wrong");
    expect(deliveries[0]?.attemptList[0]).toMatchObject({ outcome: "retry" });
    expect(everythingIn(server.root)).toEqual(names(deliveries));
  });

  it("without a pinned host key holds the endpoint until it is set, and spends no attempt of the schedule", async () => {
    const { server, deliveries } = await run("key-missing");
    expect(deliveries[0]?.attemptList[0]).toMatchObject({ outcome: "held" });
    expect(everythingIn(server.root)).toEqual(names(deliveries));
  });
});
