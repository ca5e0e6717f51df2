import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { newContent } from "../../src/store/contents.js";
import { post } from "../store/kit.js";
import { plainFaults } from "../support/plain-faults.js";
import { item, openRoad, type Road } from "./kit.js";

const MIB = 1024 * 1024;
const PNG = "data:image/png;base64,iVBORw0KGgo=";

let road: Road;

beforeEach(async () => {
  road = await openRoad();
  await road.customers.put("acme", {});
});
afterEach(() => road.close());

/** What publishing refuses these with. */
async function refusal(...items: unknown[]): Promise<InputError> {
  const error = await road.publisher.publish(items).then(
    () => new Error("published, though it should not have been"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof InputError)) throw error;
  return error;
}

const paths = async (...items: unknown[]) => (await refusal(...items)).fields.map(({ path }) => path).sort();
const counts = () =>
  road.database.json<{ events: number; deliveries: number; contents: number }>(
    `SELECT json_object('events', (SELECT count(*) FROM events), 'deliveries', (SELECT count(*) FROM deliveries),
      'contents', (SELECT count(DISTINCT sha256) FROM content_chunks))`,
  );

describe("an item that is faulty", () => {
  it("is told every faulty field, of its schema, its time, its code and its pictures at once", async () => {
    const faulty = item({
      comment: 5,
      statusTime: "yesterday",
      statusCode: "no such code",
      pictures: [PNG, "data:,x", 7],
      signatures: [{ image: "nonsense" }, 3],
    });
    expect(await paths(faulty)).toEqual([
      "/comment",
      "/descriptions",
      "/pictures/1",
      "/pictures/2",
      "/signatures/0/image",
      "/signatures/1",
      "/status",
      "/statusTime",
    ]);
  });

  it("is told of each of several items, with its place", async () => {
    expect(
      await paths(item({ statusTime: "" }), item(), item({ customer: "nobody", order: "" }), "text", null),
    ).toEqual(["/0/statusTime", "/2/customer", "/2/order", "/3", "/4"]);
  });

  it.each([
    ["an unknown customer", { customer: "nobody" }, ["/customer"]],
    ["no customer, and a time that is none", { customer: undefined, statusTime: "x" }, ["/customer", "/statusTime"]],
    ["an unknown code without a status", { statusCode: "??" }, ["/descriptions", "/status"]],
    ["an unknown code with a status that is none", { statusCode: "??", status: "FINE" }, ["/descriptions", "/status"]],
    ["an unknown code with a text but no status", { statusCode: "??", descriptions: { en: "x" } }, ["/status"]],
    ["a time that is no time", { statusTime: "2026-02-30T10:00:00Z" }, ["/statusTime"]],
    ["a field that nobody knows", { statuscode: "take" }, ["/statuscode"]],
    ["a comment of 10 MB", { comment: "x".repeat(10_000_000) }, ["/comment"]],
    ["an order of 201 characters", { order: "x".repeat(201) }, ["/order"]],
    ["a data URI without base64", { documents: ["data:text/plain,hello"] }, ["/documents/0"]],
    ["a callback URL that is none", { callbackUrls: ["ftp://x"] }, ["/callbackUrls/0"]],
    [
      "a callback URL on the machine itself",
      { callbackUrls: ["https://ok.example/", "http://u:p@x.example/"] },
      ["/callbackUrls/1"],
    ],
  ])("%s", async (_what, fields, wanted) => {
    const given = JSON.parse(JSON.stringify(item(fields))) as unknown;
    expect((await paths(given)).filter((path, at, all) => all.indexOf(path) === at)).toEqual(wanted);
    expect(await counts()).toMatchObject({ events: 0 });
  });

  it("is told how names must be where they are free, in a path that names hold apart (RFC 6901)", async () => {
    const { fields } = await refusal(item({ descriptions: { "e/n~": "x" }, "a/b": 1 }));
    expect(plainFaults(fields)).toEqual([
      { path: "/a~1b", message: "is not a known field" },
      {
        path: "/descriptions/e~1n~0",
        message: "cannot have this name: names here must match ^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
      },
    ]);
  });

  it("says how large a picture is and how large it may be", async () => {
    const data = `data:image/png;base64,${"A".repeat(10 * MIB)}`;
    const { fields, status } = await refusal(item({ pictures: [data] }));
    expect(plainFaults(fields)).toEqual([{ path: "/pictures/0", message: "is 10.0 MiB; at most 10 MiB can be taken" }]);
    expect(status).toBe(422);
  });

  it("says that an event is too large as a whole, and what to raise", async () => {
    const data = `data:image/png;base64,${"A".repeat(9 * MIB)}`;
    const { fields } = await refusal(item({ pictures: [data, data, data] }));
    expect(plainFaults(fields)).toEqual([
      { path: "", message: "is 27.0 MiB; an event may have 25 MiB (MAX_EVENT_MIB)" },
    ]);
  });

  it("keeps the others of its list from being published: all or none", async () => {
    await refusal(item(), item({ statusTime: "" }), item());
    expect(await counts()).toMatchObject({ events: 0, deliveries: 0 });
    expect(road.wakeUps).toEqual([]);
  });

  it("leaves the others alone when each is published for itself", async () => {
    const [first, second, third] = await road.publisher.publishEach([item(), item({ statusTime: "" }), item()]);
    expect([first, third]).toMatchObject([{ duplicate: false }, { duplicate: false }]);
    expect(second).toBeInstanceOf(InputError);
    expect((second as InputError).fields.map(({ path }) => path)).toEqual(["/statusTime"]);
    expect(await counts()).toMatchObject({ events: 2 });
  });

  it("leaves the others alone also when Waybell itself fails on it", async () => {
    const ours = new Error("ours");
    const broken = Object.defineProperty(item(), "comment", {
      enumerable: true,
      get() {
        throw ours;
      },
    });
    expect(await road.publisher.publishEach([item(), broken, item()])).toMatchObject([
      { duplicate: false },
      ours,
      { duplicate: false },
    ]);
  });
});

