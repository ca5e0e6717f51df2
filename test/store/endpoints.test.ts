import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEndpoints, type EndpointChange } from "../../src/store/endpoints.js";
import { createSecrets } from "../../src/store/secrets.js";
import type { Customer } from "../../src/types.js";
import { addDelivery, addEvent, addMany, DAY, openStore, post, registry, row, type Store, states } from "./kit.js";

let store: Store;
let acme: Customer;
let told: EndpointChange[];

beforeEach(async () => {
  store = await openStore();
  acme = (await store.customers.put("acme", { emails: ["it@acme.example"] })).customer;
  told = [];
  store.endpoints.onChange((change) => told.push(change));
});
afterEach(() => store.close());

const lane = (id: string) => store.database.prisma.lane.findUniqueOrThrow({ where: { id } });
const hold = (id: string) =>
  store.database.batch([{ sql: "UPDATE lanes SET held_reason = 'wrong', disabled_at = 5 WHERE id = ?", args: [id] }]);
const secretPost = { ...post(), transport: { ...post().transport, apiKey: "key-123456" } };

describe("endpoints", () => {
  it("are made with a lane of their own, and read the same after a restart", async () => {
    const endpoint = await store.endpoints.create("acme", secretPost);
    expect(endpoint).toMatchObject({
      customer: "acme",
      order: null,
      origin: "api",
      laneId: endpoint.id,
      state: "active",
      version: 1,
      timeZone: "Europe/Brussels",
      alerts: { emails: ["it@acme.example"], language: "en" },
    });
    expect(await lane(endpoint.id)).toMatchObject({ label: "ERP", customer_id: "acme", held_reason: null });
    expect(told).toEqual([endpoint]);
    expect(await store.reopened().get(endpoint.id)).toEqual(endpoint);
  });

  it("take no password along to another server, of which an IPv6 address is one too", async () => {
    const transport = { type: "ftp", host: "2606:4700::1111", username: "u", password: "Spoorweg-7" };
    const template = { name: "ontime", options: { format: "json" } };
    const { id } = await store.endpoints.create("acme", { ...post(), transport, template });
    for (const host of ["2a01:4f8::666", "evil.example"]) {
      await expect(store.endpoints.patch(id, { transport: { type: "ftp", host, port: 2121 } })).rejects.toMatchObject({
        status: 422,
        fields: [{ path: "/transport/password", rule: "secret_again" }],
      });
    }
  });

  it("keep their secrets encrypted, bound to their own row", async () => {
    const [a, b] = [await store.endpoints.create("acme", secretPost), await store.endpoints.create("acme", post("B"))];
    const stored = await store.database.prisma.endpoint.findUniqueOrThrow({ where: { id: a.id } });
    expect(stored.settings).not.toContain("key-123456");
    expect(JSON.parse(stored.settings).transport.apiKey).toMatch(/^enc:v1:t1:/);
    await store.database.batch([
      { sql: "UPDATE endpoints SET settings = ? WHERE id = ?", args: [stored.settings, b.id] },
    ]);
    const moved = await store.reopened().get(b.id);
    expect(moved).toMatchObject({ state: "disabled", transport: { type: "http-post" } });
    expect(moved?.stateReason).toContain(`endpoints/${b.id}/transport.apiKey`);
  });

  it("keep the secrets inside nested options encrypted too", async () => {
    const auth = { type: "basic", username: "waybell", password: "s3cret-1" };
    const transport = { ...post().transport, auth, hmac: { header: "x-sig", secret: "s3cret-2" } };
    const endpoint = await store.endpoints.create("acme", { ...post(), transport });
    const stored = await store.database.prisma.endpoint.findUniqueOrThrow({ where: { id: endpoint.id } });
    expect(stored.settings).not.toContain("s3cret");
    expect(JSON.parse(stored.settings).transport).toMatchObject({
      auth: { type: "basic", username: "waybell", password: expect.stringMatching(/^enc:v1:t1:/) },
      hmac: { header: "x-sig", secret: expect.stringMatching(/^enc:v1:t1:/) },
    });
    expect(await store.reopened().get(endpoint.id)).toEqual(endpoint);
  });

  it("with secrets that do not open come out disabled, without holding the others up", async () => {
    const locked = await store.endpoints.create("acme", secretPost);
    const open = await store.endpoints.create("acme", post("B"));
    const { customers, database, clock } = store;
    const wrongKey = createSecrets([{ id: "t1", key: Buffer.alloc(32, 8) }]);
    const options = { database, customers, clock, registry, secrets: wrongKey, defaultTimeZone: "UTC" };
    const found = await createEndpoints(options).forAllOrders("acme");
    expect(found.map(({ id, state }) => [id, state])).toEqual([
      [locked.id, "disabled"],
      [open.id, "active"],
    ]);
  });

  it("are refused with every faulty field, for an unknown customer, and under a name that is taken", async () => {
    const bad = { ...post(), transport: { type: "http-post", url: "x" }, timeoutSeconds: 0 };
    await expect(store.endpoints.create("acme", bad)).rejects.toMatchObject({
      status: 422,
      fields: [{ path: "/timeoutSeconds" }, { path: "/transport/url" }],
    });
    await expect(store.endpoints.create("nobody", post())).rejects.toMatchObject({ status: 404 });
    const first = await store.endpoints.create("acme", post());
    await expect(store.endpoints.create("acme", post())).rejects.toMatchObject({
      status: 409,
      fields: [{ path: "/name" }],
    });
    const other = await store.endpoints.create("acme", post("Other"));
    await expect(store.endpoints.patch(other.id, { name: "ERP" })).rejects.toMatchObject({ status: 409 });
    expect(await store.endpoints.get(other.id)).toEqual(other);
    await store.endpoints.create("acme", post(), { order: "A1" });
    await store.endpoints.delete(first.id);
    await store.endpoints.create("acme", post());
  });

  it("are a thousand of one customer at most, those of single orders and callback URLs apart", async () => {
    const made = await store.endpoints.create("acme", post());
    const columns =
      "customer_id, order_number, origin, lane_id, state, state_reason, target, settings, version, created_at, updated_at";
    const copies = (count: number, more: string) => ({
      sql: `INSERT INTO endpoints (id, name, ${columns}) SELECT ${more} || w.value, ${more} || w.value, ${columns} FROM each(?) w
        JOIN endpoints e ON e.id = ?`,
      args: [Array.from({ length: count }, (_, at) => String(at)), made.id],
    });
    await store.database.batch([copies(998, "'own '")]);
    const last = await store.endpoints.create("acme", post("last"));
    await expect(store.endpoints.create("acme", post("one more"))).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining("1000 endpoints"),
    });
    await store.endpoints.create("acme", post("of an order"), { order: "A1" });
    await store.customers.put("other", {});
    await store.endpoints.create("other", post());
    await store.endpoints.delete(last.id);
    await store.endpoints.create("acme", post("one more"));
  });

  it("have 16 MiB of settings together at most, which those there may become smaller in", async () => {
    const crm = await store.endpoints.create("acme", post("CRM"));
    const { id } = await store.endpoints.create("acme", post("large"));
    const padding = " ".repeat(16 * 1024 * 1024 - 900);
    await store.database.batch([
      { sql: "UPDATE endpoints SET settings = settings || ?1 WHERE id = ?2", args: [padding, id] },
    ]);
    const refused = { status: 409, message: expect.stringContaining("16 MiB") };
    await expect(store.endpoints.create("acme", post("one more"))).rejects.toMatchObject(refused);
    await expect(store.endpoints.patch(crm.id, { name: "CRM of the depot" })).rejects.toMatchObject(refused);
    expect((await store.endpoints.patch(crm.id, { name: "C" })).name).toBe("C");
    await store.endpoints.create("acme", post("of an order"), { order: "A1" });
    await store.endpoints.delete(id);
    await store.endpoints.create("acme", post("one more"));
  });

  it("are found for all orders and for single ones", async () => {
    const { endpoints } = store;
    const all = await endpoints.create("acme", post());
    const own = await endpoints.create("acme", post("Own"), { order: "A1" });
    await endpoints.callbacks(acme, ["https://cb.example.com/"]);
    await endpoints.setState(all.id, "paused", "by hand");
    for (const reader of [endpoints, store.reopened()]) {
      expect((await reader.forAllOrders("acme")).map(({ id, state }) => [id, state])).toEqual([[all.id, "paused"]]);
      const pairs = ["A1", "A1", "A2"].map((order) => ({ customer: "acme", order }));
      const found = await reader.forOrders(pairs);
      expect([...found].map(([key, list]) => [key, list.map(({ id }) => id)])).toEqual([["acme\nA1", [own.id]]]);
      expect([...(await reader.byIds([all.id, own.id, "ep_none"])).keys()]).toEqual([all.id, own.id]);
    }
  });

  it("are listed by scope, in pages without a gap", async () => {
    const made = [];
    for (const name of ["a", "b", "c"]) made.push((await store.endpoints.create("acme", post(name))).id);
    const own = await store.endpoints.create("acme", post("own"), { order: "A1" });
    const first = await store.endpoints.list({ customer: "acme", limit: 2 });
    const second = await store.endpoints.list({ customer: "acme", limit: 2, cursor: first.next ?? "" });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...made, own.id]);
    expect(second.next).toBeNull();
    expect((await store.endpoints.list({ customer: "acme", order: null })).items.map(({ id }) => id)).toEqual(made);
    expect((await store.endpoints.list({ customer: "acme", order: "A1" })).items).toEqual([own]);
  });

  it("can be tried out without being kept", async () => {
    const draft = await store.endpoints.draft("acme", secretPost);
    expect(draft).toMatchObject({ customer: "acme", transport: { apiKey: "key-123456" }, timeoutMs: 15_000 });
    expect(await store.endpoints.forAllOrders("acme")).toEqual([]);
  });
});

