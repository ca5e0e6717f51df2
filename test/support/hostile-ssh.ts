import { createHash } from "node:crypto";
import ssh2, { type Connection, type ServerConfig } from "ssh2";
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
