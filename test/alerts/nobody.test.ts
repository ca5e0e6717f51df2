import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR, MINUTE, startWatching, type Watching } from "./lane-rows.js";

describe("an alert with nobody to tell", () => {
  let rows: Watching;

  beforeEach(async () => {
    rows = await startWatching({ emails: [] });
    await setEmails();
  });
  afterEach(() => rows.close());

  const setEmails = (...emails: string[]) =>
    rows.database.prisma.customer.update({ where: { id: "acme" }, data: { emails: JSON.stringify(emails) } });
  const kindsIn = async (ms: number) => (await rows.pass(ms, MINUTE)).map(({ kind }) => kind);
  const warnings = () => rows.logged.filter(({ msg }) => msg.includes("nobody to tell")).map(({ alert }) => alert);

  async function giveUp(reason = "expired"): Promise<string> {
    const now = rows.clock.now();
    const id = await rows.addDelivery({ state: "failed", reason, finished_at: now });
    await rows.setLane({ given_up_at: now });
    return id.replace("dlv_", "ASK");
  }

  async function disable(): Promise<void> {
    const now = rows.clock.now();
    const data = { state: "disabled", updated_at: BigInt(now) };
    await rows.database.prisma.endpoint.update({ where: { id: "ep_1" }, data });
    await rows.setLane({ failure_code: "http_410", failure_text: "Gone.", disabled_at: now });
  }

  it("tells whoever comes within the day what was given up, once", async () => {
    const orders = [await giveUp()];
    expect(await kindsIn(5 * HOUR)).toEqual([]);
    orders.push(await giveUp());
    expect(await kindsIn(5 * HOUR)).toEqual([]);
    await setEmails("new@acme.example");
    const [mail, ...others] = await rows.pass(HOUR + MINUTE, MINUTE);
    expect([mail?.kind, others]).toEqual(["given_up", []]);
    expect([...new Set(mail?.text.match(/ASK\d{6}/g))]).toEqual(orders);
    expect(await kindsIn(3 * HOUR)).toEqual([]);
  });

  it("tells nobody who comes later than a day, and looks no longer", async () => {
    await giveUp();
    await rows.pass(25 * HOUR, 5 * MINUTE);
    expect((await rows.lane()).alert_at).toBeNull();
    await setEmails("new@acme.example");
    await rows.setLane({});
    expect(await kindsIn(HOUR)).toEqual([]);
  });

  it("tells, of what was given up since the last mail, whoever comes then", async () => {
    await setEmails("it@acme.example");
    await giveUp();
    expect(await kindsIn(MINUTE)).toEqual(["given_up"]);
    await setEmails();
    const order = await giveUp();
    expect(await kindsIn(3 * HOUR)).toEqual([]);
    await setEmails("it@acme.example");
    const mails = await rows.pass(HOUR + MINUTE, MINUTE);
    expect(mails.map(({ text }) => [...new Set(text.match(/ASK\d{6}/g))])).toEqual([[order]]);
  });

  it("tells whoever comes that the lane is held", async () => {
    await rows.addDelivery({ attempts: 0 });
    await rows.setLane({ failure_fault: "config", failure_code: "url_invalid", held_reason: "No URL." });
    expect(await kindsIn(5 * HOUR)).toEqual([]);
    await setEmails("new@acme.example");
    expect(await kindsIn(HOUR + MINUTE)).toEqual(["held"]);
    expect(await kindsIn(3 * HOUR)).toEqual([]);
  });

  it("tells whoever comes that the endpoint was disabled", async () => {
    await disable();
    expect(await kindsIn(5 * HOUR)).toEqual([]);
    await setEmails("new@acme.example");
    expect(await kindsIn(HOUR + MINUTE)).toEqual(["disabled"]);
    expect(await kindsIn(3 * HOUR)).toEqual([]);
    expect(await rows.database.prisma.alert.findMany()).toMatchObject([{ kind: "disabled" }]);
  });

  it("tells whoever comes that the endpoint was disabled again", async () => {
    await setEmails("it@acme.example");
    await disable();
    expect(await kindsIn(2 * HOUR)).toEqual(["disabled"]);
    await setEmails();
    await disable();
    expect(await kindsIn(5 * HOUR)).toEqual([]);
    await setEmails("it@acme.example");
    expect(await kindsIn(HOUR + MINUTE)).toEqual(["disabled"]);
  });

  it("is logged once an hour for each lane and kind, however often the lane is looked at", async () => {
    const held = { failure_fault: "config", failure_code: "url_invalid", held_reason: "No URL." };
    for (let minute = 0; minute < 119; minute++) {
      await giveUp();
      await rows.setLane(held);
      await rows.pass(MINUTE, MINUTE);
    }
    expect(warnings().sort()).toEqual(["given_up", "given_up", "held", "held"]);
  });

  it("is logged once an hour for an outage", async () => {
    await rows.addDelivery();
    await rows.failConnection();
    for (let minute = 0; minute < 59; minute++) {
      await rows.pass(MINUTE, MINUTE);
      await rows.setLane({});
    }
    expect(warnings()).toEqual(["outage"]);
  });
});