describe("a change of an endpoint", () => {
  it("keeps its secrets, raises its version, and lets a held lane go on", async () => {
    const endpoint = await store.endpoints.create("acme", secretPost);
    await hold(endpoint.id);
    await store.clock.advance(5);
    const changed = await store.endpoints.patch(endpoint.id, { name: "New", timeoutSeconds: 3 });
    expect(changed).toMatchObject({ name: "New", timeoutMs: 3000, version: 2, transport: { apiKey: "key-123456" } });
    expect(changed.target).toBe(endpoint.target);
    expect(changed.updatedAt).toBe(endpoint.updatedAt + 5);
    expect(await lane(endpoint.id)).toMatchObject({
      held_reason: null,
      label: "New",
      alert_at: BigInt(store.clock.now()),
    });
    expect(told.at(-1)).toEqual(changed);
    expect(await store.endpoints.forAllOrders("acme")).toEqual([changed]);
    expect(await store.reopened().get(endpoint.id)).toEqual(changed);
  });

  it("does not lose another that is made at the same time", async () => {
    const { id } = await store.endpoints.create("acme", post());
    const changes = Array.from({ length: 5 }, (_, at) => ({
      filter: { [at % 2 ? "sources" : "statusCodes"]: [`${at}`] },
    }));
    await Promise.all([
      ...changes.map((change) => store.endpoints.patch(id, change)),
      store.endpoints.patch(id, { timeoutSeconds: 9 }),
    ]);
    expect(await store.endpoints.get(id)).toMatchObject({
      version: 7,
      timeoutMs: 9000,
      filter: { sources: ["3"], statusCodes: ["4"] },
    });
  });

  it("is refused with every faulty field, and for an endpoint that is not there", async () => {
    const { id } = await store.endpoints.create("acme", post());
    await expect(store.endpoints.patch(id, { limits: { shards: 9 } })).rejects.toMatchObject({
      fields: [{ path: "/limits/shards" }],
    });
    await expect(store.endpoints.patch("ep_none", {})).rejects.toMatchObject({ status: 404 });
  });
});

