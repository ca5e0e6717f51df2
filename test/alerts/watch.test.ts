import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR, MINUTE, START, startWatching, type Watching } from "./lane-rows.js";

describe("the alert watch on an outage", () => {
  let rows: Watching;

  beforeEach(async () => {
    rows = await startWatching();
  });
  afterEach(() => rows.close());

  const orders = (text: string) => [...new Set(text.match(/ASK\d{6}/g))];

  it("mails a second after the first failed connection, with everything that did not arrive", async () => {
    await rows.addDelivery({}, { barcode: "BC-77", container: "MSKU123" });
    await rows.addDelivery({ state: "sending", claim_token: "t", attempts: 0, due_at: START });
    await rows.addDelivery({ attempts: 0, due_at: START });
    const notDue = await rows.addDelivery({ attempts: 0, due_at: START + HOUR });
    await rows.addDelivery({ state: "delivered", finished_at: START });
    await rows.addDelivery({ state: "failed", reason: "expired", finished_at: START - 1 });
    await rows.addDelivery({ state: "failed", reason: "expired", finished_at: START });
    await rows.failConnection();
    expect(await rows.pass(999, 999)).toEqual([]);

    const [mail, ...others] = await rows.pass(1000);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ kind: "outage", recipients: ["it@acme.example"] });
    expect(mail?.subject).toBe("[Waybell] Acme ERP: 4 statuses did not arrive");
    expect(orders(mail?.text ?? "")).toEqual(["ASK000001", "ASK000002", "ASK000003", "ASK000007"]);
    expect(mail?.text).not.toContain(notDue.replace("dlv_", "ASK"));
    expect(mail?.text).toContain("Endpoint: Acme ERP");
    expect(mail?.text).toContain("Customer: Acme NV (acme)");
    expect(mail?.text).toContain("Address: POST https://hooks.acme.example/ep_1");
    expect(mail?.text).toContain("Reason: No connection to the server could be made.");
    expect(mail?.text).toContain("Technical detail: The server refused the connection: nothing listens on this port.");
    expect(mail?.text).toContain(
      "ASK000001 | BC-77 / MSKU123 | PROCESSING | take | Taken by courier | 19/07/2023 11:06:49",
    );
    expect(mail?.text).toContain("https://waybell.example/deliveries?endpoint=ep_1&state=pending");
    expect(mail?.csv).toContain(
      "\r\nASK000001,BC-77,MSKU123,PROCESSING,take,Taken by courier,2023-07-19 11:06:49,pending,",
    );
  });

  it("waits for the third refusal in a row", async () => {
    await rows.addDelivery();
    const failing = {
      failing_since: START,
      last_failure_at: START,
      failure_fault: "response",
      failure_code: "http_500",
    };
    await rows.setLane({ ...failing, response_failures: 2, failure_text: "The server answered 500." });
    expect(await rows.pass(2 * HOUR, 5 * MINUTE)).toEqual([]);
    await rows.setLane({ response_failures: 3 });
    const mails = await rows.pass(1000);
    expect(mails.map(({ kind }) => kind)).toEqual(["outage"]);
    expect(mails[0]?.text).toContain("Reason: The server failed while it handled the status (500).");
  });

  it("mails at most once an hour while it lasts, and only what was added", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    expect(await rows.pass(2000)).toHaveLength(1);
    await rows.addDelivery();
    await rows.setLane({ failures: 5, last_failure_at: rows.clock.now() });
    expect(await rows.pass(59 * MINUTE, MINUTE)).toEqual([]);
    const [more, ...others] = await rows.pass(2 * MINUTE, MINUTE);
    expect(others).toEqual([]);
    expect(more?.kind).toBe("outage");
    expect(more?.subject).toBe("[Waybell] Acme ERP is still failing: 1 status more did not arrive");
    expect(orders(more?.text ?? "")).toEqual(["ASK000002"]);
    expect(await rows.pass(3 * HOUR, MINUTE)).toEqual([]);
  });

  it("tells of a delivery that comes due late or is retried by hand, though newer ones were told", async () => {
    const late = await rows.addDelivery({ attempts: 0, due_at: START + HOUR });
    const old = await rows.addDelivery({ state: "failed", reason: "expired", finished_at: START - HOUR });
    await rows.addDelivery();
    await rows.failConnection();
    expect(orders((await rows.pass(2000))[0]?.text ?? "")).toEqual(["ASK000003"]);
    await rows.setDelivery(old, { state: "pending", reason: "", finished_at: null });
    const [more] = await rows.pass(HOUR + 2 * MINUTE, MINUTE);
    expect(orders(more?.text ?? "")).toEqual([late, old].map((id) => id.replace("dlv_", "ASK")));
  });

  it("says once that it is over after three successes, what was delivered and what became of the rest", async () => {
    const first = await rows.addDelivery();
    const second = await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    const third = await rows.addDelivery();
    await rows.pass(20 * MINUTE, MINUTE);
    const now = rows.clock.now();
    for (const id of [first, third]) await rows.setDelivery(id, { state: "delivered", finished_at: now });
    await rows.setDelivery(second, { state: "failed", reason: "attempts exhausted", finished_at: now });
    await rows.addDelivery({ due_at: now + HOUR });
    await rows.setLane({ failures: 0, successes: 3, last_success_at: now });

    const mails = await rows.pass(5000);
    expect(mails.map(({ kind }) => kind)).toEqual(["recovery"]);
    const [mail] = mails;
    expect(mail?.subject).toBe("[Waybell] Acme ERP works again: 2 statuses delivered");
    expect(mail?.text).toContain("The outage began on 19/07/2023 11:06:49 and lasted 20 minutes.");
    expect(mail?.text).toContain("1 status still waits");
    expect(mail?.csv).toMatch(/ASK000002,.*,failed,All attempts have failed,/);
    expect(mail?.csv).toMatch(/ASK000001,.*,delivered,,/);
    expect(await rows.lane()).toMatchObject({ failing_since: null, failures: 0, successes: 0, alert_at: null });
    expect(await rows.database.prisma.alertDelivery.count()).toBe(0);
    expect(await rows.pass(3 * HOUR, MINUTE)).toEqual([]);
  });

  it("lets the backlog go out first, for half a minute at most", async () => {
    const id = await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.addDelivery({ due_at: START });
    await rows.setLane({ failures: 0, successes: 3 });
    expect(await rows.pass(10_000)).toEqual([]);
    await rows.setDelivery(id, { state: "delivered", finished_at: rows.clock.now() });
    expect(await rows.pass(19_000)).toEqual([]);
    const [mail] = await rows.pass(3000);
    expect(mail?.subject).toBe("[Waybell] Acme ERP works again: 1 status delivered");
    expect(mail?.text).toContain("1 status still waits");
  });

  it("is over after five quiet minutes with one success, also with nothing left to send", async () => {
    const id = await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.setDelivery(id, { state: "delivered", finished_at: rows.clock.now() });
    await rows.setLane({ failures: 0, successes: 1, last_success_at: rows.clock.now() });
    expect(await rows.pass(4 * MINUTE + 50_000)).toEqual([]);
    const mails = await rows.pass(15_000);
    expect(mails.map(({ kind }) => kind)).toEqual(["recovery"]);
    expect(mails[0]?.text).toContain("No status is waiting any more.");
  });

  it("goes on when it fails again within the five minutes", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.setLane({ failures: 0, successes: 1 });
    await rows.pass(2 * MINUTE, MINUTE);
    await rows.setLane({ failures: 1, successes: 0, last_failure_at: rows.clock.now() });
    expect(await rows.pass(50 * MINUTE, MINUTE)).toEqual([]);
    expect((await rows.lane()).failing_since).toBe(BigInt(START));
  });

  it("keeps the outage open when a failure comes in while its end is being written", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.setLane({ failures: 0, successes: 3 });
    rows.clock.jump(1000);
    const { lanes, leasedUntil } = await rows.store.takeDue(rows.clock.now(), 10);
    const [lane] = lanes;
    if (!lane?.alerts.outage) throw new Error("the lane is not due");
    await rows.setLane({ failures: 1, successes: 0, last_failure_at: rows.clock.now() });
    const alert = { ...lane.alerts.outage, closedAt: rows.clock.now() };
    const mail = {
      id: "mail_x",
      kind: "recovery",
      recipients: [],
      subject: "",
      text: "",
      html: "",
      csv: null,
    } as const;
    const change = { kind: "outage", alert, mail, listed: [], forgetBefore: 1, ends: true } as const;
    await rows.store.commit(lane, [change], { now: rows.clock.now(), leasedUntil, next: null, over: true });
    expect((await rows.mails()).map(({ kind }) => kind)).toEqual(["outage"]);
    expect(await rows.lane()).toMatchObject({ failing_since: BigInt(START), failures: 1 });
    expect((await rows.lane()).alert_at).toBe(BigInt(rows.clock.now()));
  });

  it("clears in silence an outage that nobody was told of", async () => {
    const failing = {
      failing_since: START,
      last_failure_at: START,
      failure_fault: "response",
      failure_code: "http_500",
    };
    await rows.setLane({ ...failing, response_failures: 0, successes: 3 });
    expect(await rows.pass(3000)).toEqual([]);
    expect((await rows.lane()).failing_since).toBeNull();
  });

  it("is silent about a second outage within the hour, unless it lasts", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.setLane({ failures: 0, successes: 3 });
    expect((await rows.pass(40_000)).map(({ kind }) => kind)).toEqual(["recovery"]);
    await rows.failConnection();
    expect(await rows.pass(50 * MINUTE, MINUTE)).toEqual([]);
    const mails = await rows.pass(15 * MINUTE, MINUTE);
    expect(mails.map(({ kind }) => kind)).toEqual(["outage"]);
    await rows.setLane({ failures: 0, successes: 3 });
    expect((await rows.pass(2 * MINUTE)).map(({ kind }) => kind)).toEqual(["recovery"]);
  });

  it("stops telling what is added while the endpoint is paused, and tells it when it is resumed", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data: { state: "paused" } });
    await rows.addDelivery();
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data: { state: "active" } });
    expect(orders((await rows.pass(HOUR + MINUTE, MINUTE))[0]?.text ?? "")).toEqual(["ASK000002"]);
  });

  it("tells the same no second time after a crash, whenever it comes", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    rows.clock.jump(2000);
    // The process ended after it had taken the lane and before it had written anything.
    expect((await rows.store.takeDue(rows.clock.now(), 10)).lanes).toHaveLength(1);
    await rows.newWatch().look();
    expect(await rows.mails()).toEqual([]);
    rows.clock.jump(MINUTE);
    await rows.newWatch().look();
    expect(await rows.mails()).toHaveLength(1);
    await rows.newWatch().look();
    await rows.setLane({ failures: 2 });
    await rows.newWatch().look();
    expect(await rows.mails()).toHaveLength(1);
  });

  it("looks once when it is asked twice at once", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    rows.clock.jump(2000);
    await Promise.all([rows.watch.look(), rows.watch.look(), rows.watch.look()]);
    expect(await rows.mails()).toHaveLength(1);
  });

  it("goes on with the other lanes when one cannot be read", async () => {
    await rows.addEndpoint("ep_2", { name: "Other" });
    await rows.addDelivery();
    await rows.failConnection();
    const failing = { failures: 1, failing_since: START, last_failure_at: START, connect_failed_at: START };
    await rows.setLane({ ...failing, failure_fault: "connection", failure_code: "dns", failure_text: "" }, "ep_2");
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data: { settings: "{" } });
    const mails = await rows.pass(2000);
    expect(mails.map(({ subject }) => subject)).toEqual(["[Waybell] Other is failing"]);
    expect(rows.logged.some(({ level, lane }) => level === 50 && lane === "ep_1")).toBe(true);
  });

  it("looks at a lane whose time to look a wall clock has left in the far future", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    await rows.setLane({ alert_at: START + 30 * 24 * HOUR });
    expect(await rows.pass(2000)).toHaveLength(1);
  });
});
