import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "../support/certificates.js";
import {
  freePort,
  launch,
  makeFolder,
  PASSWORD,
  programs,
  type ServerOptions,
  systemUser,
  type TestServer,
} from "./launch.js";

/**
 * vsftpd knows only users of the machine, by PAM. Its anonymous user with a list of allowed passwords needs neither,
 * may write where told so, and still refuses a wrong password.
 */
export async function startVsftpd({ tls = "none", readOnly = false }: ServerOptions = {}): Promise<TestServer> {
  const { vsftpd, libraries } = programs();
  const { folder, root } = makeFolder("vsftpd", readOnly);
  const port = await freePort();
  const user = systemUser();
  const certificate = makeCertificate();
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    chownSync(join(folder, name), user.uid, user.gid);
    return join(folder, name);
  };
  const empty = join(folder, "empty");
  mkdirSync(empty);
  chmodSync(empty, 0o555);
  const settings = {
    listen: "YES",
    listen_address: "127.0.0.1",
    listen_port: port,
    background: "NO",
    anonymous_enable: "YES",
    local_enable: "NO",
    secure_email_list_enable: "YES",
    email_password_file: file("passwords", `${PASSWORD}\n`),
    ftp_username: "nobody",
    nopriv_user: "nobody",
    anon_root: root,
    allow_writeable_chroot: "YES",
    write_enable: "YES",
    anon_upload_enable: "YES",
    anon_mkdir_write_enable: "YES",
    anon_other_write_enable: "YES",
    anon_world_readable_only: "NO",
    anon_umask: "022",
    secure_chroot_dir: empty,
    run_as_launching_user: "YES",
    seccomp_sandbox: "NO",
    session_support: "NO",
    xferlog_enable: "NO",
    connect_from_port_20: "NO",
    pasv_address: "127.0.0.1",
    delay_failed_login: 0,
    max_login_fails: 3,
    ...(tls === "none"
      ? {}
      : {
          ssl_enable: "YES",
          implicit_ssl: tls === "implicit" ? "YES" : "NO",
          allow_anon_ssl: "YES",
          force_anon_logins_ssl: "YES",
          force_anon_data_ssl: "YES",
          require_ssl_reuse: "YES",
          ssl_tlsv1: "YES",
          ssl_ciphers: "HIGH",
          rsa_cert_file: file("cert.pem", certificate.cert),
          rsa_private_key_file: file("key.pem", certificate.key),
        }),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const config = file("vsftpd.conf", `${lines.join("\n")}\n`);
  // As root it changes into the home of a system user, and chroots, which it refuses for a folder that can be written.
  const running = await launch({ name: "vsftpd", command: vsftpd, args: [config], port, folder, libraries, user });
  return {
    name: "vsftpd",
    host: "127.0.0.1",
    port,
    username: "anonymous",
    password: PASSWORD,
    root,
    tls,
    ca: tls === "none" ? "" : certificate.cert,
    fingerprint: tls === "none" ? "" : certificate.fingerprint,
    privateKey: "",
    ...running,
  };
}