describe("an endpoint that is mended", () => {
  it("makes what waits for a retry due at once, when its transport was changed", async () => {
    const { endpoints, clock } = store;
    const { id } = await endpoints.create("acme", post());
    const endpoint = await endpoints.patch(id, { name: "Renamed" });
    const event = await addEvent(store);
    const later = clock.now() + 3_600_000;
    const retried = await addDelivery(store, endpoint, event, { due_at: later, step: 3 });
    const fresh = await addDelivery(store, endpoint, event, { due_at: later });
    const failed = await addDelivery(store, endpoint, event, { due_at: later, step: 3, state: "failed" });
    const due = async () => Promise.all([retried, fresh, failed].map(async (one) => (await row(store, one)).due_at));
    await endpoints.patch(id, { alerts: { emails: ["it@acme.example"] } });
    expect(await due()).toEqual([later, later, later]);
    const told: string[] = [];
    endpoints.onChange((change) => void told.push(change.id));
    await endpoints.patch(id, { transport: { type: "http-post", apiKey: "the right one" } });
    expect(await due()).toEqual([clock.now(), later, later]);
    expect(told).toEqual([id, id]);
  });

  it("makes all of many due", async () => {
    const { id } = await store.endpoints.create("acme", post());
    const endpoint = await store.endpoints.patch(id, {});
    await addMany(store, endpoint, 1_234);
    const wait = "UPDATE deliveries SET step = 1, due_at = due_at + 5000";
    await store.database.batch([{ sql: wait, args: [] }]);
    await store.endpoints.patch(id, { transport: { type: "http-post", url: "https://erp.example.com/new" } });
    const still = "SELECT count(*) FROM deliveries WHERE due_at > ?";
    expect(await store.database.json(still, store.clock.now())).toBe(0);
  });
});

