import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClaimRequest, claiming, claimLimit, dueLanes, releasing } from "../../src/store/claims.js";
import { Commits } from "../../src/store/commits.js";
import { leasedClaiming } from "../../src/store/leases.js";
import { faulting, MAX_INTERNAL_FAULTS, releaseAll, releaseExpired } from "../../src/store/lost-claims.js";
import type { Endpoint } from "../../src/types.js";
import { setClaimClock } from "../support/databases.js";
import { addDelivery, addEvent, addMany, openStore, post, row, type Store, states } from "./kit.js";

let store: Store;
let commits: Commits;
let erp: Endpoint;
let crm: Endpoint;

beforeEach(async () => {
  kind = undefined;
  store = await openStore();
  commits = new Commits(store.database);
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
  crm = await store.endpoints.create("acme", post("CRM"));
});
afterEach(() => store.close());

const request = (more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  startMs: 1_000,
  sendMs: 0,
  laneId: erp.laneId,
  limit: 8,
  now: store.clock.now(),
  token: "clm_a",
  until: 1_000,
  ...more,
});
let kind: typeof claiming | undefined;
const claim = async (more: Partial<ClaimRequest> = {}) => {
  const { nowSql } = store.database;
  kind ??= nowSql === null ? claiming : leasedClaiming("prc_1", nowSql);
  return (await commits.add(kind, request(more))).claims;
};
const laneOf = (id: string) => store.database.prisma.lane.findUniqueOrThrow({ where: { id } });

describe("claiming", () => {
  it("takes what is due in a lane, the longest due first, with its event", async () => {
    const event = await addEvent(store, { externalId: "tms-1", body: { comment: "hallo" } });
    const now = store.clock.now();
    const later = await addDelivery(store, erp, event, { due_at: now - 1 });
    const sooner = await addDelivery(store, erp, event, { due_at: now - 9, attempts: 2, step: 1, ambiguous: 1 });
    await addDelivery(store, erp, event, { due_at: now + 1 });
    await addDelivery(store, crm, event);
    for (const state of ["sending", "delivered", "failed", "canceled"]) await addDelivery(store, erp, event, { state });
    const claims = await claim();
    expect(claims.map(({ id }) => id)).toEqual([sooner, later]);
    expect(claims[0]).toMatchObject({
      laneId: erp.laneId,
      endpointId: erp.id,
      token: "clm_a",
      until: 1_000,
      attempts: 2,
      step: 1,
      mayHaveArrived: true,
      fileName: null,
      event: { ...event, externalId: "tms-1", body: { comment: "hallo" } },
    });
    expect(await row(store, sooner)).toMatchObject({ state: "sending", claim_token: "clm_a" });
  });

  it("takes no more than its limit, and each delivery once", async () => {
    await addMany(store, erp, 10);
    const taken = [
      await claim({ limit: 4 }),
      await claim({ limit: 4, token: "clm_b" }),
      await claim({ token: "clm_c" }),
    ];
    expect(taken.map((claims) => claims.length)).toEqual([4, 4, 2]);
    expect(new Set(taken.flat().map(({ id }) => id)).size).toBe(10);
  });

  it("serves many lanes in one commit, each within its own limit", async () => {
    await addMany(store, erp, 5);
    await addMany(store, crm, 5);
    const [two, four, none] = await Promise.all([
      claim({ limit: 2 }),
      claim({ limit: 4, laneId: crm.laneId, token: "clm_b", until: 500 }),
      claim({ laneId: "ep_none" }),
    ]);
    expect([two.length, four.length, none.length]).toEqual([2, 4, 0]);
    expect(two.every(({ laneId }) => laneId === erp.laneId)).toBe(true);
    expect(four.every(({ laneId, until }) => laneId === crm.laneId && until === 500)).toBe(true);
    expect(new Set([...two, ...four].map(({ token }) => token)).size).toBe(1);
  });

  it("takes the newest that was not tried yet, else the newest, where a probe asks for it", async () => {
    const event = await addEvent(store);
    const now = store.clock.now();
    const add = (dueAt: number, step = 0) => addDelivery(store, erp, event, { due_at: now + dueAt, step });
    const [oldest, tried, untried, newest] = [await add(-90), await add(-80, 1), await add(-70), await add(-9, 2)];
    await add(1);
    const other = await addDelivery(store, crm, event);
    const one = async (token: string, laneId = erp.laneId) =>
      (await claim({ token, limit: 1, newest: true, laneId })).map(({ id }) => id);
    // In one commit with a claim of the oldest of another lane.
    const [of, beside] = await Promise.all([one("clm_1"), claim({ token: "clm_1", laneId: crm.laneId })]);
    expect(of).toEqual([untried]);
    expect(beside.map(({ id }) => id)).toEqual([other]);
    expect([await one("clm_2"), await one("clm_3"), await one("clm_4")]).toEqual([[oldest], [newest], [tried]]);
    expect(await one("clm_5")).toEqual([]);
  });

  it("made beside its deliveries finds them, though a claim that was asked for before they were due goes with it", async () => {
    const event = await addEvent(store);
    const now = store.clock.now();
    await addDelivery(store, erp, event, { due_at: now + 2 });
    const [, found] = await Promise.all([
      claim({ laneId: crm.laneId }),
      claim({ laneId: erp.laneId, token: "clm_b", now: now + 3 }),
    ]);
    expect(found).toHaveLength(1);
  });

  it("asks for limits that many lanes have in common", () => {
    expect([0, 1, 3, 8, 9, 255, 256, 5_000].map(claimLimit)).toEqual([1, 1, 2, 8, 8, 128, 256, 512]);
  });
});

