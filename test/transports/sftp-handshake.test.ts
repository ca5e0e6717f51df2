import ssh2 from "ssh2";
import { afterEach, expect, it } from "vitest";
import { sftp } from "../../src/transports/sftp.js";
import { type HostileServer, startHostile } from "../support/hostile-servers.js";
import { sshServer } from "../support/hostile-ssh.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";

const LOGIN = { username: "waybell", password: "Spoorweg-7" };
/** Of a packet: its length, that of its padding and the message (RFC 4253, 6), before a cookie of 16 bytes (7.1). */
const LISTS_AT = 4 + 1 + 1 + 16;
const LISTS = ["kex", "hostKey", "cipherOut", "cipherIn", "macOut", "macIn", "compressOut", "compressIn"] as const;

let server: HostileServer | undefined;
afterEach(() => server?.stop());

/** What a client offers in its first message (RFC 4253, 7.1). */
async function offerOf(connect: (port: number) => void): Promise<Record<string, string>> {
  const message = await new Promise<Buffer>((resolve) => {
    void startHostile((socket) => {
      let heard = Buffer.alloc(0);
      socket.on("data", (chunk) => {
        heard = Buffer.concat([heard, chunk]);
        const at = heard.indexOf("\r\n") + 2;
        if (at < 2 || heard.length < at + 4 || heard.length < at + 4 + heard.readUInt32BE(at)) return;
        resolve(heard.subarray(at));
        socket.destroy();
      });
      socket.write("SSH-2.0-listens\r\n");
    }).then((started) => {
      server = started;
      connect(started.port);
    });
  });
  await server?.stop();
  server = undefined;
  let at = LISTS_AT;
  return Object.fromEntries(
    LISTS.map((name) => {
      const length = message.readUInt32BE(at);
      const list = message.toString("latin1", at + 4, at + 4 + length);
      at += 4 + length;
      return [name, list];
    }),
  );
}

const send = (options: Record<string, unknown>) =>
  errorOf(
    sftp.send(
      jsonPayload("{}"),
      { host: "127.0.0.1", ...LOGIN, hostKey: `SHA256:${"A".repeat(43)}`, ...options },
      sendContext({ fileName: "a.json", signal: AbortSignal.timeout(5000) }),
    ),
  );

it("a connection is never compressed, and all else is offered as ssh2 does by itself", async () => {
  const ours = await offerOf((port) => void send({ port }));
  const usual = await offerOf((port) => {
    new ssh2.Client().on("error", () => undefined).connect({ host: "127.0.0.1", port, ...LOGIN });
  });
  expect(usual.compressIn).toContain("zlib");
  expect(ours).toEqual({ ...usual, compressOut: "none", compressIn: "none" });
});

it.each(["zlib", "zlib@openssh.com"] as const)(
  "a server that offers %s alone is refused with the reason, before anything is compressed",
  async (kind) => {
    const seen: string[] = [];
    const { behaviour, fingerprint } = sshServer({ algorithms: { compress: [kind] } }, (connection) => {
      connection.on("handshake", () => seen.push("handshake")).on("authentication", () => seen.push("login"));
    });
    server = await startHostile(behaviour);
    const error = await send({ port: server.port, hostKey: fingerprint });
    expect(error).toMatchObject({ fault: "connection", code: "protocol" });
    expect(error.message).toContain("no matching C->S compression: the server wants to compress, which is never taken");
    expect(seen).toEqual([]);
  },
);
