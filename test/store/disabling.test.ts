import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAudit } from "../../src/store/audit.js";
import { Commits } from "../../src/store/commits.js";
import { createDisablingStore, plannedDisablings } from "../../src/store/disabling.js";
import { type DeliveryRecord, type LaneChange, recording } from "../../src/store/records.js";
import { moveTimes } from "../../src/store/wall-clock.js";
import type { Endpoint } from "../../src/types.js";
import { DAY, openStore, post, type Store } from "./kit.js";

let store: Store;
let commits: Commits;
let erp: Endpoint;
let disabling: ReturnType<typeof createDisablingStore>;

beforeEach(async () => {
  store = await openStore();
  commits = new Commits(store.database);
  disabling = createDisablingStore(store.database);
  await store.customers.put("acme", {});
  erp = await store.endpoints.create("acme", post());
});
afterEach(() => store.close());

function ended(kind: LaneChange["kind"], at: number, laneId = erp.laneId): DeliveryRecord {
  const fault = kind === "success" ? null : kind === "response" ? "response" : "connection";
  return {
    ...{ id: "dlv_none", token: "clm_a", attempts: 0, endpointId: erp.id, laneId, state: "pending", reason: "" },
    ...{ fault, lastError: "", step: 0, mayHaveArrived: false, dueAt: at, finishedAt: null, attempt: null },
    lane: { at, kind, fault: kind === "none" ? null : fault, code: "", text: "" },
  } as DeliveryRecord;
}

const attempted = (...records: DeliveryRecord[]) => Promise.all(records.map((one) => commits.add(recording, one)));

async function lane(id = erp.laneId) {
  const row = await store.database.prisma.lane.findUniqueOrThrow({ where: { id } });
  const of = (time: bigint | null) => (time === null ? null : Number(time));
  return { since: of(row.only_failed_since), until: of(row.only_failed_until), disablesAt: of(row.disables_at) };
}

const NOTHING = { since: null, until: null, disablesAt: null };
const run = (sql: string, ...args: (string | number)[]) => store.database.batch([{ sql, args }]);

describe("since when a lane only fails", () => {
  it("is the first failure after the last success, whatever kind of failure it is", async () => {
    await attempted(ended("success", 100));
    expect(await lane()).toEqual(NOTHING);
    await attempted(ended("response", 200));
    await attempted(ended("connection", 300), ended("none", 350));
    expect(await lane()).toEqual({ since: 200, until: 350, disablesAt: null });
    await attempted(ended("none", 400));
    expect(await lane()).toMatchObject({ since: 200, until: 350 });
    await attempted(ended("success", 500));
    expect(await lane()).toEqual(NOTHING);
  });

  it("begins anew where a success and a failure are recorded together", async () => {
    await attempted(ended("connection", 200));
    await disabling.announce(erp.laneId, 900, 250);
    await attempted(ended("success", 300), ended("connection", 310));
    expect(await lane()).toEqual({ since: 310, until: 310, disablesAt: null });
    await attempted(ended("connection", 400), ended("success", 410));
    expect(await lane()).toEqual(NOTHING);
  });

  it("counts failures in a row within what is recorded together", async () => {
    const kinds = ["connection", "success", "connection", "success", "connection"] as const;
    await attempted(...kinds.map((kind, at) => ended(kind, 100 + at)));
    expect((await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } })).failures).toBe(1);
  });

  it("lets the alerts look when a success ends what was announced", async () => {
    await attempted(ended("connection", 200));
    await disabling.announce(erp.laneId, 900, 250);
    await run("UPDATE lanes SET alert_at = NULL, failing_since = NULL");
    await attempted(ended("success", 300));
    const row = await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } });
    expect(Number(row.alert_at)).toBe(300);
  });
});

