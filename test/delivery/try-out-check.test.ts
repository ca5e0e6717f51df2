import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Deadlines } from "../../src/delivery/deadlines.js";
import { createTryOut, type TryOutOptions } from "../../src/delivery/try-out.js";
import { Connections } from "../../src/transports/connections.js";
import type { CheckStep } from "../../src/transports/transport.js";
import type { Endpoint } from "../../src/types.js";
import { registry } from "../store/kit.js";
import { sendContext } from "../support/sending.js";
import { SILENT } from "./kit.js";

let server: Server;
let asked: boolean;
let deadlines: Deadlines;
let check: ReturnType<typeof createTryOut>["check"];
let endpoint: Endpoint;

beforeEach(async () => {
  asked = false;
  // Takes connections, and never answers one.
  server = createServer((socket) => {
    socket.on("data", () => {
      asked = true;
    });
    socket.on("error", () => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  deadlines = new Deadlines(systemClock);
  const { resolve } = sendContext();
  const parts = { registry, resolve, connections: new Connections({ clock: systemClock }), deadlines };
  // A check needs no events: what renders them is left out.
  ({ check } = createTryOut({ ...parts, clock: systemClock, log: SILENT } as unknown as TryOutOptions));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const success = { statusCodes: [], bodyIncludes: "" };
  endpoint = { id: "ep_1", version: 1, transport: { type: "http-post", url }, success, timeoutMs: 600_000 } as never;
});
afterEach(() => {
  deadlines.endAll();
  server.close();
});

describe("a check that is watched", () => {
  const begin = (signal: AbortSignal) => {
    const steps: CheckStep[] = [];
    const ended = check(endpoint, { signal, onStep: (step) => steps.push(step) });
    return { ended, names: () => steps.map(({ step, ok }) => `${step} ${ok}`) };
  };

  it("tells each step as it ends, and ends when nobody waits for it any more", async () => {
    const gone = new AbortController();
    const { ended, names } = begin(gone.signal);
    await expect.poll(names).toEqual(["resolve true", "connect true"]);
    await expect.poll(() => asked).toBe(true);
    gone.abort();
    expect((await ended).at(-1)).toMatchObject({ step: "request", ok: false });
  });

  it("tells no step that fails because the service stops", async () => {
    const { ended, names } = begin(new AbortController().signal);
    await expect.poll(names).toEqual(["resolve true", "connect true"]);
    deadlines.endAll();
    await expect(ended).rejects.toMatchObject({ status: 503, code: "busy" });
    expect(names()).toEqual(["resolve true", "connect true"]);
  });
});
