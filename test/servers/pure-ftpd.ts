import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "../support/certificates.js";
import {
  freePort,
  isRoot,
  launch,
  makeFolder,
  PASSWORD,
  PASSWORD_HASH,
  programs,
  type ServerOptions,
  systemUser,
  type TestServer,
} from "./launch.js";

/** Pure-FTPd with one user of its own database. It runs only as root. */
export async function startPureFtpd(options: ServerOptions = {}): Promise<TestServer> {
  const { tls = "none", readOnly = false } = options;
  if (!isRoot) throw new Error("Pure-FTPd runs only as root: run these tests as root, in a container for example");
  if (tls === "implicit") throw new Error("Pure-FTPd has no implicit TLS");
  const { pureFtpd, purePw, libraries } = programs();
  const { folder, root } = makeFolder("pure-ftpd", readOnly);
  const port = await freePort();
  const certificate = makeCertificate();
  const user = systemUser();
  const users = join(folder, "users");
  const database = join(folder, "users.pdb");
  // Not by `pure-pw useradd`: the hash that it makes takes seconds at each login. `/./` is where it chroots.
  writeFileSync(users, `waybell:${PASSWORD_HASH}:${user.uid}:${user.gid}::${root}/./::::::::::::\n`, { mode: 0o600 });
  execFileSync(purePw, ["mkdb", database, "-f", users], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const pem = join(folder, "cert.pem");
  writeFileSync(pem, certificate.key + certificate.cert, { mode: 0o600 });
  const args = [
    ...["-S", `127.0.0.1,${port}`, "-l", `puredb:${database}`, "-g", join(folder, "pid"), "-u", "0"],
    ...["-E", "-H", "-4", "-f", "none", "-P", "127.0.0.1"],
    // 3: nothing without TLS, neither log-in nor data.
    ...(tls === "none" ? [] : ["-Y", "3", "-2", pem]),
  ];
  const running = await launch({
    name: "Pure-FTPd",
    command: pureFtpd,
    args,
    port,
    folder,
    libraries,
  });
  return {
    name: "Pure-FTPd",
    host: "127.0.0.1",
    port,
    username: "waybell",
    password: PASSWORD,
    root,
    tls,
    ca: tls === "none" ? "" : certificate.cert,
    fingerprint: tls === "none" ? "" : certificate.fingerprint,
    privateKey: "",
    ...running,
  };
}