describe("the state of an endpoint", () => {
  it("gives what waited the time back, and lets a held lane go on, when it is active again", async () => {
    const { endpoints, clock } = store;
    const endpoint = await endpoints.create("acme", post());
    const event = await addEvent(store);
    const before = await addDelivery(store, endpoint, event);
    const done = await addDelivery(store, endpoint, event, { state: "failed" });
    const expiry = (await row(store, before)).expires_at;
    await clock.advance(DAY);
    const paused = await endpoints.setState(endpoint.id, "paused", "works on the receiver");
    expect(paused).toMatchObject({ state: "paused", stateReason: "works on the receiver", version: 2 });
    await hold(endpoint.id);
    await clock.advance(3 * DAY);
    const during = await addDelivery(store, endpoint, event);
    await endpoints.setState(endpoint.id, "disabled", "still");
    await clock.advance(2 * DAY);
    const active = await endpoints.setState(endpoint.id, "active", "ignored");
    expect(active).toMatchObject({ state: "active", stateReason: "" });
    expect((await row(store, before)).expires_at).toBe(expiry + 5 * DAY);
    expect((await row(store, during)).expires_at).toBe(clock.now() + endpoint.retry.giveUpAfterMs);
    expect((await row(store, done)).expires_at).toBe(expiry);
    expect(await lane(endpoint.id)).toMatchObject({ held_reason: null, disabled_at: null });
    await clock.advance(DAY);
    await endpoints.setState(endpoint.id, "active", "");
    expect((await row(store, before)).expires_at).toBe(expiry + 5 * DAY);
  });

  it("stays disabled for the reason that it was, whoever disables it again", async () => {
    const { endpoints, clock } = store;
    const { id } = await endpoints.create("acme", post());
    await endpoints.setState(id, "paused", "by hand");
    const first = await endpoints.setState(id, "disabled", "410 Gone");
    expect(first).toMatchObject({ state: "disabled", stateReason: "410 Gone", version: 3 });
    told = [];
    await clock.advance(DAY);
    expect(await endpoints.setState(id, "disabled", "disabled by the operator")).toEqual(first);
    expect(await store.reopened().get(id)).toEqual(first);
    expect(told).toEqual([]);
  });

  it("is kept of one that is disabled by hand while its secrets do not open", async () => {
    const { id } = await store.endpoints.create("acme", secretPost);
    const row = () => store.database.prisma.endpoint.findUniqueOrThrow({ where: { id } });
    const { settings } = await row();
    const lost = settings.replace("enc:v1:t1:", "enc:v1:t9:");
    await store.database.batch([{ sql: "UPDATE endpoints SET settings = ? WHERE id = ?", args: [lost, id] }]);
    const reopened = store.reopened();
    expect(await reopened.get(id)).toMatchObject({ state: "disabled" });
    await reopened.setState(id, "disabled", "disabled by the operator");
    expect(await row()).toMatchObject({ state: "disabled", state_reason: "disabled by the operator" });
  });

  it("gives each of many its time back once, over several sets", async () => {
    const { endpoints, clock, database } = store;
    const endpoint = await endpoints.create("acme", post());
    await addMany(store, endpoint, 6_000);
    await clock.advance(1);
    await addMany(store, endpoint, 6_000);
    await endpoints.setState(endpoint.id, "paused", "");
    await clock.advance(DAY);
    await endpoints.setState(endpoint.id, "active", "");
    const left = "SELECT json_group_array(DISTINCT expires_at - created_at) FROM deliveries";
    expect(await database.json(left)).toEqual([1000 + DAY]);
  });

  it("parks the deliveries of one callback URL, while the others in the lane go on", async () => {
    const { endpoints, clock } = store;
    const [a, b] = await endpoints.callbacks(acme, ["https://cb.example.com/a", "https://cb.example.com/b"]);
    if (!a || !b) throw new Error("no endpoints");
    const event = await addEvent(store);
    const ofA = await addDelivery(store, a, event);
    const ofB = await addDelivery(store, b, event);
    const due = (await row(store, ofA)).due_at;
    await endpoints.setState(a.id, "paused", "by hand");
    expect((await row(store, ofA)).due_at).toBe(Number.MAX_SAFE_INTEGER);
    expect((await row(store, ofB)).due_at).toBe(due);
    await clock.advance(1000);
    await endpoints.setState(a.id, "active", "");
    expect((await row(store, ofA)).due_at).toBe(due + 1000);
  });
});

