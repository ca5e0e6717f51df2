import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { LOGIN, NAME, TEXT, useOwnFtp } from "../servers/own-ftp.js";
import { errorOf } from "../support/sending.js";

const own = useOwnFtp();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const NO_EPSV = { EPSV: "500 Not known" };

/** Counts who connects to another address of this machine, at any of the ports that the FTP server gives out next. */
async function bystander(): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, "127.0.0.2");
  await once(server, "listening");
  stops.push(() => server.close());
  const address = server.address();
  return { port: typeof address === "object" && address ? address.port : 0, connections: () => connections };
}

describe("a data connection", () => {
  it.each(["10,0,0,1", "127,0,0,2", "8,8,8,8", "169,254,169,254", "0,0,0,0", "255,255,255,255", "999,1,1,1"])(
    "goes to the control connection's address though PASV names %s",
    async (pasvHost) => {
      own.server.misbehave({ answers: NO_EPSV, pasvHost });
      await own.send();
      expect(own.content()).toBe(TEXT);
    },
  );

  it("leaves alone who else is named, also at the very port", async () => {
    const other = await bystander();
    const PASV = `227 Passive (127,0,0,2,${other.port >> 8},${other.port & 255})`;
    own.server.misbehave({ answers: { ...NO_EPSV, PASV } });
    expect(await errorOf(own.send())).toMatchObject({ fault: "connection", code: "connect" });
    own.server.misbehave({ answers: { EPSV: `229 Extended (|1|127.0.0.2|${other.port}|)`, PASV } });
    expect((await errorOf(own.send())).fault).toBe("connection");
    expect(other.connections()).toBe(0);
    expect(own.names()).toEqual([]);
  });

  it.each([25, 22, 80, 443, 1023, 6000, 0])("is not opened to port %i", async (port) => {
    for (const answers of [
      { EPSV: `229 Extended (|||${port}|)` },
      { ...NO_EPSV, PASV: `227 Passive (127,0,0,1,${port >> 8},${port & 255})` },
    ]) {
      own.server.misbehave({ answers });
      const error = await errorOf(own.send());
      expect(error).toMatchObject({ fault: "connection", code: "data_port" });
      expect(error.message).toContain(`port ${port} `);
    }
    expect(own.server.commands).not.toContain("STOR");
    expect(own.names()).toEqual([]);
  });

  it.each([
    ["229 Extended (|||99999|)", "227 Passive"],
    ["229 Extended", "227 Passive (1,2,3,4,5)"],
    ["229 Extended (|||x|)", "227 Passive (127,0,0,1,256,1)"],
    ["229 (||||)", "227 -1,-1,-1,-1,-1,-1"],
    ["229", `227 ${"1,".repeat(20_000)}`],
  ])("is not opened to what makes no sense: %s", async (EPSV, PASV) => {
    own.server.misbehave({ answers: { EPSV, PASV } });
    const error = await errorOf(own.send());
    expect(error.fault).toBe("connection");
    expect(error.code).toMatch(/^(protocol|data_port)$/);
    expect(error.message).not.toContain(LOGIN.password);
  });

  it.each(["229 Extended (|||PORT|)", "229 Extended (!!!PORT!)", "229 |||PORT| is it"])(
    "is opened as the server writes it: %s",
    async (text) => {
      // A data server of the test's own, which takes the file and gives it to nobody.
      const data = createServer((socket) => socket.resume());
      data.listen(0, "127.0.0.1");
      await once(data, "listening");
      stops.push(() => data.close());
      const address = data.address();
      const port = typeof address === "object" && address ? address.port : 0;
      own.server.misbehave({
        answers: { EPSV: text.replace("PORT", String(port)), STOR: "226 Taken", SIZE: "213 16" },
      });
      const connected = once(data, "connection");
      await errorOf(own.send());
      await connected;
      expect(own.names()).not.toContain(NAME);
    },
  );
});
