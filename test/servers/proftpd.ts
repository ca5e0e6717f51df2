import { execFileSync } from "node:child_process";
import { chownSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
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

function tlsLines(folder: string, implicit: boolean): string {
  return `
LoadModule mod_tls.c
TLSEngine on
TLSLog ${join(folder, "tls.log")}
TLSProtocol TLSv1.2 TLSv1.3
TLSRequired on
TLSRSACertificateFile ${join(folder, "cert.pem")}
TLSRSACertificateKeyFile ${join(folder, "key.pem")}
TLSOptions ${implicit ? "UseImplicitSSL" : "EnableDiags"}`;
}

/** ProFTPD with one user from a file of its own; it refuses to rename over a file, as it does by default. */
export async function startProftpd({ tls = "none", readOnly = false }: ServerOptions = {}): Promise<TestServer> {
  const { proftpd, proftpdModules, libraries } = programs();
  const { folder, root } = makeFolder("proftpd", readOnly);
  const port = await freePort();
  const certificate = makeCertificate();
  const user = systemUser();
  const users = join(folder, "users");
  writeFileSync(users, `waybell:${PASSWORD_HASH}:${user.uid}:${user.gid}::${root}:/bin/false\n`, { mode: 0o600 });
  if (isRoot) chownSync(users, 0, 0);
  writeFileSync(join(folder, "cert.pem"), certificate.cert, { mode: 0o600 });
  writeFileSync(join(folder, "key.pem"), certificate.key, { mode: 0o600 });
  const config = join(folder, "proftpd.conf");
  writeFileSync(
    config,
    `ServerName "Waybell test"
ServerType standalone
DefaultAddress 127.0.0.1
Port ${port}
SocketBindTight on
UseIPv6 off
UseReverseDNS off
User ${isRoot ? "nobody" : userInfo().username}
Group ${isRoot ? "nogroup" : execFileSync("id", ["-gn"], { encoding: "utf8" }).trim()}
ControlsEngine off
ControlsSocket ${join(folder, "controls")}
PidFile ${join(folder, "pid")}
ScoreboardFile ${join(folder, "scoreboard")}
DelayEngine off
WtmpLog off
TransferLog none
SystemLog ${join(folder, "log")}
ModulePath ${dirname(proftpdModules)}
AuthOrder mod_auth_file.c
AuthUserFile ${users}
RequireValidShell off
${isRoot ? "DefaultRoot ~" : ""}
${tls === "none" ? "" : tlsLines(folder, tls === "implicit")}
`,
  );
  const args = ["--nodaemon", "--config", config];
  const running = await launch({ name: "ProFTPD", command: proftpd, args, port, folder, libraries });
  return {
    name: "ProFTPD",
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
