import { afterEach, describe, expect, it } from "vitest";
import type { Claimed } from "../../src/store/claims.js";
import type { EndpointInput, Status } from "../../src/types.js";
import { HOUR, type Ordered, openOrdered } from "./ordering-kit.js";

type Mode = "none" | "per-order" | "latest-only";

let ordered: Ordered;
afterEach(() => ordered.close());

const open = async (order: Mode, more: EndpointInput["limits"] = {}) => {
  ordered = await openOrdered({ order, ...more });
  return ordered;
};
const first = (claims: readonly Claimed[]): Claimed => {
  const [only] = claims;
  if (!only) throw new Error("nothing was claimed");
  return only;
};

/** What a situation brings: the states of the earlier and of the later status, once all was claimed that can be. */
type Cell = readonly [earlier: string, later: string];

const SUPERSEDED = "canceled: superseded by later";

/** The design's table "Order": its rows, each with how it comes about, and its cells. */
const TABLE: readonly {
  readonly row: string;
  readonly bring: (o: Ordered) => Promise<{ earlier: string; later: string }>;
  readonly cells: Readonly<Record<Mode, Cell>>;
}[] = [
  {
    row: "an earlier one is still pending",
    async bring(o) {
      const earlier = await o.publish(0);
      await o.end(first(await o.claim()), "pending", 5 * 60_000);
      return { earlier, later: await o.publish(1) };
    },
    cells: {
      none: ["pending", "sending"],
      "per-order": ["pending", "pending"],
      "latest-only": [SUPERSEDED, "sending"],
    },
  },
  {
    row: "an earlier one is still sending",
    async bring(o) {
      const earlier = await o.publish(0);
      await o.claim();
      return { earlier, later: await o.publish(1) };
    },
    cells: {
      none: ["sending", "sending"],
      "per-order": ["sending", "pending"],
      "latest-only": ["sending", "sending"],
    },
  },
  {
    row: "the earlier one failed",
    async bring(o) {
      const earlier = await o.publish(0);
      await o.end(first(await o.claim()), "failed");
      return { earlier, later: await o.publish(1) };
    },
    cells: {
      none: ["failed: attempts exhausted", "sending"],
      "per-order": ["failed: attempts exhausted", "sending"],
      "latest-only": ["failed: attempts exhausted", "sending"],
    },
  },
  {
    row: "the earlier one was canceled",
    async bring(o) {
      const earlier = await o.publish(0);
      await o.actions.cancel({ ids: [earlier] });
      return { earlier, later: await o.publish(1) };
    },
    cells: {
      none: ["canceled: canceled by hand", "sending"],
      "per-order": ["canceled: canceled by hand", "sending"],
      "latest-only": ["canceled: canceled by hand", "sending"],
    },
  },
  {
    row: "it arrives after a later one was accepted",
    async bring(o) {
      const later = await o.publish(1);
      await o.end(first(await o.claim()), "delivered");
      return { earlier: await o.publish(0), later };
    },
    cells: {
      none: ["sending", "delivered"],
      "per-order": ["sending", "delivered"],
      "latest-only": [SUPERSEDED, "delivered"],
    },
  },
  {
    row: "it arrives after a later one that failed",
    async bring(o) {
      const later = await o.publish(1);
      await o.end(first(await o.claim()), "failed");
      return { earlier: await o.publish(0), later };
    },
    cells: {
      none: ["sending", "failed: attempts exhausted"],
      "per-order": ["sending", "failed: attempts exhausted"],
      "latest-only": ["sending", "failed: attempts exhausted"],
    },
  },
  {
    row: "it arrives after a later one that was canceled, and has superseded another",
    async bring(o) {
      await o.publish(2);
      const later = await o.publish(3);
      await o.actions.cancel({ ids: [later] });
      return { earlier: await o.publish(0), later };
    },
    cells: {
      none: ["sending", "canceled: canceled by hand"],
      "per-order": ["sending", "canceled: canceled by hand"],
      "latest-only": ["sending", "canceled: canceled by hand"],
    },
  },
  {
    row: "it arrives after a later one was accepted that is being sent",
    async bring(o) {
      const later = await o.publish(1);
      await o.claim();
      return { earlier: await o.publish(0), later };
    },
    cells: {
      none: ["sending", "sending"],
      "per-order": ["sending", "sending"],
      "latest-only": [SUPERSEDED, "sending"],
    },
  },
  {
    row: "a final one is pending, and one comes that is not final",
    async bring(o) {
      const earlier = await o.publish(0, { status: "DELIVERED" });
      await o.end(first(await o.claim()), "pending", 5 * 60_000);
      return { earlier, later: await o.publish(1) };
    },
    cells: {
      none: ["pending", "sending"],
      "per-order": ["pending", "pending"],
      "latest-only": ["pending", "sending"],
    },
  },
  {
    row: "a final one arrives after a later one that is not final",
    async bring(o) {
      const later = await o.publish(1);
      await o.end(first(await o.claim()), "delivered");
      return { earlier: await o.publish(0, { status: "NOTOK" }), later };
    },
    cells: {
      none: ["sending", "delivered"],
      "per-order": ["sending", "delivered"],
      "latest-only": ["sending", "delivered"],
    },
  },
  {
    row: "retried by hand: the later one, while the earlier one is pending",
    async bring(o) {
      const earlier = await o.publish(0);
      await o.end(first(await o.claim()), "pending", 5 * 60_000);
      const later = await o.publish(1);
      await o.claim();
      await o.actions.retry({ ids: [later] });
      return { earlier, later };
    },
    cells: {
      none: ["pending", "sending"],
      "per-order": ["pending", "sending"],
      "latest-only": [SUPERSEDED, "sending"],
    },
  },
  {
    row: "retried by hand: the earlier one, after a later one was accepted",
    async bring(o) {
      const earlier = await o.publish(0);
      await o.end(first(await o.claim()), "failed");
      const later = await o.publish(1);
      await o.end(first(await o.claim()), "delivered");
      await o.actions.retry({ ids: [earlier] });
      return { earlier, later };
    },
    cells: {
      none: ["sending", "delivered"],
      "per-order": ["sending", "delivered"],
      "latest-only": ["sending", "delivered"],
    },
  },
];
const MODES: readonly Mode[] = ["none", "per-order", "latest-only"];
const CASES = TABLE.flatMap((one) => MODES.map((mode) => ({ ...one, mode, cell: one.cells[mode] })));