describe("the deletion of an endpoint", () => {
  it("cancels what is pending, in sets, and leaves the history", async () => {
    const { endpoints } = store;
    const endpoint = await endpoints.create("acme", post());
    await addMany(store, endpoint, 2500);
    const delivered = await addDelivery(store, endpoint, await addEvent(store), { state: "delivered" });
    expect(await endpoints.delete(endpoint.id)).toBe(true);
    expect(await states(store)).toEqual({ canceled: 2500, delivered: 1 });
    expect((await row(store, delivered)).state).toBe("delivered");
    const canceled = await store.database.prisma.delivery.findFirstOrThrow({ where: { state: "canceled" } });
    expect(canceled).toMatchObject({ reason: "endpoint deleted", finished_at: BigInt(store.clock.now()) });
    expect(await endpoints.get(endpoint.id)).toBeNull();
    expect(told.at(-1)).toEqual({ id: endpoint.id, laneId: endpoint.laneId, deleted: true });
    expect(await endpoints.delete(endpoint.id)).toBe(false);
  });
});

describe("callback URLs", () => {
  const urls = ["https://cb.example.com/?order=1", "https://cb.example.com/?order=2", "https://other.example.com/"];

  it("become one endpoint each, and share a lane per origin", async () => {
    const found = await store.endpoints.callbacks(acme, [...urls, urls[0] ?? ""]);
    expect(found.map(({ transport }) => transport.url)).toEqual(urls);
    expect(found.map(({ origin, order, state }) => [origin, order, state])).toEqual(
      Array(3).fill(["callback", null, "active"]),
    );
    expect(found[0]?.laneId).toBe(found[1]?.laneId);
    expect(found[0]?.laneId).not.toBe(found[2]?.laneId);
    expect((await lane(found[0]?.laneId ?? "")).label).toBe("https://cb.example.com");
    const again = await store.reopened().callbacks(acme, urls);
    expect(again).toEqual(found);
    expect(await store.database.prisma.endpoint.count()).toBe(3);
  });

  it("are apart for each customer", async () => {
    const { customer } = await store.customers.put("beta", {});
    const [a] = await store.endpoints.callbacks(acme, urls);
    const [b] = await store.endpoints.callbacks(customer, urls);
    expect(a?.id).not.toBe(b?.id);
    expect(a?.laneId).not.toBe(b?.laneId);
  });

  it("follow the customer's callback template, which lets their held lanes go on", async () => {
    const [first] = await store.endpoints.callbacks(acme, urls);
    if (!first) throw new Error("no endpoint");
    await hold(first.laneId);
    await store.customers.put("acme", { callbackTemplate: { name: "ontime", options: { format: "json" } } });
    expect((await store.endpoints.get(first.id))?.template).toEqual({ name: "ontime", options: { format: "json" } });
    expect((await lane(first.laneId)).held_reason).toBeNull();
    await expect.poll(() => told.some((change) => "laneId" in change && change.laneId === first.laneId)).toBe(true);
  });

  it("get the time that they were held back once, whoever mends them at the same moment", async () => {
    const [first] = await store.endpoints.callbacks(acme, urls);
    if (!first) throw new Error("no endpoint");
    const id = await addDelivery(store, first, await addEvent(store));
    const expiry = (await row(store, id)).expires_at;
    const sql = "UPDATE lanes SET held_reason = 'wrong', held_at = ? WHERE id = ?";
    await store.database.batch([{ sql, args: [store.clock.now(), first.laneId] }]);
    await store.clock.advance(DAY);
    const callbackTemplate = { name: "ontime", options: { format: "json" } };
    await Promise.all([
      store.customers.put("acme", { callbackTemplate }),
      store.customers.put("acme", { callbackTemplate }),
      store.endpoints.patch(first.id, { timeoutSeconds: 3 }),
    ]);
    expect((await row(store, id)).expires_at).toBe(expiry + DAY);
  });

  it("can be changed but in what makes them callback URLs", async () => {
    const [first] = await store.endpoints.callbacks(acme, urls);
    const id = first?.id ?? "";
    expect(await store.endpoints.patch(id, { timeoutSeconds: 3 })).toMatchObject({ timeoutMs: 3000, version: 2 });
    const changes = {
      transport: { type: "http-post", url: "https://x.example.com/" },
      template: { name: "ontime", options: { format: "json" } },
    };
    await expect(store.endpoints.patch(id, changes)).rejects.toMatchObject({
      fields: [{ path: "/transport/url" }, { path: "/template" }],
    });
  });

  it("come back when they are asked for after a deletion", async () => {
    const [first] = await store.endpoints.callbacks(acme, urls);
    await store.endpoints.delete(first?.id ?? "");
    expect(await store.endpoints.get(first?.id ?? "")).toBeNull();
    const [again] = await store.endpoints.callbacks(acme, urls);
    expect(again).toMatchObject({ id: first?.id, state: "active", version: 3 });
  });

  it("that cannot be sent to are refused", async () => {
    const bad = store.endpoints.callbacks(acme, ["https://u:p@cb.example.com/"]);
    await expect(bad).rejects.toMatchObject({ status: 422, fields: [{ path: "/callbackUrls/0" }] });
  });
});