describe("publishing", () => {
  it("makes a delivery for each endpoint that wants the event, due now, and wakes their lanes", async () => {
    const erp = await road.endpoints.create("acme", post());
    const late = await road.endpoints.create("acme", {
      ...post("Late"),
      retry: { schedule: ["1m", "5m"], giveUpAfter: "1h" },
    });
    await road.endpoints.create("acme", { ...post("Picky"), filter: { statuses: ["NOTOK"] } });
    const [result] = await road.publisher.publish([item()]);
    expect(result).toMatchObject({ duplicate: false, deliveries: 2 });
    const now = road.clock.now();
    const rows = await road.database.prisma.delivery.findMany({ orderBy: { due_at: "asc" } });
    expect(rows.map((row) => [row.endpoint_id, row.state, Number(row.expires_at) - now])).toEqual([
      [erp.id, "pending", 7 * 86_400_000],
      [late.id, "pending", 3_600_000],
    ]);
    expect(Number(rows[0]?.due_at)).toBe(now);
    expect(Math.abs(Number(rows[1]?.due_at) - now - 60_000)).toBeLessThanOrEqual(6_000);
    expect(road.wakeUps.map(({ laneId }) => laneId).sort()).toEqual([erp.laneId, late.laneId].sort());
  });

  it("says why an event made no delivery, and keeps it all the same", async () => {
    const [result] = await road.publisher.publish([item({ order: "A1" })]);
    expect(result).toMatchObject({ deliveries: 0, reason: expect.stringContaining("no endpoint") });
    expect(await counts()).toMatchObject({ events: 1, deliveries: 0 });
  });

  it("completes the event from the catalogue and the customer's time zone", async () => {
    await road.customers.put("acme", { timeZone: "America/New_York" });
    const [result] = await road.publisher.publish([item({ statusTime: "20260102030405" })]);
    const event = await road.events.get(result?.id ?? "");
    expect(event).toMatchObject({ status: "PROCESSING", statusTime: Date.UTC(2026, 0, 2, 8, 4, 5) });
    expect(event?.descriptions).toMatchObject({
      nl: expect.any(String),
      fr: expect.any(String),
      en: expect.any(String),
    });
  });

  it("sends to the order's own endpoints and to callback URLs of the order and of the event alone", async () => {
    await road.orders.put("acme", "A1", {
      details: {},
      callbackUrls: ["https://order.example/cb"],
      endpoints: [post("Own", "https://own.example/")],
    });
    await road.endpoints.create("acme", post("All", "https://own.example/"));
    const [first] = await road.publisher.publish([item({ order: "A1", callbackUrls: ["https://event.example/cb"] })]);
    expect(first?.deliveries).toBe(3);
    const [second] = await road.publisher.publish([item({ order: "A1" })]);
    expect(second?.deliveries).toBe(2);
    const [third] = await road.publisher.publish([item({ order: "A2" })]);
    expect(third?.deliveries).toBe(1);
  });

  it("parks a delivery for a callback URL that is paused in a lane that is not", async () => {
    const order = { details: {}, callbackUrls: ["https://x.example/1", "https://x.example/2"] };
    await road.orders.put("acme", "A1", order);
    const customer = await road.endpoints.requireCustomer("acme");
    const [one] = await road.endpoints.callbacks(customer, order.callbackUrls);
    await road.endpoints.setState(one?.id ?? "", "paused", "by hand");
    await road.publisher.publish([item({ order: "A1" })]);
    const due = await road.database.prisma.delivery.findMany({ orderBy: { due_at: "asc" } });
    expect(due.map((row) => row.due_at > BigInt(road.clock.now()))).toEqual([false, true]);
  });

  it("takes the order's details over, and adds those that come later", async () => {
    await road.publisher.publish([item({ order: "A1", details: { title: "One", pieces: 1 } })]);
    await road.publisher.publish([
      item({ order: "A1", details: { pieces: 2 } }),
      item({ order: "A1", details: { weight: "3" } }),
    ]);
    expect((await road.orders.get("acme", "A1"))?.details).toEqual({ title: "One", pieces: 2, weight: "3" });
  });

  it("keeps each content once, however often it comes", async () => {
    const other = PNG.replace("iVBOR", "jVBOR");
    const large = `data:application/pdf;base64, ${"B".repeat(600_000)}`;
    await Promise.all([
      road.publisher.publish([item({ pictures: [PNG, PNG], documents: [large] }), item({ pictures: [PNG] })]),
      road.publisher.publish([item({ signatures: [{ image: PNG, signedBy: "Jan" }], pictures: [other] })]),
    ]);
    await road.publisher.publish([item({ pictures: [other, PNG], documents: [large] })]);
    expect((await counts()).contents).toBe(3);
    const kept = road.contents.content(newContent(large));
    const chunks: Buffer[] = [];
    for await (const chunk of kept.open()) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).toString() === large).toBe(true);
  });

  it("writes the requests of many callers in one transaction", async () => {
    await road.endpoints.create("acme", post());
    const results = await Promise.all(Array.from({ length: 200 }, () => road.publisher.publish([item()])));
    expect(new Set(results.map(([result]) => result?.id)).size).toBe(200);
    expect(await counts()).toMatchObject({ events: 200, deliveries: 200 });
    expect(road.commitReports.length).toBeLessThanOrEqual(2);
  });

  it("keeps any text of an order's number, even half a character, and goes on", async () => {
    await road.endpoints.create("acme", post());
    const odd = ['"', "\\", "\\ud800", "\u0001", "\r\n", "😀", "'); DROP TABLE events;--", "\ud83d", "x\ud800\udc00y"];
    await road.publisher.publish(odd.map((order, at) => item({ order, barcode: order, id: `id ${at}` })));
    const stored = (await road.events.list({ customer: "acme" })).items.map(({ order }) => order).reverse();
    expect(stored).toEqual(odd.map((order) => order.replace(/\p{Surrogate}/gu, "\uFFFD")));
    const { claims } = await road.road.claim({
      laneId: (await road.endpoints.forAllOrders("acme"))[0]?.laneId ?? "",
      limit: 16,
      now: road.clock.now(),
      token: "t",
      until: 1,
      startMs: 1,
      sendMs: 0,
    });
    expect(claims.map(({ event }) => event.order)).toEqual(stored);
  });
});