describe("the design's table", () => {
  it.each(CASES)("$row, $mode: $cell", async ({ bring, mode, cell }) => {
    const o = await open(mode);
    const { earlier, later } = await bring(o);
    await o.claim();
    const wanted = cell.map((text) => text.replace("by later", `by ${later}`));
    expect([await o.stateOf(earlier), await o.stateOf(later)]).toEqual(wanted);
    expect((await o.get(earlier)).supersededBy).toBe(cell[0] === SUPERSEDED ? later : null);
  });

  it.each<readonly [Status, Status, boolean]>([
    ["PROCESSING", "WARNING", true],
    ["PROCESSING", "DELIVERED", true],
    ["WARNING", "CANCELLED", true],
    ["DELIVERED", "PROCESSING", false],
    ["CANCELLED", "WARNING", false],
    ["NOTOK", "PROCESSING", false],
    ["DELIVERED", "CANCELLED", true],
    ["NOTOK", "DELIVERED", true],
  ])("latest-only: %s gives way to a later %s: %s", async (status, later, givesWay) => {
    const o = await open("latest-only");
    const [one, two] = [await o.publish(0, { status }), await o.publish(1, { status: later })];
    expect(await o.stateOf(one)).toBe(givesWay ? `canceled: superseded by ${two}` : "pending");
    expect(await o.stateOf(two)).toBe("pending");
    // The other way round: the one that comes late.
    const [late, early] = [
      await o.publish(3, { order: "B", status: later }),
      await o.publish(2, { order: "B", status }),
    ];
    expect(await o.stateOf(early)).toBe(givesWay ? `canceled: superseded by ${late}` : "pending");
  });
});

