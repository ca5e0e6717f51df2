import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectedTo, openSocket } from "../../src/transports/egress.js";
import { portRefusal } from "../../src/transports/ports.js";
import { closedPort } from "../support/sending.js";

describe("openSocket", () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  let port = 0;
  beforeEach(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });

  it("goes on to the next address when one does not answer", async () => {
    const addresses = ["127.0.0.2", "127.0.0.1"].map((address) => ({ address, family: 4 as const }));
    const opened = await openSocket({ addresses, port, use: "sftp" }, (made) => sockets.push(made));
    expect(opened.socket.remoteAddress).toBe("127.0.0.1");
    expect(opened.address).toEqual({ address: "127.0.0.1", family: 4 });
  });

  it("fails with the system's code when nothing listens", async () => {
    const to = { addresses: [{ address: "127.0.0.1", family: 4 }], port: await closedPort(), use: "sftp" } as const;
    await expect(openSocket(to, () => undefined)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("ends when its socket is destroyed without an error", async () => {
    const to = { addresses: [{ address: "127.0.0.1", family: 4 }], port, use: "sftp" } as const;
    await expect(openSocket(to, (made) => made.destroy())).rejects.toMatchObject({ code: "ECONNABORTED" });
  });

  it.each(["http", "ftp", "ftp-data", "sftp"] as const)("connects to no mail server's port (%s)", async (use) => {
    const to = { addresses: [{ address: "127.0.0.1", family: 4 }], port: 25, use } as const;
    const made: Socket[] = [];
    const opening = openSocket(to, (socket) => made.push(socket));
    await expect(opening).rejects.toMatchObject({ fault: "config", code: "address_refused" });
    expect(made).toEqual([]);
  });

  it("takes no socket that leads to another address than those that were checked", async () => {
    const socket = connect({ host: "127.0.0.1", port });
    sockets.push(socket);
    await once(socket, "connect");
    expect(connectedTo(socket, [{ address: "127.0.0.1", family: 4 }])).toEqual({ address: "127.0.0.1", family: 4 });
    expect(() => connectedTo(socket, [{ address: "127.0.0.2", family: 4 }])).toThrow(/another address/);
    expect(socket.destroyed).toBe(true);
  });
});

describe("ports", () => {
  it("of mail servers are refused to all", () => {
    for (const use of ["http", "ftp", "ftp-data", "sftp"] as const)
      for (const port of [25, 465, 587, 2525]) expect(portRefusal(port, use)?.message).toContain("mail servers");
  });

  it("that no browser connects to are refused, but for each protocol's own", () => {
    for (const port of [0, 1, 7, 19, 23, 53, 110, 139, 143, 389, 514, 636, 993, 2049, 5060, 6000, 6667, 10080]) {
      for (const use of ["http", "ftp", "ftp-data", "sftp"] as const) expect(portRefusal(port, use)).toBeDefined();
    }
    for (const port of [21, 22, 990, -1, 65_536, 1.5, Number.NaN]) expect(portRefusal(port, "http")).toBeDefined();
    for (const port of [80, 443, 8080, 8443, 65_535]) expect(portRefusal(port, "http")).toBeUndefined();
    for (const port of [21, 990, 2121]) expect(portRefusal(port, "ftp")).toBeUndefined();
    for (const port of [22, 115, 2222]) expect(portRefusal(port, "sftp")).toBeUndefined();
    for (const port of [20, 989, 1024, 50_000]) expect(portRefusal(port, "ftp-data")).toBeUndefined();
    for (const port of [21, 22, 80, 443, 1023]) expect(portRefusal(port, "ftp-data")).toBeDefined();
  });
});
