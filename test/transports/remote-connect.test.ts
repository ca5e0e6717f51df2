import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  DeadlineError,
  oneLine,
  openSocket,
  Steps,
  serverName,
  untilAborted,
} from "../../src/transports/remote-connect.js";
import { manualClock } from "../support/clock.js";
import { closedPort } from "../support/sending.js";

const never = () => new Promise<never>(() => undefined);

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
    const socket = await openSocket(addresses, port, (made) => sockets.push(made));
    expect(socket.remoteAddress).toBe("127.0.0.1");
  });

  it("fails with the system's code when nothing listens", async () => {
    const opening = openSocket([{ address: "127.0.0.1", family: 4 }], await closedPort(), () => undefined);
    await expect(opening).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("untilAborted", () => {
  it("ends what never ends, and closes what it worked on", async () => {
    const controller = new AbortController();
    let closed = false;
    const waiting = untilAborted(
      controller.signal,
      () => {
        closed = true;
      },
      never,
    );
    controller.abort();
    await expect(waiting).rejects.toBeInstanceOf(DeadlineError);
    expect(closed).toBe(true);
  });

  it("does not begin when the signal was aborted before", async () => {
    let begun = false;
    const action = async () => {
      begun = true;
    };
    await expect(untilAborted(AbortSignal.abort(), () => undefined, action)).rejects.toBeInstanceOf(DeadlineError);
    expect(begun).toBe(false);
  });
});

describe("Steps", () => {
  it("times each step and adds up those that ran twice", async () => {
    const clock = manualClock();
    const steps = new Steps(clock, new AbortController().signal);
    const taking = (ms: number) => () => clock.advance(ms);
    await steps.run("send", () => undefined, taking(20));
    await steps.run("size", () => undefined, taking(5));
    await steps.run("send", () => undefined, taking(30));
    expect(steps.timings()).toEqual({ send: 50, size: 5 });
  });

  it("tells the fingerprint that was offered also of a step that failed", async () => {
    const steps = new Steps(manualClock(), new AbortController().signal);
    const failing = steps.run(
      "tls",
      () => undefined,
      async () => {
        steps.offered("SHA256:abc");
        throw new Error("no");
      },
    );
    await expect(failing).rejects.toThrow("no");
    expect(steps.list("not trusted")).toEqual([
      { step: "tls", ok: false, detail: "not trusted", durationMs: 0, fingerprint: "SHA256:abc" },
    ]);
  });
});

describe("text of a server", () => {
  it("becomes one bounded line", () => {
    expect(oneLine("550-No\r\n550 \u001b[31mway\u0000")).toBe("550-No 550  [31mway");
    expect(oneLine("x".repeat(1000))).toHaveLength(301);
  });

  it("names no literal in SNI", () => {
    expect(serverName("10.0.0.1")).toEqual({});
    expect(serverName("ftp.acme.example")).toEqual({ servername: "ftp.acme.example" });
  });
});
