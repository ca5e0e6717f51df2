import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import ssh2, { type Connection, type ServerConfig, type SFTPWrapper } from "ssh2";
import type { Behaviour } from "./hostile-servers.js";

export type SshOptions = Omit<ServerConfig, "hostKeys">;

/** A server that speaks SSH as ssh2 does; `behave` makes of each connection what it likes. */
export function sshServer(options: SshOptions, behave: (connection: Connection) => void) {
  const hostKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const publicKey = Buffer.from(hostKey.public.split(" ")[1] ?? "", "base64");
  const server = new ssh2.Server({ ...options, hostKeys: [hostKey.private] });
  server.on("connection", (connection) => {
    connection.on("error", () => undefined);
    behave(connection);
  });
  const behaviour: Behaviour = (socket) => server.injectSocket(socket);
  return {
    behaviour,
    fingerprint: `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`,
  };
}

/** Of ssh2 inside, which has no other way to send such a packet. */
interface Inner {
  readonly _sock: Socket;
  readonly _protocol: {
    readonly _packetRW: { readonly write: { finalize(packet: Buffer): Buffer } };
    readonly _cipher: { encrypt(packet: Buffer): void };
  };
}

/** SSH_MSG_IGNORE (RFC 4253, 11.2). */
const IGNORE = 2;

/** Sends a packet that is nothing but so many zeros, compressed as the connection is. */
export function deflated(connection: Connection, bytes: number): void {
  const { _cipher: cipher, _packetRW: packets } = (connection as unknown as Inner)._protocol;
  const packet = Buffer.alloc(bytes);
  packet[0] = IGNORE;
  packet.writeUInt32BE(bytes - 5, 1);
  cipher.encrypt(packets.write.finalize(packet));
}

/** Lets everybody in, and leaves questions of SFTP to `answer`. */
function answering(connection: Connection, answer: (sftp: SFTPWrapper, id: number) => void): void {
  connection.on("authentication", (context) => context.accept());
  connection.on("session", (acceptSession) => {
    acceptSession().on("sftp", (acceptSftp) => {
      const sftp = acceptSftp();
      const asked = (id: number) => answer(sftp, id);
      sftp.on("STAT", asked).on("OPEN", asked).on("MKDIR", asked);
    });
  });
}

const EVERY_MS = 50;

/** Answers no question but others that nobody has asked, one after the other. */
export const drippingAnswers = (connection: Connection) =>
  answering(connection, (sftp, id) => {
    const timer = setInterval(() => sftp.data(id + 1000, Buffer.alloc(1)), EVERY_MS);
    connection.on("close", () => clearInterval(timer));
  });

/** Answers no question, and closes its side. */
export const closingInstead = (connection: Connection) =>
  answering(connection, () => void (connection as unknown as Inner)._sock.end());

/** Takes the whole file, and does not say so. */
export function silentAfterUpload(connection: Connection): void {
  const { STATUS_CODE } = ssh2.utils.sftp;
  connection.on("authentication", (context) => context.accept());
  connection.on("session", (acceptSession) => {
    acceptSession().on("sftp", (acceptSftp) => {
      const sftp = acceptSftp();
      const missing = (id: number) => sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      sftp.on("STAT", missing).on("LSTAT", missing);
      sftp.on("OPEN", (id) => sftp.handle(id, Buffer.from("file")));
      sftp.on("WRITE", (id) => sftp.status(id, STATUS_CODE.OK));
      sftp.on("CLOSE", () => undefined);
    });
  });
}

/** Goes on answering what nobody asked, once it was asked something, as long as the connection is there. */
export function endlessAnswers(connection: Connection): void {
  let open = true;
  connection.on("close", () => {
    open = false;
  });
  answering(connection, (sftp, id) => {
    const pour = () => {
      for (let at = 0; at < 100; at++) sftp.data(id + 1000, Buffer.alloc(1000));
      if (open) setImmediate(pour);
    };
    pour();
  });
}

/** Answers each question with an answer to another one. */
export const mistakenAnswers = (connection: Connection) =>
  answering(connection, (sftp, id) => sftp.data(id, Buffer.from("what you never asked")));

/** Says of each question that all is well, and nothing more. */
export const emptyAnswers = (connection: Connection) =>
  answering(connection, (sftp, id) => sftp.status(id, ssh2.utils.sftp.STATUS_CODE.OK));