describe("releasing", () => {
  it("gives a claim back as it was", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    const before = await row(store, id);
    const [claimed] = await claim();
    await commits.add(releasing, { id, token: claimed?.token ?? "", mayHaveArrived: false });
    expect(await row(store, id)).toEqual(before);
  });

  it("remembers that a send was broken off", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    const [claimed] = await claim();
    await commits.add(releasing, { id, token: claimed?.token ?? "", mayHaveArrived: true });
    expect(await row(store, id)).toMatchObject({ state: "pending", ambiguous: 1 });
  });

  it("keeps the claim of another", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim({ token: "clm_other" });
    await commits.add(releasing, { id, token: "clm_a", mayHaveArrived: false });
    expect(await row(store, id)).toMatchObject({ state: "sending", claim_token: "clm_other" });
  });

  it("goes before a claim of the same commit: what is given back can be claimed at once", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await claim();
    const [again] = await Promise.all([
      claim({ token: "clm_b" }),
      commits.add(releasing, { id, token: "clm_a", mayHaveArrived: false }),
    ]);
    expect(again.map((claimed) => claimed.token)).toEqual(["clm_b"]);
  });

  it("at start takes back what a process that is gone had claimed, as what may have arrived", async () => {
    const [claimedId = "", other = ""] = await addMany(store, erp, 2);
    await claim({ limit: 1 });
    expect(await releaseAll(store.database)).toBe(1);
    expect(await row(store, claimedId)).toMatchObject({
      state: "pending",
      claim_token: null,
      ambiguous: 1,
      internal_faults: 0,
    });
    expect(await row(store, other)).toMatchObject({ state: "pending", ambiguous: 0 });
  });
});

/** What `releaseExpired` finds when the clock of claims shows `ms`. */
async function expiredAt(ms: number, now: number, held: readonly string[]) {
  await setClaimClock(store.database, ms);
  return releaseExpired(store.database, ms, now, held);
}

describe("claims that expire", () => {
  it("are released once their time is over, unless they are still worked on here", async () => {
    await addMany(store, erp, 2);
    await claim({ limit: 1, until: 1_000 });
    await claim({ limit: 1, until: 1_000, token: "clm_held" });
    expect(await expiredAt(1_000, 5, ["clm_held"])).toEqual({
      released: 0,
      failed: 0,
      failedLanes: [],
      failedOf: new Map(),
    });
    expect(await expiredAt(1_001, 5, ["clm_held"])).toEqual({
      released: 1,
      failed: 0,
      failedLanes: [],
      failedOf: new Map(),
    });
    expect(await states(store)).toEqual({ pending: 1, sending: 1 });
    expect(await expiredAt(1_001, 5, [])).toMatchObject({ released: 1, failed: 0, failedLanes: [] });
  });

  it("on which something of ours failed five times fail their delivery, and alert its lane; a death counts nothing", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    const [healthy = ""] = await addMany(store, crm, 1);
    for (let lost = 1; lost <= 2 * MAX_INTERNAL_FAULTS; lost++) {
      await setClaimClock(store.database, lost * 5_000);
      const [claimed] = await claim();
      if (lost % 2 === 0) await commits.add(faulting, { id, token: claimed?.token ?? "" });
      // Of a claim that is lost by then.
      await commits.add(faulting, { id, token: "clm_before" });
      const failed = lost === 2 * MAX_INTERNAL_FAULTS ? [erp.laneId] : [];
      expect(await expiredAt(lost * 5_000 + 1_001, 77, [])).toEqual({
        released: 1,
        failed: failed.length,
        failedLanes: failed,
        failedOf: new Map(failed.map(() => ["acme", 1])),
      });
    }
    const now = BigInt(77);
    expect(await row(store, id)).toMatchObject({
      state: "failed",
      reason: "internal",
      fault: "internal",
      finished_at: now,
    });
    expect(await laneOf(erp.laneId)).toMatchObject({ failure_fault: "internal", given_up_at: now, alert_at: now });
    expect(await row(store, healthy)).toMatchObject({ state: "pending" });
    expect(await laneOf(crm.laneId)).toMatchObject({ alert_at: null });
  });
});

describe("dueLanes", () => {
  it("names each lane that has something pending, with the time of the first", async () => {
    const event = await addEvent(store);
    const now = store.clock.now();
    await addDelivery(store, erp, event, { due_at: now + 50 });
    await addDelivery(store, erp, event, { due_at: now + 20 });
    await addDelivery(store, erp, event, { due_at: now - 20, state: "delivered" });
    await addDelivery(store, crm, event, { state: "failed" });
    expect(await dueLanes(store.database)).toEqual([{ laneId: erp.laneId, at: now + 20 }]);
    await addDelivery(store, crm, event, { due_at: 1 });
    expect(new Map((await dueLanes(store.database)).map(({ laneId, at }) => [laneId, at]))).toEqual(
      new Map([
        [erp.laneId, now + 20],
        [crm.laneId, 1],
      ]),
    );
  });

  it("is empty when nothing is pending", async () => {
    expect(await dueLanes(store.database)).toEqual([]);
  });
});