describe("what has failed for long", () => {
  it("is found by lane, for active endpoints with lanes of their own", async () => {
    const names = ["paused", "held", "recent", "gone"];
    const others = await Promise.all(
      names.map((name) => store.endpoints.create("acme", post(name, `https://${name}.example/`))),
    );
    const customer = await store.customers.get("acme");
    const callbacks = customer ? await store.endpoints.callbacks(customer, ["https://callback.example/a"]) : [];
    for (const { laneId } of [erp, ...others, ...callbacks])
      await run("UPDATE lanes SET only_failed_since = 100, only_failed_until = 200 WHERE id = ?", laneId);
    const [paused, held, recent, gone] = others.map(({ id }) => id);
    await store.endpoints.setState(paused ?? "", "paused", "");
    await run("UPDATE lanes SET held_reason = 'wrong' WHERE id = ?", held ?? "");
    await run("UPDATE lanes SET only_failed_since = 101 WHERE id = ?", recent ?? "");
    await store.endpoints.delete(gone ?? "");
    expect(callbacks).toHaveLength(1);
    expect(await disabling.failing(100)).toEqual([
      { id: erp.laneId, endpointId: erp.id, since: 100, until: 200, disablesAt: null, notice: null },
    ]);
  });

  it("is announced once, shown by lane, and taken back", async () => {
    await disabling.announce(erp.laneId, 900, 250);
    expect(await disabling.planned()).toEqual([]);
    await attempted(ended("connection", 200));
    await disabling.announce(erp.laneId, 900, 250);
    await disabling.announce(erp.laneId, 950, 260);
    expect(await disabling.planned()).toEqual([erp.laneId]);
    expect(await plannedDisablings(store.database, [erp.laneId, "ep_other"])).toEqual(new Map([[erp.laneId, 900]]));
    expect((await disabling.failing(200))[0]?.disablesAt).toBe(900);
    await disabling.cancel([erp.laneId], 300);
    expect(await disabling.planned()).toEqual([]);
    expect(await lane()).toMatchObject({ since: 200, disablesAt: null });
  });

  describe("tells what has become of its announcement", () => {
    const notice = async () => (await disabling.failing(200))[0]?.notice;
    const planned = () => lane().then(({ disablesAt }) => disablesAt);
    const mails = () => store.database.json<number>("SELECT count(*) FROM mails");

    beforeEach(async () => {
      await attempted(ended("connection", 200));
      await disabling.announce(erp.laneId, 900, 250);
      expect(await notice()).toBeNull();
      await run(
        "INSERT INTO alerts (id, lane_id, kind, opened_at, last_mail_at) VALUES ('alr_1', ?, 'disabling', 260, 260)",
        erp.laneId,
      );
      await run(
        `INSERT INTO mails (id, alert_id, lane_id, kind, recipients, subject, text, html, created_at, due_at)
          VALUES ('mail_1', 'alr_1', ?, 'disabling', '["a@acme.example"]', 's', 't', 'h', 260, 301)`,
        erp.laneId,
      );
    });

    it("and has it written anew when it is put off unsent", async () => {
      expect(await notice()).toEqual({ openedAt: 260, writtenAt: 260, sentAt: null, failedAt: null, dueAt: 301 });
      await disabling.postpone(erp.laneId, 950, 300);
      expect(await notice()).toEqual({ openedAt: 260, writtenAt: null, sentAt: null, failedAt: null, dueAt: null });
      expect([await planned(), await mails()]).toEqual([950, 0]);
      const row = await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } });
      expect(Number(row.alert_at)).toBe(300);
    });

    it.each([
      ["was sent", "sent_at = 270", { sentAt: 270 }],
      ["was given up", "failed_at = 270", { failedAt: 270 }],
      ["is under way", "due_at = 300", { dueAt: 300 }],
      ["has reached one of its recipients", `outcomes = '{"a@acme.example":""}'`, {}],
    ])("and keeps it when it %s", async (_what, set, more) => {
      await run(`UPDATE mails SET ${set}`);
      const is = { openedAt: 260, writtenAt: 260, sentAt: null, failedAt: null, dueAt: 301, ...more };
      expect(await notice()).toEqual(is);
      await disabling.postpone(erp.laneId, 950, 300);
      expect(await notice()).toEqual(is);
      expect([await planned(), await mails()]).toEqual([950, 1]);
    });

    it("but not of an earlier one, nor puts off what was taken back", async () => {
      await run("UPDATE alerts SET closed_at = 270");
      expect(await notice()).toBeNull();
      await disabling.cancel([erp.laneId], 300);
      await disabling.postpone(erp.laneId, 950, 310);
      expect(await planned()).toBeNull();
    });
  });

  it("begins anew with another setting, and with what was disabled and is resumed", async () => {
    await attempted(ended("connection", 200));
    await disabling.announce(erp.laneId, 900, 250);
    await store.endpoints.patch(erp.id, { timeoutSeconds: 20 });
    expect(await lane()).toEqual(NOTHING);
    await attempted(ended("connection", 300));
    await store.endpoints.setState(erp.id, "disabled", "why");
    await store.endpoints.setState(erp.id, "active", "");
    expect(await lane()).toEqual(NOTHING);
  });

  it("takes back what was announced where somebody disables it first, and says nothing to the alerts of it", async () => {
    await attempted(ended("connection", 200));
    await disabling.announce(erp.laneId, 900, 250);
    await store.endpoints.setState(erp.id, "disabled", "disabled by the operator");
    expect(await lane()).toMatchObject({ disablesAt: null });
    const row = await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } });
    expect(row.disabled_at).toBeNull();
  });

  it("does not count a pause, which takes back what was announced", async () => {
    const now = store.clock.now();
    await attempted(ended("connection", now - 3 * DAY), ended("connection", now - DAY));
    await disabling.announce(erp.laneId, now + DAY, now);
    await store.endpoints.setState(erp.id, "paused", "");
    expect(await lane()).toMatchObject({ disablesAt: null });
    store.clock.jump(10 * DAY);
    await store.endpoints.setState(erp.id, "active", "");
    expect(await lane()).toEqual({ since: now + 9 * DAY, until: now + 9 * DAY, disablesAt: null });
    await disabling.announce(erp.laneId, now + 11 * DAY, store.clock.now());
    await store.endpoints.setState(erp.id, "active", "");
    expect(await lane()).toMatchObject({ disablesAt: now + 11 * DAY });
  });

  it.each([-2 * DAY, 400 * DAY])(
    "lies as far back when the clock is set by %i ms, and its notice is as long",
    async (by) => {
      const now = store.clock.now();
      await attempted(ended("connection", now - 3 * DAY));
      await disabling.announce(erp.laneId, now + DAY, now);
      store.clock.jump(by);
      await moveTimes(store.database, by, now + by);
      expect(await lane()).toEqual({
        since: now + by - 3 * DAY,
        until: now + by - 3 * DAY,
        disablesAt: now + by + DAY,
      });
    },
  );
});

