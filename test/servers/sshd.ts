import { createHash } from "node:crypto";
import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
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

/**
 * OpenSSH, never as root: then it needs no user of its own and no folder under /run. nss_wrapper hands it a user and
 * a password that the machine does not know.
 */
export async function startSshd({ readOnly = false }: Pick<ServerOptions, "readOnly"> = {}): Promise<TestServer> {
  const { sshd, nssWrapper, libraries } = programs();
  const { folder, root } = makeFolder("sshd", readOnly);
  const port = await freePort();
  const user = systemUser();
  // Not ed25519: of one key in 256 ssh2 drops a leading zero, and sshd cannot read what it wrote.
  const hostKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const userKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const readable = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    chownSync(join(folder, name), user.uid, user.gid);
    return join(folder, name);
  };
  const config = readable(
    "sshd_config",
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${readable("host_key", hostKey.private)}
PidFile none
AuthorizedKeysFile ${readable("authorized_keys", userKey.public)}
StrictModes no
UsePAM no
UseDNS no
PubkeyAuthentication yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PrintMotd no
MaxStartups 100:30:200
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d ${root}${readOnly ? " -R" : ""}
`,
  );
  const running = await launch({
    name: "OpenSSH",
    command: sshd,
    args: ["-D", "-e", "-f", config],
    port,
    folder,
    libraries,
    env: {
      LD_PRELOAD: nssWrapper,
      NSS_WRAPPER_PASSWD: readable("passwd", `waybell:x:${user.uid}:${user.gid}:Waybell:${root}:/bin/sh\n`),
      NSS_WRAPPER_GROUP: readable("group", `waybell:x:${user.gid}:\n`),
      NSS_WRAPPER_SHADOW: readable("shadow", `waybell:${PASSWORD_HASH}:19000:0:99999:7:::\n`),
    },
    ...(isRoot ? { user } : {}),
  });
  const publicKey = Buffer.from(hostKey.public.split(" ")[1] ?? "", "base64");
  return {
    name: "OpenSSH",
    host: "127.0.0.1",
    port,
    username: "waybell",
    password: PASSWORD,
    root,
    tls: "none",
    ca: "",
    fingerprint: `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`,
    privateKey: userKey.private,
    ...running,
  };
}
