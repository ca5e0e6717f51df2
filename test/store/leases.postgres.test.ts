import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimRequest, claiming } from "../../src/store/claims.js";
import { Commits } from "../../src/store/commits.js";
import { createLeases, leasedClaiming } from "../../src/store/leases.js";
import { releaseExpired } from "../../src/store/lost-claims.js";
import { recording } from "../../src/store/records.js";
import type { Endpoint } from "../../src/types.js";
import { setClaimClock } from "../support/databases.js";
import { addMany, openStore, post, row, type Store } from "./kit.js";

let store: Store;
let erp: Endpoint;
let crm: Endpoint;

/** A process that shares the database. */
function processOf(name: string) {
  const nowSql = store.database.nowSql ?? "";
  const commits = new Commits(store.database);
  const kind: typeof claiming = leasedClaiming(name, nowSql);
  let tokens = 0;
  return {
    ...createLeases(store.database, name, nowSql),
    commits,
    claim: (more: Partial<ClaimRequest> = {}) =>
      commits.add(kind, {
        laneId: erp.laneId,
        limit: 2,
        now: store.clock.now(),
        token: `${name}_${++tokens}`,
        until: 0,
        startMs: 20_000,
        sendMs: 10_000,
        ...more,
      }),
  };
}
let one: ReturnType<typeof processOf>;
let two: ReturnType<typeof processOf>;

beforeEach(async () => {
  store = await openStore();
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
  crm = await store.endpoints.create("acme", post("CRM"));
  one = processOf("one");
  two = processOf("two");
});
afterEach(() => store.close());

const at = (ms: number) => setClaimClock(store.database, ms);
const lease = (name = erp.laneId) => store.database.prisma.lease.findUnique({ where: { name } });

describe("a lane", () => {
  it("is worked by the process that claims in it first, and told to the others", async () => {
    await addMany(store, erp, 6);
    await addMany(store, crm, 2);
    expect(await one.claim()).toMatchObject({ claims: [{}, {}], heldBy: null, fence: 1, spentMs: 0 });
    expect(await two.claim()).toEqual({ claims: [], heldBy: "one", fence: 1, spentMs: 0 });
    expect((await two.claim({ laneId: crm.laneId })).claims).toHaveLength(2);
    expect(await one.claim()).toMatchObject({ claims: [{}, {}], heldBy: null, fence: 1 });
  });

  it("is taken over only when its lease is over, which lasts longer than what was claimed under it", async () => {
    await addMany(store, erp, 6);
    await one.claim();
    await at(10_000);
    await one.claim({ sendMs: 60_000 });
    await at(92_000);
    expect(await two.claim()).toMatchObject({ claims: [], heldBy: "one" });
    await at(92_001);
    expect(await two.claim()).toMatchObject({ claims: [{}, {}], heldBy: null, fence: 2 });
    expect(await one.claim()).toMatchObject({ claims: [], heldBy: "two", fence: 2 });
  });

  it("is written again only when its lease would end before what is claimed now", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await one.claim({ now: store.clock.now() - 1 });
    await at(2_000);
    await one.claim();
    expect(await lease()).toMatchObject({ until: 32_000n });
    expect(await row(store, id)).toMatchObject({ claim_until: 32_000n });
    await at(2_001);
    await one.claim();
    expect(await lease()).toMatchObject({ until: 34_001n, fence: 1 });
  });

  it("that a process has forgotten and wants again comes with what its rate has spent", async () => {
    await addMany(store, erp, 6);
    await one.claim({ spentMs: 5_000 });
    await at(1_000);
    expect(await one.claim({ spentMs: 5_000 })).toMatchObject({ fence: 1, spentMs: 4_000 });
  });

  it("goes at once to whoever wants it when it is given back, and its rate with it", async () => {
    await addMany(store, erp, 6);
    await one.claim({ spentMs: 5_000 });
    expect(await lease()).toMatchObject({ spent_until: 5_000n });
    await one.giveBack([{ laneId: erp.laneId, spentMs: 700 }]);
    expect(await two.claim()).toMatchObject({ claims: [{}, {}], fence: 2, spentMs: 700 });
    await two.giveAllBack();
    expect(await one.claim()).toMatchObject({ claims: [{}, {}], fence: 3 });
  });

  it("of a process that died is taken over with what its rate had spent", async () => {
    await addMany(store, erp, 6);
    await one.claim({ spentMs: 3_600_000 });
    await at(1_000_000);
    expect(await two.claim({ spentMs: 10 })).toMatchObject({ fence: 2, spentMs: 2_600_000 });
    expect(await lease()).toMatchObject({ spent_until: 3_600_000n });
  });

  it("has one holder, and each delivery one claim, when many processes want it at the same moment", async () => {
    await addMany(store, erp, 100);
    await addMany(store, crm, 100);
    const processes = Array.from({ length: 8 }, (_, index) => processOf(`p${index}`));
    const answers = await Promise.all(
      processes.flatMap((each) => [each.claim({ limit: 16 }), each.claim({ laneId: crm.laneId, limit: 16 })]),
    );
    const claimed = answers.flatMap(({ claims }) => claims.map(({ id }) => id));
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(answers.filter(({ heldBy }) => heldBy === null)).toHaveLength(2);
    expect(claimed).toHaveLength(32);
  });
});

