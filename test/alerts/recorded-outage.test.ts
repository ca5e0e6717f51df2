import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Commits } from "../../src/store/commits.js";
import { type LaneChange, recording } from "../../src/store/records.js";
import { HOUR, MINUTE, startWatching, type Watching } from "./lane-rows.js";

describe("an outage as the attempts record it", () => {
  let rows: Watching;
  let commits: Commits;

  beforeEach(async () => {
    rows = await startWatching();
    commits = new Commits(rows.database);
  });
  afterEach(() => rows.close());

  /** Records what attempts mean for the lane, in one commit, at the clock's time. */
  async function record(...kinds: LaneChange["kind"][]): Promise<void> {
    const at = rows.clock.now();
    const faults = { success: null, connection: "connection", response: "response", none: "config" } as const;
    const records = kinds.map((kind) => ({
      id: "dlv_none",
      token: "clm_none",
      attempts: 0,
      endpointId: "ep_1",
      laneId: "ep_1",
      state: "pending" as const,
      reason: "",
      fault: faults[kind],
      lastError: "",
      step: 0,
      mayHaveArrived: false,
      dueAt: at,
      finishedAt: null,
      attempt: null,
      lane: { at, kind, fault: faults[kind], code: kind === "response" ? "http_500" : "connect", text: "" },
    }));
    await Promise.all(records.map((one) => commits.add(recording, one)));
  }
  const kindsIn = async (ms: number, step?: number) => (await rows.pass(ms, step)).map(({ kind }) => kind);

  it("is mailed for its failed connection, though a success and a refusal come within the second", async () => {
    await rows.addDelivery();
    await record("connection");
    await rows.pass(300, 300);
    await record("success");
    await rows.pass(300, 300);
    await record("response");
    expect(await kindsIn(2000)).toEqual(["outage"]);
  });

  it("is over five minutes after its first success, however long nothing was tried before that", async () => {
    await record("connection");
    expect(await kindsIn(2000)).toEqual(["outage"]);
    await rows.pass(30 * MINUTE, MINUTE);
    await record("success");
    expect(await kindsIn(4 * MINUTE + 50_000, 10_000)).toEqual([]);
    const [mail, ...others] = await rows.pass(20_000);
    expect([mail?.kind, others]).toEqual(["recovery", []]);
    expect(mail?.text).toContain("lasted 30 minutes");
    expect(await rows.lane()).toMatchObject({ failing_since: null, succeeding_since: null });
  });

  it("counts the five minutes anew from the first success after another failure", async () => {
    await record("connection");
    await rows.pass(2000);
    await record("success");
    await rows.pass(4 * MINUTE, MINUTE);
    await record("response");
    await rows.pass(4 * MINUTE, MINUTE);
    await record("success");
    await rows.pass(2 * MINUTE, MINUTE);
    await record("success");
    expect(await kindsIn(2 * MINUTE + 50_000, 10_000)).toEqual([]);
    expect(await kindsIn(20_000)).toEqual(["recovery"]);
  });

  it("is not mailed for a connection that failed in an outage before it", async () => {
    await record("connection", "success", "success", "success");
    await rows.pass(5000);
    expect(await rows.lane()).toMatchObject({ failing_since: null, connect_failed_at: null });
    await rows.pass(2 * HOUR, MINUTE);
    const before = (await rows.mails()).length;
    await record("response");
    await rows.pass(HOUR, MINUTE);
    expect(await rows.mails()).toHaveLength(before);
  });
});