describe("the signing secret", () => {
  it("is replaced, while the old one signs beside it for a day", async () => {
    const { id } = await store.endpoints.create("acme", post());
    const first = await store.endpoints.rotateSecret(id);
    expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(first.endpoint.transport).toEqual({ ...post().transport, signingSecret: first.secret });
    const second = await store.endpoints.rotateSecret(id);
    expect((await store.reopened().get(id))?.transport).toEqual({
      ...post().transport,
      signingSecret: second.secret,
      previousSigningSecret: first.secret,
      previousSigningSecretUntil: store.clock.now() + DAY,
    });
  });

  it("is of the old one's kind unless another is asked for, and its public key is told", async () => {
    const { id } = await store.endpoints.create("acme", post());
    const first = await store.endpoints.rotateSecret(id, "ed25519");
    expect([first.secret, first.publicKey]).toEqual([expect.stringMatching(/^whsk_/), expect.stringMatching(/^whpk_/)]);
    const second = await store.endpoints.rotateSecret(id);
    expect(second.secret).toMatch(/^whsk_/);
    expect(second.publicKey).not.toBe(first.publicKey);
    const third = await store.endpoints.rotateSecret(id, "hmac");
    expect([third.secret, third.publicKey]).toEqual([expect.stringMatching(/^whsec_/), null]);
    expect(third.endpoint.transport).toMatchObject({ previousSigningSecret: second.secret });
    expect((await store.endpoints.rotateSecret(id)).secret).toMatch(/^whsec_/);
  });

  it("is refused where nothing is signed", async () => {
    const transport = { type: "ftp", host: "ftp.example.com", username: "u", password: "p4ssword" };
    const input = { name: "F", transport, template: { name: "ontime", options: { format: "xml" } } };
    const { id } = await store.endpoints.create("acme", input);
    await expect(store.endpoints.rotateSecret(id)).rejects.toMatchObject({ status: 409 });
  });
});

describe("a change of the customer", () => {
  it("shows in its endpoints at once", async () => {
    const { id } = await store.endpoints.create("acme", post());
    await store.customers.put("acme", { timeZone: "Asia/Tokyo", language: "fr", emails: ["new@acme.example"] });
    const expected = { timeZone: "Asia/Tokyo", alerts: { language: "fr", emails: ["new@acme.example"] } };
    expect(await store.endpoints.get(id)).toMatchObject(expected);
    expect(await store.endpoints.forAllOrders("acme")).toMatchObject([expected]);
  });
});
