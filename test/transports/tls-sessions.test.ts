import { afterEach, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { httpPost } from "../../src/transports/http-post.js";
import { SessionRoom, Sessions } from "../../src/transports/tls-sessions.js";
import { makeCertificate } from "../support/certificates.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { jsonPayload, sendContext } from "../support/sending.js";
import { until } from "../support/service.js";

const MIB = 1024 * 1024;

afterEach(() => vi.restoreAllMocks());

it("keeps the newest session of a server, and none that is long", () => {
  const room = new SessionRoom();
  const sessions = new Sessions(room);
  sessions.keep("a.example:443", Buffer.from("first"));
  sessions.keep("a.example:443", Buffer.from("second"));
  sessions.keep("b.example:443", Buffer.alloc(8 * 1024));
  expect(sessions.get("a.example:443")).toEqual(Buffer.from("second"));
  expect(sessions.get("b.example:443")).toBeDefined();
  sessions.keep("b.example:443", Buffer.alloc(8 * 1024 + 1));
  expect(sessions.get("b.example:443")).toBeUndefined();
});

it("keeps 16 MiB of all agents together, and forgets the oldest first, whosever it is", () => {
  const room = new SessionRoom();
  const agents = Array.from({ length: 2_000 }, () => new Sessions(room));
  const [first, second] = agents as [Sessions, Sessions];
  first.keep("oldest", Buffer.alloc(8_000));
  second.keep("renewed", Buffer.alloc(8_000));
  for (let at = 0; at < 1_900; at++) agents[at % 50]?.keep(`${at}`, Buffer.alloc(8_000));
  second.keep("renewed", Buffer.alloc(8_000));
  expect(first.get("oldest")).toBeDefined();
  for (const agent of agents.slice(50)) agent.keep("one", Buffer.alloc(8_000));
  expect(room.bytes).toBeGreaterThan(15 * MIB);
  expect(room.bytes).toBeLessThanOrEqual(16 * MIB);
  expect(first.get("oldest")).toBeUndefined();
  expect(second.get("renewed")).toBeDefined();
  expect(agents.at(-1)?.get("one")).toBeDefined();
});

it("counts what a session takes beside its bytes", () => {
  const room = new SessionRoom();
  const sessions = new Sessions(room);
  for (let at = 0; at < 50_000; at++) sessions.keep(`${at}.example`, Buffer.alloc(1));
  expect(room.bytes).toBeLessThanOrEqual(16 * MIB);
  expect(sessions.get("0.example")).toBeUndefined();
  expect(sessions.get("49999.example")).toBeDefined();
});

it("forgets those of an agent that is closed, and keeps no more for it", () => {
  const room = new SessionRoom();
  const [closed, other] = [new Sessions(room), new Sessions(room)];
  for (const sessions of [closed, other]) sessions.keep("a.example:443", Buffer.alloc(1_000));
  const both = room.bytes;
  closed.close();
  closed.keep("b.example:443", Buffer.alloc(1_000));
  expect(room.bytes).toBe(both / 2);
  expect(closed.get("a.example:443")).toBeUndefined();
  expect(other.get("a.example:443")).toBeDefined();
});

it("is one room for all agents of a process, which an agent that is dropped leaves", async () => {
  const added = vi.spyOn(SessionRoom.prototype, "add");
  const closed = vi.spyOn(Sessions.prototype, "close");
  const server = makeCertificate();
  const receiver = await startHttpReceiver({ certificate: server });
  const connections = new Connections({ clock: systemClock, maxShared: 2 });
  const send = (ca: string) =>
    httpPost.send(jsonPayload("{}"), { url: receiver.url, ca }, sendContext({ connections }));
  try {
    await send(server.cert);
    await send(`${server.cert}\n${makeCertificate().cert}`);
    await until(() => added.mock.calls.length >= 2, 3000, "the sessions of both agents");
    const rooms = new Set(added.mock.contexts as SessionRoom[]);
    expect(rooms.size).toBe(1);
    const [room] = rooms;
    const both = room?.bytes ?? 0;
    expect(both).toBeGreaterThan(0);
    expect(closed).not.toHaveBeenCalled();
    // A third agent takes the place of the first.
    await send(`${server.cert}\n${makeCertificate().cert}`);
    expect(closed).toHaveBeenCalledTimes(1);
    await connections.close();
    expect(room?.bytes).toBe(0);
  } finally {
    await connections.close();
    await receiver.stop();
  }
});
