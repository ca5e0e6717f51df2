import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Addresses } from "./customers.js";
import { startFtpServer } from "./ftp-server.js";
import {
  type HttpReceiver,
  type MailReceiver,
  type ReceivedMail,
  startHttpReceiver,
  startMailReceiver,
} from "./receivers.js";
import { startSftpServer } from "./sftp-server.js";

/** Everything that the customers of the demo run. */
export interface Receivers {
  readonly get: HttpReceiver;
  readonly post: HttpReceiver;
  readonly mail: MailReceiver;
  readonly addresses: Addresses;
  /** Where the files of each method land on this machine. */
  readonly folders: Readonly<Record<"FTP/JSON" | "FTP/XML" | "SFTP/XML", string>>;
  /** Calls back for each mail from now on. */
  onMail(listener: (mail: ReceivedMail) => void): void;
  close(): Promise<void>;
}

/** Starts the customers' web, FTP, SFTP and mail servers on free ports; what they get lands in `folder`. */
export async function startReceivers(folder: string): Promise<Receivers> {
  const [ftpRoot, sftpRoot, mailFolder] = ["ftp", "sftp", "mails"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [ftpRoot, sftpRoot, mailFolder]) mkdirSync(path, { recursive: true });
  const login = { username: "waybell", password: randomBytes(12).toString("base64url") };
  const postKey = randomBytes(12).toString("base64url");
  let listener: (mail: ReceivedMail) => void = () => {};
  let mailNumber = 0;
  const [get, post, ftp, sftp, mail] = await Promise.all([
    startHttpReceiver(null),
    startHttpReceiver(postKey),
    startFtpServer({ root: ftpRoot, ...login }),
    startSftpServer({ root: sftpRoot, ...login }),
    startMailReceiver((received) => {
      writeFileSync(join(mailFolder, `${++mailNumber}.eml`), received.raw);
      listener(received);
    }),
  ]);
  return {
    get,
    post,
    mail,
    addresses: {
      getUrl: get.url,
      postUrl: post.url,
      postKey,
      ftp: { port: ftp.port, ...login },
      sftp: { port: sftp.port, ...login, hostKey: sftp.fingerprint },
    },
    folders: {
      "FTP/JSON": join(ftpRoot, "claes"),
      "FTP/XML": join(ftpRoot, "port-trade"),
      "SFTP/XML": join(sftpRoot, "archive"),
    },
    onMail: (wanted) => {
      listener = wanted;
    },
    async close() {
      await Promise.allSettled([get.close(), post.close(), ftp.close(), sftp.close(), mail.close()]);
    },
  };
}