describe("per-order", () => {
  it("lets each of an order go once the one before it has ended, however that was", async () => {
    const o = await open("per-order");
    const ids = [await o.publish(0), await o.publish(1), await o.publish(2), await o.publish(3)];
    for (const state of ["delivered", "failed", "canceled"] as const) {
      const claims = await o.claim();
      expect(claims.map(({ id }) => id)).toEqual([ids.shift()]);
      expect(await o.claimed()).toEqual([]);
      await o.end(first(claims), state);
    }
    expect(await o.claimed()).toEqual(ids);
  });

  it("tells what it waits for, and when it goes without", async () => {
    const o = await open("per-order", { overtakeAfter: "30m" });
    const earlier = await o.publish(0);
    const later = await o.publish(1);
    await o.claim();
    expect(await o.get(later)).toMatchObject({ waitsFor: earlier, dueAt: o.clock.now() + HOUR / 2, overtook: null });
  });

  it("goes by the time of the status, then by arrival", async () => {
    const o = await open("per-order");
    const [third, second] = [await o.publish(2), await o.publish(1)];
    const [firstOne, next] = [await o.publish(0), await o.publish(0)];
    const seen: string[] = [];
    for (let at = 0; at < 4; at++) {
      const claim = first(await o.claim());
      seen.push(claim.id);
      await o.end(claim, "delivered");
    }
    expect(seen).toEqual([firstOne, next, second, third]);
  });

  it.each(["order", "barcode", "container"])("compares those of one %s only", async (field) => {
    const o = await open("per-order");
    const ids = [await o.publish(0), await o.publish(1, { [field]: "other" })];
    expect((await o.claimed()).sort()).toEqual(ids.sort());
  });

  it("lets a later one overtake after its time, and marks it", async () => {
    const o = await open("per-order");
    const earlier = await o.publish(0);
    await o.end(first(await o.claim()), "pending", 5 * HOUR);
    const later = await o.publish(1);
    expect(await o.claimed()).toEqual([]);
    await o.clock.advance(HOUR - 1);
    expect(await o.claimed()).toEqual([]);
    await o.clock.advance(1);
    const claim = first(await o.claim());
    expect(claim).toMatchObject({ id: later, overtook: earlier });
    expect(await o.get(later)).toMatchObject({ overtook: earlier, waitsFor: null });
  });

  it("lets a later one overtake one that is being sent for so long", async () => {
    const o = await open("per-order", { overtakeAfter: "1m" });
    const earlier = await o.publish(0);
    await o.claim();
    const later = await o.publish(1);
    expect(await o.claimed()).toEqual([]);
    await o.clock.advance(60_000);
    expect(await o.claim()).toMatchObject([{ id: later, overtook: earlier }]);
  });

  it("keeps the order after a pause that was longer than that time", async () => {
    const o = await open("per-order");
    const ids = [await o.publish(0), await o.publish(1), await o.publish(2)];
    await o.clock.advance(5 * HOUR);
    for (const id of ids) {
      const claims = await o.claim();
      expect(claims.map((claim) => [claim.id, claim.overtook])).toEqual([[id, null]]);
      await o.end(first(claims), "delivered");
    }
  });

  it("an earlier one that expires, is canceled or is given up lets the later one go", async () => {
    const o = await open("per-order");
    const [one, two, three] = [await o.publish(0), await o.publish(1), await o.publish(2)];
    await o.database.batch([{ sql: "UPDATE deliveries SET expires_at = 1 WHERE id = ?", args: [one] }]);
    await o.claimed();
    await o.database.batch([
      { sql: "UPDATE deliveries SET state = 'pending', claim_token = NULL WHERE id = ?", args: [one] },
    ]);
    expect(await o.expire(o.clock.now())).toBe(1);
    expect(await o.stateOf(one)).toBe("failed: expired");
    expect((await o.get(two)).waitsFor).toBeNull();
    await o.actions.cancel({ ids: [two] });
    expect(await o.claimed()).toEqual([three]);
  });

  it("a claim of few looks past those that wait", async () => {
    const o = await open("per-order");
    for (let at = 0; at < 5; at++) await o.publish(at);
    const other = await o.publish(0, { order: "B" });
    const seen = [
      ...(await o.claimed({ limit: 2 })),
      ...(await o.claimed({ limit: 2 })),
      ...(await o.claimed({ limit: 2 })),
    ];
    expect(seen).toContain(other);
    expect(seen).toHaveLength(2);
  });

  it("a batch holds several statuses of an order, and waits as a whole for one outside", async () => {
    const o = await open("per-order");
    const ids = [await o.publish(0), await o.publish(1), await o.publish(2)];
    const claims = await o.claim({ batched: true });
    expect(claims.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const members = claims.map(({ id, token }) => ({ id, token }));
    await o.road.batch({ id: "bat_1", members: members.slice(1) });
    for (const claim of claims) await o.end(claim, "pending");
    // Split by hand: the first alone, the others in one batch.
    const again = await o.claim({ batched: true });
    expect(again.map(({ id }) => id)).toEqual([ids[0]]);
    expect(await o.claimed({ batched: true })).toEqual([]);
    await o.end(first(again), "delivered");
    const rest = await o.claim({ batched: true });
    // What had waited with it is claimed with its batch.
    expect(rest.map(({ id, batchId }) => [id, batchId]).sort()).toEqual([
      [ids[1], "bat_1"],
      [ids[2], "bat_1"],
    ]);
  });

  it("an endpoint that begins to keep an order keeps it for what waits already", async () => {
    const o = await open("none");
    const ids = [await o.publish(0), await o.publish(1)];
    await o.endpoints.patch(o.erp.id, { limits: { order: "per-order" } });
    expect(await o.claimed()).toEqual([ids[0]]);
    await o.endpoints.patch(o.erp.id, { limits: { order: "none" } });
    expect(await o.claimed()).toEqual([ids[1]]);
  });

  it("a shorter overtakeAfter counts for what waits already", async () => {
    const o = await open("per-order", { overtakeAfter: "6h" });
    await o.publish(0);
    await o.end(first(await o.claim()), "pending", 24 * HOUR);
    const later = await o.publish(1);
    expect(await o.claimed()).toEqual([]);
    await o.clock.advance(HOUR);
    await o.endpoints.patch(o.erp.id, { limits: { overtakeAfter: "1h" } });
    expect(await o.claimed()).toEqual([later]);
  });

  it("an event that is replayed by hand is sent at once; many keep their order", async () => {
    const o = await open("per-order");
    const ids = [await o.publish(0), await o.publish(1)];
    await o.claim();
    await o.replayer.event((await o.get(ids[1] ?? "")).eventId);
    expect(await o.claim()).toMatchObject([{ event: { id: (await o.get(ids[1] ?? "")).eventId } }]);
    expect(await o.replayer.deliveries({ endpoint: o.erp.id }, {})).toMatchObject({ count: 2 });
    // The first delivery of the earlier event is being sent: its twin is no later one, and the others are.
    expect((await o.claim()).map(({ event }) => event.id)).toEqual([(await o.get(ids[0] ?? "")).eventId]);
  });
});

describe("latest-only", () => {
  it("of many in one request the latest goes, and each of the others says by which it was superseded", async () => {
    const o = await open("latest-only");
    const items = [2, 0, 3, 1].map((minutes) => ({
      customer: "acme",
      order: "A1",
      statusCode: "take",
      statusTime: new Date(Date.UTC(2023, 6, 19, 9, minutes)).toISOString(),
    }));
    await o.publisher.publish(items);
    const claims = await o.claim();
    expect(claims.map(({ event }) => event.statusTime)).toEqual([Date.UTC(2023, 6, 19, 9, 3)]);
    const { items: canceled } = await o.deliveries.list({ state: "canceled" });
    expect(canceled.map(({ supersededBy }) => supersededBy)).toEqual(Array(3).fill(claims[0]?.id));
  });

  it("one whose send failed after a later one came is canceled when it is due again", async () => {
    const o = await open("latest-only");
    const one = await o.publish(0);
    const claim = first(await o.claim());
    const two = await o.publish(1);
    await o.end(claim, "pending");
    expect(await o.claimed()).toEqual([two]);
    expect(await o.stateOf(one)).toBe(`canceled: superseded by ${two}`);
  });

  it("one that waits by hand is not superseded by what comes later", async () => {
    const o = await open("latest-only");
    const one = await o.publish(0);
    await o.actions.retry({ ids: [one] });
    const two = await o.publish(1);
    expect((await o.claimed()).sort()).toEqual([one, two].sort());
  });
});