describe("disabling for failures", () => {
  const what = (more: Partial<Endpoint> = {}) => ({
    endpoint: { ...erp, ...more },
    lanes: [erp.laneId],
    reason: "nothing but failures",
  });
  const stateOf = async () => (await store.endpoints.get(erp.id))?.state;
  const audited = async () => (await createAudit(store.database, store.clock).list({ subject: erp.id })).items;

  beforeEach(async () => {
    const now = store.clock.now();
    await attempted(ended("connection", now - 5 * DAY), ended("connection", now));
    await disabling.announce(erp.laneId, now, now - DAY);
  });

  it("happens once, however many processes find it, and is in the audit log", async () => {
    const elsewhere = store.reopened();
    const told: string[] = [];
    store.endpoints.onChange(({ id }) => void told.push(id));
    const done = await Promise.all([
      store.endpoints.disableForFailures(what()),
      elsewhere.disableForFailures(what()),
      store.endpoints.disableForFailures(what()),
    ]);
    expect(done.filter(Boolean)).toHaveLength(1);
    expect(await store.reopened().get(erp.id)).toMatchObject({
      state: "disabled",
      stateReason: "nothing but failures",
    });
    expect(await audited()).toMatchObject([
      {
        keyId: "waybell",
        role: "service",
        operation: "disableEndpoint",
        customer: "acme",
        before: { state: "active", stateReason: "" },
        after: { state: "disabled", stateReason: "nothing but failures" },
      },
    ]);
    const row = await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } });
    expect([Number(row.disabled_at), row.disables_at]).toEqual([store.clock.now(), null]);
  });

  it.each([
    ["something has succeeded", () => attempted(ended("success", store.clock.now()))],
    ["it was taken back", () => disabling.cancel([erp.laneId], 1)],
    ["its time has not come", () => run("UPDATE lanes SET disables_at = disables_at + 1")],
    ["it was changed", () => store.endpoints.patch(erp.id, { timeoutSeconds: 20 })],
    ["it was paused", () => store.endpoints.setState(erp.id, "paused", "")],
    ["it was deleted", () => run("UPDATE endpoints SET deleted_at = 1")],
  ])("does not happen when meanwhile %s", async (_what, change) => {
    await change();
    expect(
      await store
        .reopened()
        .disableForFailures(what())
        .catch(() => "not found"),
    ).not.toBe(true);
    expect(await stateOf()).not.toBe("disabled");
    expect(await audited()).toEqual([]);
    expect((await store.database.prisma.lane.findUniqueOrThrow({ where: { id: erp.laneId } })).disabled_at).toBeNull();
  });
});