describe("an event that is refused", () => {
  it("has an id with half a character, under which it would not be found again", async () => {
    expect((await refusal(item({ id: "half \ud800" }))).fields).toMatchObject([{ path: "/id" }]);
  });

  it("has more faults than are told: those of known members are told all the same", async () => {
    const unknown = Object.fromEntries(Array.from({ length: 110 }, (_, at) => [`x${at}`, 1]));
    const { fields } = await refusal(item({ ...unknown, statusCode: 5, callbackUrls: 5 }));
    const told = fields.map(({ path }) => path);
    expect(told).toEqual(expect.arrayContaining(["/x0", "/statusCode", "/callbackUrls"]));
    expect(fields.at(-1)?.message).toMatch(/has \d+ more faults/);
  });

  it("is told once what is wrong with a member that may be several things", async () => {
    await road.customers.put("acme", {});
    const put = road.customers.put("acme", { timeZone: "Mars/X" });
    await expect(put).rejects.toMatchObject({ fields: [{ path: "/timeZone", message: "is not a valid time-zone" }] });
  });
});

describe("the log", () => {
  it("has one line for each event that was accepted", async () => {
    await road.endpoints.create("acme", post());
    await road.publisher.publish([item({ id: "t1", order: "L1" }), item({ order: "L2" })]);
    expect(road.logged).toMatchObject([
      { msg: "published", externalId: "t1", customer: "acme", order: "L1", statusCode: "take", deliveries: 1 },
      { msg: "published", externalId: null, order: "L2", duplicate: false },
    ]);
  });
});