describe("renewing", () => {
  it("makes claims and their lanes last, and nothing of others", async () => {
    const [id = ""] = await addMany(store, erp, 1);
    await one.claim();
    await at(29_000);
    const inHand = { tokens: ["one_1"], lanes: [erp.laneId], lifeMs: 30_000 };
    await two.renew(inHand);
    expect(await lease()).toMatchObject({ until: 32_000n });
    await one.renew(inHand);
    expect(await lease()).toMatchObject({ until: 61_000n, holder: "one" });
    expect(await row(store, id)).toMatchObject({ claim_until: 59_000n });
    await at(59_001);
    expect(await releaseExpired(store.database, 0, 1, [])).toMatchObject({ released: 1 });
    await one.renew(inHand);
    expect(await row(store, id)).toMatchObject({ state: "pending", claim_until: null });
  });
});

describe("a lane that was given back", () => {
  it("stays free, though what is left of its claims is renewed", async () => {
    await addMany(store, erp, 4);
    await one.claim();
    await one.giveBack([{ laneId: erp.laneId, spentMs: 0 }]);
    await one.renew({ tokens: ["one_1"], lanes: [erp.laneId], lifeMs: 30_000 });
    expect(await two.claim()).toMatchObject({ claims: [{}, {}], heldBy: null, fence: 2 });
  });
});

describe("expired claims", () => {
  it("are released, whatever a process that stands still has locked of others", async () => {
    const [locked = "", free = ""] = await addMany(store, erp, 2);
    await one.claim();
    await at(32_001);
    const frozen = new pg.Client({ connectionString: store.url });
    await frozen.connect();
    await frozen.query("BEGIN");
    await frozen.query("SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE", [locked]);
    expect(await releaseExpired(store.database, 0, 1, [])).toMatchObject({ released: 1 });
    expect(await row(store, free)).toMatchObject({ state: "pending" });
    expect(await row(store, locked)).toMatchObject({ state: "sending" });
    await frozen.end();
    expect(await releaseExpired(store.database, 0, 1, [])).toMatchObject({ released: 1 });
  });
});

describe("the health of a lane", () => {
  it("is said by the process that works it: what a former one records changes nothing in it", async () => {
    const ids = await addMany(store, erp, 2);
    await one.claim({ limit: 1 });
    await at(40_000);
    await two.claim({ limit: 1 });
    const change = { at: 5, kind: "connection", fault: "connection", code: "connect", text: "no" } as const;
    const record = (id: string, token: string, fence: number) => ({
      id,
      token,
      attempts: 0,
      endpointId: erp.id,
      laneId: erp.laneId,
      state: "pending" as const,
      reason: "",
      fault: "connection" as const,
      lastError: "no",
      step: 1,
      mayHaveArrived: false,
      dueAt: 9,
      finishedAt: null,
      attempt: null,
      lane: { ...change, fence },
    });
    const failures = async () =>
      (await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.id } })).failures;
    await one.commits.add(recording, record(ids[0] ?? "", "one_1", 1));
    expect(await failures()).toBe(0);
    await two.commits.add(recording, record(ids[1] ?? "", "two_1", 2));
    expect(await failures()).toBe(1);
  });
});

describe("the lead", () => {
  it("is one process's until its lease is over", async () => {
    expect(await Promise.all([one.lead("sweep", 15_000), two.lead("inbox", 15_000)])).toEqual([true, true]);
    expect(await two.lead("sweep", 15_000)).toBe(false);
    await at(10_000);
    expect(await one.lead("sweep", 15_000)).toBe(true);
    await at(25_000);
    expect(await two.lead("sweep", 15_000)).toBe(false);
    await at(25_001);
    expect(await two.lead("sweep", 15_000)).toBe(true);
    expect(await one.lead("sweep", 15_000)).toBe(false);
    await two.giveAllBack();
    expect(await one.lead("sweep", 15_000)).toBe(false);
    await two.lead("sweep", -1);
    expect(await one.lead("sweep", 15_000)).toBe(true);
  });
});
