import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { naming } from "../../src/store/purge-names.js";
import { createPurges, type Purges } from "../../src/store/purges.js";
import { createUsers } from "../../src/store/users.js";
import type { Endpoint } from "../../src/types.js";
import { addDelivery, addEvent, openStore, post, type Store } from "./kit.js";
import { failureOf, letterAbout, linkMail, mailAbout } from "./purge-kit.js";

const NEVER = () => false;
const NUMBERS = [
  "A1",
  "PIIRTL\u202e4711",
  "PII/47:11",
  "/47",
  "..47.",
  "A\n1",
  " A1 ",
  'No "7"_ä\\',
  "=A1;=2",
  "<A&1'>",
  "\u05d0\u05d1 1",
  "9".repeat(200),
  "\u20ac1".repeat(100),
  "\u{1f69a}".repeat(50),
];

describe("an order is found by every form that Waybell gives its number", () => {
  const forms = (order: string) => {
    const { text, html, csv } = letterAbout([order], [["Reason", failureOf(order)]]);
    const inCell = letterAbout([failureOf(order)]);
    const entry = JSON.stringify({ filter: { order } });
    return {
      ...{ text, html, csv: csv ?? "", file: failureOf(order), textOfFile: inCell.text, csvOfFile: inCell.csv ?? "" },
      ...{ entry, cutEntry: JSON.stringify({ cut: entry }) },
    };
  };

  it.each(NUMBERS)("%j", (order) => {
    const missed = Object.entries(forms(order)).filter(([, text]) => !naming(order)(text));
    expect(missed).toEqual([]);
    const other = Object.entries(forms("B2")).filter(([, text]) => naming(order)(text));
    expect(other).toEqual([]);
  });

  it("and by none of another's that it is a part of, nor by signs alone", () => {
    expect(naming("A1")("Status of A2 and XA1 and A12 did not arrive")).toBe(false);
    expect(naming("/")("one - two")).toBe(false);
  });
});

describe("a purge", () => {
  let store: Store;
  let purges: Purges;
  let erp: Endpoint;
  beforeEach(async () => {
    store = await openStore();
    purges = createPurges(store);
    for (const id of ["acme", "other"]) {
      await store.customers.put(id, { emails: [`it@${id}.example`, "both@x.example"], portal: { enabled: true } });
    }
    erp = await store.endpoints.create("acme", post());
  });
  afterEach(() => store.close());

  async function purge(scope: { customer: string; order?: string }) {
    const { mails } = await purges.count(scope);
    const { id } = await purges.request(scope, "admin");
    await purges.run(NEVER);
    const done = await purges.get(id);
    expect(done?.counts.mails).toBe(mails);
    return done;
  }
  const recipients = async () =>
    (await store.database.json<string[][]>("SELECT json_group_array(json(recipients)) FROM mails")).flat().sort();
  const says = (lane: string) =>
    store.database.json<[string, string | null]>(
      "SELECT json_array(failure_text, held_reason) FROM lanes WHERE id = ?",
      lane,
    );

  it("of an order takes what its lanes last failed of, in whose words ever, and leaves them held", async () => {
    const said = {
      sql: "UPDATE lanes SET failure_text = ?, held_reason = ? WHERE id = ?",
      args: ["553 no such: a-1", failureOf("A1"), erp.laneId],
    };
    await store.database.batch([said]);
    await addDelivery(store, erp, await addEvent(store, { order: "A2" }), { state: "failed", attempts: 0 });
    await purge({ customer: "acme", order: "A2" });
    expect(await says(erp.laneId)).toEqual(said.args.slice(0, 2));
    await addDelivery(store, erp, await addEvent(store, { order: "A1" }), { state: "failed", attempts: 1 });
    await purge({ customer: "acme", order: "A1" });
    expect(await says(erp.laneId)).toEqual(["", ""]);
  });

  it("of a customer takes the mails that would let its people in, and those of nobody else", async () => {
    const users = createUsers(store.database, store.clock);
    await users.create({ email: 'Jan."PII"@acme.example', role: "customer", customer: "acme" });
    await users.create({ email: "piet@other.example", role: "customer", customer: "other" });
    await users.create({ email: "ops@x.example", role: "operator" });
    await store.customers.put("acme", {
      emails: ["IT@acme.example", "both@x.example", "ops@x.example"],
      portal: { enabled: true },
    });
    const people = ['Jan."PII"@acme.example', "It@Acme.example"];
    const others = ["both@x.example", "it@other.example", "ops@x.example", "piet@other.example"];
    for (const recipient of [...people, ...others]) await linkMail(store, recipient);
    await mailAbout(store, "mail_1", ["A1"], erp.laneId);
    expect((await purge({ customer: "acme" }))?.counts).toMatchObject({ mails: 3 });
    expect(await recipients()).toEqual(others);
  });

  it("of an order takes the mails about endpoints of its own, also where they do not name it", async () => {
    const own = await store.endpoints.create("acme", post("Own"), { order: "A1" });
    await mailAbout(store, "mail_1", ["A2"], own.laneId);
    await mailAbout(store, "mail_2", ["A2"], erp.laneId);
    await addDelivery(store, own, await addEvent(store, { order: "A1" }), { state: "delivered" });
    await purges.request({ customer: "acme", order: "A1" }, "admin");
    await purges.run(NEVER);
    expect(await store.database.json("SELECT json_group_array(id) FROM mails")).toEqual(["mail_2"]);
  });
});

it("a user who is deleted is sent no link any more", async () => {
  const store = await openStore();
  try {
    const users = createUsers(store.database, store.clock);
    const { id } = await users.create({ email: "Ann@example.com", role: "auditor" });
    for (const recipient of ["Ann@example.com", "bob@example.com"]) await linkMail(store, recipient);
    await users.delete(id);
    expect(await store.database.json("SELECT json_group_array(recipients) FROM mails")).toEqual([
      '["bob@example.com"]',
    ]);
  } finally {
    await store.close();
  }
});
