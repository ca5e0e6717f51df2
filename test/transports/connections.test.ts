import { describe, expect, it } from "vitest";
import { Connections } from "../../src/transports/connections.js";
import { manualClock } from "../support/clock.js";

function opener() {
  const opened: number[] = [];
  const closed: number[] = [];
  return {
    opened,
    closed,
    open: async () => {
      opened.push(opened.length + 1);
      return opened.length;
    },
    close: (connection: number) => void closed.push(connection),
  };
}

describe("Connections", () => {
  it("hands a returned connection to the next send of the same key only", async () => {
    const connections = new Connections({ clock: manualClock() });
    const server = opener();
    const first = await connections.lease("a", server);
    expect(first.fresh).toBe(true);
    first.release();
    const other = await connections.lease("b", server);
    const again = await connections.lease("a", server);
    expect([again.connection, again.fresh, other.connection]).toEqual([1, false, 2]);
  });

  it("never leases a connection twice at a time", async () => {
    const connections = new Connections({ clock: manualClock() });
    const server = opener();
    const [one, two] = await Promise.all([connections.lease("a", server), connections.lease("a", server)]);
    expect(one.connection).not.toBe(two.connection);
  });

  it("keeps no connection that was discarded, however often it is given back", async () => {
    const connections = new Connections({ clock: manualClock() });
    const server = opener();
    const lease = await connections.lease("a", server);
    lease.discard();
    lease.release();
    lease.discard();
    expect(server.closed).toEqual([1]);
    expect((await connections.lease("a", server)).connection).toBe(2);
  });

  it("closes a connection that was idle for too long", async () => {
    const clock = manualClock();
    const connections = new Connections({ clock, idleMs: 45_000 });
    const server = opener();
    (await connections.lease("a", server)).release();
    await clock.advance(44_999);
    expect(server.closed).toEqual([]);
    await clock.advance(1);
    expect(server.closed).toEqual([1]);
    expect(clock.waiting).toBe(0);
  });

  it("leaves no timer behind for a connection in use", async () => {
    const clock = manualClock();
    const connections = new Connections({ clock, idleMs: 45_000 });
    const server = opener();
    (await connections.lease("a", server)).release();
    await connections.lease("a", server);
    await clock.advance(100_000);
    expect(server.closed).toEqual([]);
  });

  it("closes the longest idle one for room", async () => {
    const connections = new Connections({ clock: manualClock(), maxIdle: 2 });
    const server = opener();
    const leases = await Promise.all(["a", "b", "a"].map((key) => connections.lease(key, server)));
    for (const lease of leases) lease.release();
    expect(server.closed).toEqual([1]);
  });

  it("makes a shared object once, and drops the longest unused for room", async () => {
    const closed: string[] = [];
    const connections = new Connections({ clock: manualClock(), maxShared: 2 });
    const shared = (key: string) =>
      connections.shared(key, () => ({ value: { key }, close: async () => void closed.push(key), destroy() {} }));
    const first = shared("a");
    shared("b");
    expect(shared("a")).toBe(first);
    shared("c");
    expect(closed).toEqual(["b"]);
    expect(shared("a")).toBe(first);
  });

  it("closes what is idle and shared at the end, and what is leased when it comes back", async () => {
    const clock = manualClock();
    const connections = new Connections({ clock });
    const server = opener();
    let sharedClosed = 0;
    connections.shared("x", () => ({ value: 1, close: async () => void sharedClosed++, destroy() {} }));
    const leased = await connections.lease("a", server);
    (await connections.lease("a", server)).release();
    await connections.close();
    expect([server.closed, sharedClosed]).toEqual([[2], 1]);
    leased.release();
    expect(server.closed).toEqual([2, 1]);
    expect(clock.waiting).toBe(0);
  });

  it("ends what is under way on a shared object a second after it began to close", async () => {
    const clock = manualClock();
    const connections = new Connections({ clock });
    let destroyed = 0;
    const hanging = { value: 1, close: () => new Promise<void>(() => {}), destroy: () => void destroyed++ };
    connections.shared("x", () => hanging);
    const closing = connections.close();
    await clock.advance(900);
    expect(destroyed).toBe(0);
    await clock.advance(100);
    await closing;
    expect(destroyed).toBe(1);
  });
});
