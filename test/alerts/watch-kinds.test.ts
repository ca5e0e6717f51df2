import { afterEach, describe, expect, it } from "vitest";
import { HOUR, MINUTE, START, startWatching, type Watching } from "./lane-rows.js";

describe("the alert watch", () => {
  let rows: Watching;
  afterEach(() => rows.close());

  const giveUp = async (reason: string, more = {}) => {
    const now = rows.clock.now();
    const last_error = "The server answered 500.";
    const id = await rows.addDelivery({ state: "failed", reason, finished_at: now, last_error, ...more });
    await rows.setLane({ given_up_at: now });
    return id.replace("dlv_", "ASK");
  };

  it("mails what was given up, at most once an hour, and each once", async () => {
    rows = await startWatching();
    await giveUp("attempts exhausted");
    const [first] = await rows.pass(1000);
    expect(first).toMatchObject({ kind: "given_up", subject: "[Waybell] Acme ERP: 1 status given up" });
    expect(first?.text).toContain("All attempts have failed: The server answered 500.");
    const later = [await giveUp("expired"), await giveUp("config")];
    expect(await rows.pass(58 * MINUTE, MINUTE)).toEqual([]);
    const mails = await rows.pass(3 * MINUTE, MINUTE);
    expect(mails).toHaveLength(1);
    expect([...new Set(mails[0]?.text.match(/ASK\d{6}/g))]).toEqual(later);
    expect(await rows.pass(5 * HOUR, MINUTE)).toEqual([]);
  });

  it.each([
    ["nl", "Alle pogingen zijn mislukt: Er trad een fout op in de server bij het verwerken van de status (500)."],
    ["fr", "Toutes les tentatives ont échoué : Le serveur a rencontré une erreur en traitant le statut (500)."],
    ["en", "All attempts have failed: The server answered 500."],
  ] as const)("says of each status why it was given up, in the endpoint's language: %s", async (language, why) => {
    rows = await startWatching({ language });
    const order = await giveUp("attempts exhausted");
    await rows.addAttempt(order.replace("ASK", "dlv_"), 1, "http_500");
    const [mail] = await rows.pass(1000);
    for (const text of [mail?.text, mail?.html, mail?.csv]) expect(text).toContain(why);
  });

  it("mails again what was retried by hand and given up again, and what was recorded late", async () => {
    rows = await startWatching();
    const order = await giveUp("expired");
    const finished_at = rows.clock.now() + 1000;
    await rows.pass(2000);
    await rows.setDelivery(order.replace("ASK", "dlv_"), { finished_at });
    const late = await giveUp("expired", { finished_at: START });
    const mails = await rows.pass(HOUR + MINUTE, MINUTE);
    expect(mails).toHaveLength(1);
    expect([...new Set(mails[0]?.text.match(/ASK\d{6}/g))]).toEqual([order, late]);
  });

  it("tells the operator alone of faults within Waybell", async () => {
    rows = await startWatching({ alertTo: ["ops@logistics.example"] });
    const failure = { failure_fault: "internal", failure_code: "internal", failure_text: "" };
    const now = rows.clock.now();
    await rows.addDelivery({ state: "failed", reason: "internal", fault: "internal", finished_at: now });
    await rows.setLane({ ...failure, given_up_at: now, last_failure_at: now });
    const mails = await rows.pass(2000);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ kind: "internal", recipients: ["ops@logistics.example"] });
    expect(mails[0]?.subject).toBe("[Waybell] Fault within Waybell: 1 status for Acme ERP not delivered");
  });

  it("mails once that a lane is held, what to change and what waits; again when a change did not cure it", async () => {
    rows = await startWatching();
    await rows.addDelivery({ attempts: 0, due_at: Number.MAX_SAFE_INTEGER });
    const held = { failure_fault: "config", failure_code: "address_refused", last_failure_at: START };
    const reason = "10.0.0.7 is a private address; add it to EGRESS_ALLOW to allow it.";
    await rows.setLane({ ...held, failure_text: reason, held_reason: reason });
    const [mail, ...others] = await rows.pass(3 * HOUR, MINUTE);
    expect(others).toEqual([]);
    expect(mail?.subject).toBe("[Waybell] Acme ERP is on hold: its setting must be changed");
    expect(mail?.text).toContain("Reason: The address lies in a network to which Waybell may not send.");
    expect(mail?.text).toContain(`Technical detail: ${reason}`);
    expect(mail?.text).toContain("What to change: Enter an address that can be reached from the internet");
    expect(mail?.text).toContain("ASK000001");

    await rows.setLane({ failure_text: reason });
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
    const changed = { updated_at: BigInt(rows.clock.now()) };
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data: changed });
    await rows.setLane({ held_reason: null });
    expect(await rows.pass(2000)).toEqual([]);
    await rows.setLane({ held_reason: reason });
    expect((await rows.pass(2000)).map(({ kind }) => kind)).toEqual(["held"]);
  });

  it("mails once that an endpoint was disabled, and what it leaves waiting", async () => {
    rows = await startWatching();
    await rows.addDelivery({ attempts: 0, due_at: Number.MAX_SAFE_INTEGER });
    const now = rows.clock.now();
    await rows.addDelivery({ state: "failed", reason: "gone", fault: "response", finished_at: now });
    await rows.database.prisma.endpoint.update({
      where: { id: "ep_1" },
      data: { state: "disabled", updated_at: BigInt(now) },
    });
    const failure = {
      failure_fault: "response",
      failure_code: "http_410",
      failure_text: "The server answered 410 Gone.",
    };
    await rows.setLane({ ...failure, given_up_at: now, disabled_at: now, last_failure_at: now });
    const mails = await rows.pass(5 * HOUR, MINUTE);
    expect(mails.map(({ kind, subject }) => [kind, subject])).toEqual([["disabled", "[Waybell] Acme ERP is disabled"]]);
    expect(mails[0]?.text).toContain("Reason: The server says that this address is gone for good (410).");
    expect(mails[0]?.text).toContain("These 2 statuses have not been sent:");
  });

  it("mails that an endpoint was disabled, though its lane says so before its own row does", async () => {
    rows = await startWatching();
    const now = rows.clock.now();
    await rows.setLane({ failure_code: "http_410", failure_text: "Gone.", disabled_at: now, last_failure_at: now });
    expect(await rows.pass(5000)).toEqual([]);
    expect(await rows.database.prisma.alert.count()).toBe(0);
    await rows.database.prisma.endpoint.update({
      where: { id: "ep_1" },
      data: { state: "disabled", updated_at: BigInt(rows.clock.now()) },
    });
    expect((await rows.pass(2000)).map(({ kind }) => kind)).toEqual(["disabled"]);
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
  });

  it("names of several in a lane none that somebody has disabled", async () => {
    rows = await startWatching();
    for (const id of ["cb_gone", "cb_stopped"])
      await rows.addEndpoint(id, { lane_id: "lane_cb", name: id, origin: "callback" });
    const at = rows.clock.now();
    const reasons = { cb_gone: "410 Gone", cb_stopped: "disabled by it@acme.example: moved" };
    for (const [id, state_reason] of Object.entries(reasons)) {
      const data = { state: "disabled", state_reason, updated_at: BigInt(at) };
      await rows.database.prisma.endpoint.update({ where: { id }, data });
    }
    await rows.setLane(
      { failure_code: "http_410", failure_text: "Gone.", disabled_at: at, last_failure_at: at },
      "lane_cb",
    );
    const [mail, ...more] = await rows.pass(2000);
    expect([mail?.kind, more]).toEqual(["disabled", []]);
    expect(mail?.text).toContain("cb_gone");
    expect(mail?.text).not.toContain("cb_stopped");
  });

  it("looks no further for an endpoint that is not disabled a minute after its lane says so", async () => {
    rows = await startWatching();
    await rows.setLane({ failure_code: "http_410", disabled_at: rows.clock.now() });
    expect(await rows.pass(62_000)).toEqual([]);
    expect((await rows.lane()).alert_at).toBeNull();
  });

  it("treats the callback URLs of a customer as one outage, and tells the customer's addresses", async () => {
    rows = await startWatching({ emails: [] });
    for (let n = 0; n < 5; n++)
      await rows.addEndpoint(`cb_${n}`, { lane_id: "lane_cb", name: `Callback ${n}`, origin: "callback" });
    for (let n = 0; n < 5; n++) await rows.addDelivery({ lane_id: "lane_cb", endpoint_id: `cb_${n}` });
    const now = rows.clock.now();
    const cause = { failure_fault: "connection", failure_code: "dns", failure_text: "" };
    const failure = { ...cause, last_failure_at: now, connect_failed_at: now };
    await rows.setLane({ ...failure, failures: 5, failing_since: now }, "lane_cb");
    const mails = await rows.pass(2000);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ recipients: ["office@acme.example"] });
    expect(mails[0]?.subject).toBe("[Waybell] Callback URLs of Acme: 5 statuses did not arrive");
    expect(mails[0]?.text).toContain(
      "/cb_4, POST https://hooks.acme.example/cb_3, POST https://hooks.acme.example/cb_2, and 2 more",
    );
    expect(mails[0]?.text).toContain("https://waybell.example/deliveries?customer=acme&state=pending");
  });

  it("writes to the endpoint's addresses and the operator's, each once", async () => {
    rows = await startWatching({
      emails: ["it@acme.example", "Ops@logistics.example"],
      alertTo: ["ops@logistics.example", "duty@logistics.example"],
    });
    await rows.addDelivery();
    await rows.failConnection();
    const [mail] = await rows.pass(2000);
    expect(mail?.recipients).toEqual(["it@acme.example", "Ops@logistics.example", "duty@logistics.example"]);
  });

  it("keeps the alert and logs it where there is nobody to tell, and tells whoever is there an hour later", async () => {
    rows = await startWatching({ emails: [] });
    await rows.database.prisma.customer.update({ where: { id: "acme" }, data: { emails: "[]" } });
    await rows.addDelivery();
    await rows.failConnection();
    expect(await rows.pass(5000)).toEqual([]);
    expect(await rows.database.prisma.alert.findMany()).toMatchObject([{ kind: "outage", last_mail_at: null }]);
    expect(rows.logged.filter(({ msg }) => msg.includes("nobody to tell"))).toHaveLength(1);
    await rows.database.prisma.customer.update({ where: { id: "acme" }, data: { emails: '["new@acme.example"]' } });
    const mails = await rows.pass(HOUR + MINUTE, MINUTE);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain("ASK000001");
  });

  it("ends in silence an outage that nobody could be told of", async () => {
    rows = await startWatching({ emails: [] });
    await rows.database.prisma.customer.update({ where: { id: "acme" }, data: { emails: "[]" } });
    await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(5000);
    await rows.setLane({ failures: 0, successes: 3 });
    expect(await rows.pass(5000)).toEqual([]);
    expect((await rows.lane()).failing_since).toBeNull();
    expect(await rows.database.prisma.alert.findMany()).toMatchObject([{ closed_at: expect.anything() }]);
  });

  it("closes the outage of an endpoint that was deleted", async () => {
    rows = await startWatching();
    const id = await rows.addDelivery();
    await rows.failConnection();
    await rows.pass(2000);
    await rows.setDelivery(id, { state: "canceled", reason: "endpoint deleted" });
    await rows.database.prisma.endpoint.update({
      where: { id: "ep_1" },
      data: { deleted_at: BigInt(rows.clock.now()) },
    });
    expect(await rows.pass(3 * HOUR, MINUTE)).toEqual([]);
    expect((await rows.lane()).alert_at).toBeNull();
  });

  it("lists 100 of 10,001 statuses, attaches 10,000 and links to the rest; tells later only what is new", async () => {
    rows = await startWatching();
    await rows.addManyDeliveries(10_001);
    await rows.failConnection();
    const [mail] = await rows.pass(2000);
    expect(mail?.subject).toBe("[Waybell] Acme ERP: 10,001 statuses did not arrive");
    expect(mail?.text.match(/^ {2}ASK\d{6} /gm)).toHaveLength(100);
    expect(mail?.html.match(/<td[^>]*><bdi>ASK\d{6}/g)).toHaveLength(100);
    expect(mail?.csv?.split("\r\n")).toHaveLength(10_002);
    expect(mail?.text).toContain("100 of 10,001 are listed here.");
    expect(mail?.text).toContain("10,000 of 10,001 are in the attached CSV file.");
    expect(mail?.text).toContain(
      "See the list in Waybell: https://waybell.example/deliveries?endpoint=ep_1&state=pending",
    );
    expect(await rows.pass(2 * HOUR, MINUTE)).toEqual([]);
    await rows.addDelivery();
    const [more] = await rows.pass(HOUR + MINUTE, MINUTE);
    expect(more?.subject).toContain("1 status more");
    expect(more?.text).toContain("ASK010002");

    await rows.database.prisma.delivery.updateMany({
      data: { state: "delivered", finished_at: BigInt(rows.clock.now()) },
    });
    await rows.setLane({ failures: 0, successes: 3 });
    const [over] = await rows.pass(2000);
    expect(over?.subject).toBe("[Waybell] Acme ERP works again: 10,002 statuses delivered");
  });

  it("says where the rest is when no address of the service is known", async () => {
    rows = await startWatching({ publicUrl: null });
    for (let n = 0; n < 101; n++) await rows.addDelivery();
    await rows.failConnection();
    const [mail] = await rows.pass(2000);
    expect(mail?.text).toContain("Waybell has the whole list under /deliveries?endpoint=ep_1&state=pending.");
    expect(mail?.html).not.toContain("<a ");
  });

  it.each([
    ["nl", "[Waybell] Acme ERP: 1 status niet aangekomen", "De server weigerde de verbinding", "Mee met koerier"],
    ["fr", "[Waybell] Acme ERP : 1 statut non remis", "Le serveur a refusé la connexion", "En route avec courier"],
    ["en", "[Waybell] Acme ERP: 1 status did not arrive", "No connection to the server", "Taken by courier"],
  ] as const)("writes in the endpoint's language: %s", async (language, subject, reason, description) => {
    rows = await startWatching({ language });
    await rows.addDelivery();
    await rows.failConnection();
    const [mail] = await rows.pass(2000);
    expect(mail?.subject).toBe(subject);
    for (const text of [mail?.text, mail?.html]) {
      expect(text).toContain(reason);
      expect(text).toContain(description);
    }
    expect(mail?.csv).toContain(description);
    expect(mail?.html).toContain(`<html lang="${language}">`);
  });

  it("shows times in the endpoint's zone, else in the customer's", async () => {
    rows = await startWatching();
    await rows.database.prisma.customer.update({ where: { id: "acme" }, data: { time_zone: "Asia/Tokyo" } });
    await rows.addDelivery();
    await rows.failConnection();
    const [mail] = await rows.pass(2000);
    expect(mail?.text).toContain("19/07/2023 18:06:49");
    expect(mail?.text).toContain("Times are in the time zone Asia/Tokyo.");
  });

  it("is started once a second until it is stopped", async () => {
    rows = await startWatching();
    await rows.addDelivery();
    await rows.failConnection();
    rows.watch.start();
    rows.watch.start();
    await expect
      .poll(async () => {
        await rows.clock.advance(1000);
        return (await rows.mails()).length;
      })
      .toBe(1);
    await rows.watch.stop();
    expect(rows.clock.waiting).toBe(0);
  });
});
