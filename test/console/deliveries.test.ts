import { describe, expect, it } from "vitest";
import { attempt, delivery, event, fakeServices, NOW } from "../api/fakes.js";
import { HOSTILE } from "../fuzz/texts.js";
import { fakePages } from "./browser-like.js";

const DLV = "/deliveries/dlv_1";
const NL = { "accept-language": "nl" };
const FR = { "accept-language": "fr" };

/** Services whose only delivery is as given. */
function servicesWith(more: object, attemptMore: object = {}) {
  const { services } = fakeServices();
  const own = { ...delivery, ...more };
  const attemptList = [{ deliveryId: own.id, number: 1, late: false, ...attempt, ...attemptMore }];
  const deliveries = {
    ...services.deliveries,
    get: async () => ({ ...own, attemptList }),
    list: async () => ({ items: [own], next: null }),
  };
  return { ...services, deliveries };
}

describe("the list of deliveries", () => {
  it("shows each with its reason in the reader's language, and asks the API for what was filled in", async () => {
    const { get, asked } = await fakePages();
    const query = "order=A1&reference=&state=failed&error=no&from=2026-01-01T12:00&code=dns";
    const { html, status } = await get(`/deliveries?${query}`, NL);
    expect(status).toBe(200);
    expect(html).toContain("<h1>Leveringen</h1>");
    expect(html).toContain("Er kon geen verbinding met de server worden gemaakt");
    expect(html).toContain('href="/customers/acme/orders/A1"');
    const [, filter] = asked.find(([what]) => what === "deliveries.list") ?? [];
    expect(filter).toEqual({ order: "A1", state: "failed", error: "no", code: "dns", from: Date.UTC(2026, 0, 1, 11) });
    expect(html).toContain('href="/deliveries/bulk?order=A1&amp;state=failed&amp;code=dns&amp;error=no');
    expect(html).toContain('href="/deliveries/export?order=A1');
  });

  it.each([
    { endpoint: "ep_1", state: "pending" },
    { customer: "acme", state: "failed", from: "2026-01-01T12:00:00.000Z" },
  ])("shows what an alert's mail links to: $state", async (query) => {
    const { get, asked } = await fakePages({ timeZone: "America/Bogota" });
    const { status, html } = await get(`/deliveries?${new URLSearchParams(query)}`);
    expect(status).toBe(200);
    const from = query.from === undefined ? {} : { from: Date.parse(query.from) };
    expect(asked.find(([what]) => what === "deliveries.list")?.[1]).toEqual({ ...query, ...from });
    expect(html).toContain(`<option value="${query.state}" selected>`);
  });

  it("says how far it has searched, and offers to go on", async () => {
    const { services } = fakeServices();
    const list = async () => ({ items: [], next: "bmV4dA", searchedTo: NOW });
    const { get } = await fakePages({}, { deliveries: { ...services.deliveries, list } });
    const { html } = await get("/deliveries?error=x", FR);
    expect(html).toContain("Recherche effectuée jusqu’au");
    expect(html).toContain("cursor=bmV4dA");
  });

  it("says what is wrong with the search in place", async () => {
    const { get } = await fakePages();
    const { html, status } = await get("/deliveries?state=lost&from=soon");
    expect(status).toBe(422);
    expect(html).toContain("?state");
  });

  it("keeps a customer to what is theirs, and an auditor from changing", async () => {
    const portal = await fakePages({ role: "customer", customer: "acme" });
    const { html } = await portal.get("/deliveries");
    expect(portal.asked.find(([what]) => what === "deliveries.list")?.[1]).toMatchObject({ customer: "acme" });
    expect(html).not.toContain('name="customer"');
    expect((await portal.get("/deliveries?customer=beta")).status).toBe(404);
    const auditor = await fakePages({ role: "auditor" });
    const shown = (await auditor.get("/deliveries")).html;
    expect(shown).not.toContain("/deliveries/bulk?");
    expect(shown).not.toContain('type="checkbox"');
    expect((await auditor.get("/deliveries/bulk?verb=retry")).status).toBe(404);
    expect((await auditor.post("/deliveries/bulk", { verb: "retry" })).status).toBe(404);
  });

  it("exports as a file", async () => {
    const { get } = await fakePages();
    const { headers, html } = await get("/deliveries/export?format=csv&state=failed");
    expect(headers["content-disposition"]).toContain('filename="deliveries-');
    expect(html).toContain("dlv_1,acme,A1");
  });
});

describe("the causes", () => {
  it("stand by endpoint, each with the way to its deliveries and to retry them", async () => {
    const { get } = await fakePages();
    const { html } = await get("/deliveries/causes?customer=acme", NL);
    expect(html).toContain("Wat mislukt is");
    expect(html).toContain("Wat na een fout opnieuw geprobeerd wordt");
    const link =
      "/deliveries/bulk?customer=acme&amp;state=failed&amp;endpoint=ep_1&amp;fault=connection&amp;code=connect";
    expect(html).toContain(`${link}&amp;verb=retry`);
  });
});

describe("a change of many", () => {
  it("is counted before it is asked for, goes in sets, and ends", async () => {
    const { services } = fakeServices();
    const asked: unknown[] = [];
    const nexts = ["bmV4dA", null];
    const retry = async (_selection: unknown, how: { dryRun?: boolean | undefined } = {}) => {
      asked.push(how);
      return { count: how.dryRun ? 3 : 2, laneIds: [], next: how.dryRun ? null : (nexts.shift() ?? null) };
    };
    const { get, post } = await fakePages({}, { actions: { ...services.actions, retry } });
    const before = await get("/deliveries/bulk?verb=retry&state=failed&customer=acme");
    expect(before.html).toContain("3 deliveries will be tried again.");
    expect(before.html).toContain("Customer");
    const form = { verb: "retry", state: "failed", customer: "acme", total: "3" };
    const first = await post("/deliveries/bulk", form);
    expect(first.status).toBe(303);
    const place = String(first.headers.location);
    expect(place).toContain("cursor=bmV4dA&done=2&total=3");
    const stopped = await get(place);
    expect(stopped.html).toContain("Stopped for now");
    expect(stopped.html).toMatch(/<progress max="3" value="2"/);
    const last = await post("/deliveries/bulk", { ...form, cursor: "bmV4dA", done: "2" }, { "hx-request": "true" });
    expect(last.html).toContain("Finished");
    expect(last.html).not.toContain("<html");
    expect(last.headers["hx-replace-url"]).toContain("finished=1");
    expect((await get(String(last.headers["hx-replace-url"]))).html).toContain("Finished");
    expect(asked).toMatchObject([{ dryRun: true }, { dryRun: false }, { dryRun: false, cursor: "bmV4dA" }]);
  });

  it("goes on by itself only in a page that has begun it", async () => {
    const { services } = fakeServices();
    const cancel = async () => ({ count: 1, laneIds: [], next: "bmV4dA" });
    const { get, post } = await fakePages({}, { actions: { ...services.actions, cancel } });
    const part = await post("/deliveries/bulk", { verb: "cancel" }, { "hx-request": "true" });
    expect(part.html).toContain('hx-trigger="load"');
    expect((await get(String(part.headers["hx-replace-url"]))).html).not.toContain('hx-trigger="load"');
    const counting = await get("/deliveries/bulk?verb=cancel");
    expect(counting.html).toMatch(/hx-get="[^"]+from_cursor=bmV4dA" hx-trigger="load"/);
    const more = await get("/deliveries/bulk?verb=cancel&counted=1&from_cursor=bmV4dA", { "hx-request": "true" });
    expect(more.html).toContain("Counted so far: 2");
  });

  it("of picked ones names them alone", async () => {
    const { get, asked } = await fakePages();
    const { html } = await get("/deliveries/bulk?verb=retry&ids=dlv_1&ids=dlv_2");
    expect(html).toContain("The 2 that were selected");
    expect(asked.find(([what]) => what === "actions.retry")?.[1]).toEqual({ filter: { ids: ["dlv_1", "dlv_2"] } });
  });

  it.each([
    ["is asked for", "/deliveries/bulk?picked=1&verb=cancel&customer=acme", undefined],
    ["is posted", "/deliveries/bulk", { picked: "1", verb: "cancel", customer: "acme" }],
  ])("of none that were picked does nothing, when it %s", async (_how, path, form) => {
    const { get, post, asked } = await fakePages();
    const reply = form ? await post(path, form) : await get(path);
    expect([reply.status, asked]).toEqual([422, []]);
    expect(reply.html).toContain("Nothing was selected");
    expect(reply.html).toContain('href="/deliveries?customer=acme"');
  });

  it("of picked ones is about them whatever the list was of, and leads back to it", async () => {
    const { get, asked } = await fakePages();
    const { html } = await get("/deliveries/bulk?picked=1&verb=retry&ids=dlv_1&state=failed&customer=acme");
    expect(asked.find(([what]) => what === "actions.retry")?.[1]).toEqual({ filter: { ids: ["dlv_1"] } });
    expect(html).toContain('href="/deliveries?customer=acme&amp;state=failed"');
  });

  it.each(["drop", "constructor", "__proto__", ""])("that nobody knows is not there: %j", async (verb) => {
    const { get } = await fakePages();
    expect((await get(`/deliveries/bulk?verb=${verb}`)).status).toBe(404);
  });
});

describe("one delivery", () => {
  it.each([
    ["Asia/Tokyo", true],
    ["Europe/Brussels", false],
    [null, false],
  ])(
    "says which zone its times are in, where that of the customer (%s) is not the reader's",
    async (timeZone, says) => {
      const { services } = fakeServices();
      const get = async (id: string) => ({ ...(await services.customers.get(id)), timeZone }) as never;
      const pages = await fakePages(
        { timeZone: "Europe/Brussels" },
        { ...services, customers: { ...services.customers, get } },
      );
      const { html } = await pages.get(DLV);
      expect(html.includes(`All times are in the time zone ${timeZone}.`)).toBe(says);
      expect(html).toContain("Times: Europe/Brussels");
    },
  );

  it("shows the status change, each attempt, and what to do", async () => {
    const { get } = await fakePages();
    const { html, status } = await get(DLV, NL);
    expect(status).toBe(200);
    expect(html).toContain("Niet afgeleverd binnen de toegestane tijd");
    expect(html).toContain("Taken by courier");
    expect(html).toContain("image/png");
    expect(html).toContain(`action="${DLV}/retry"`);
    // Nothing left: it must not look as if it had.
    expect(html).toContain("Er is niets verstuurd. Dit zou verstuurd zijn:");
    expect(html).toContain('class="spent-on spent-connect"');
    expect(html).not.toMatch(/<img[^>]+src="(?!\/assets)/);
  });

  it("shows the request as it went out, and what came back", async () => {
    const headers = ["content-type", "application/json", "webhook-id", "dlv_1", "X-API-KEY", "********"];
    const timings = { resolve: 1.2, connect: 3, tls: 8, send: 0.1, wait: 2100 };
    const services = servicesWith(
      { state: "delivered", reason: "", fault: null, code: "", lastError: "" },
      { outcome: "delivered", fault: null, code: "200", detail: "OK", headers, timings, response: '{"ok":true}' },
    );
    const { html } = await (await fakePages({}, services)).get(DLV);
    const request =
      "https://acme.example/\ncontent-type: application/json\nwebhook-id: dlv_1\nX-API-KEY: ********\n\n{}";
    expect(html).toContain(request);
    expect(html).toContain("{&quot;ok&quot;:true}");
    for (const step of ["DNS 1.2 ms", "TLS 8 ms", "Wait for the answer 2.1 s"]) expect(html).toContain(step);
    expect(html).not.toContain("Nothing was sent");
  });

  it("shows where a file was put", async () => {
    const sent = { contentType: "text/xml", body: "<a/>", sha256: "ef", bytes: 4, fileName: "A1.xml" };
    const services = servicesWith(
      { state: "delivered", fileName: "A1.xml", transport: "sftp" },
      {
        outcome: "delivered",
        fault: null,
        transport: "sftp",
        address: "sftp://host/in",
        remotePath: "/in/A1.xml",
        sent,
      },
    );
    const { html } = await (await fakePages({}, services)).get(DLV);
    expect(html).toContain("/in/A1.xml");
    expect(html).toContain("&lt;a/>");
  });

  it("is retried, canceled and sent again by its buttons", async () => {
    const { post, asked } = await fakePages();
    expect(await post(`${DLV}/retry`)).toMatchObject({
      status: 303,
      headers: { location: `${DLV}?notice=deliveryRetried` },
    });
    expect((await post(`${DLV}/replay`)).status).toBe(303);
    expect(asked.find(([what]) => what === "replay.deliveries")?.[1]).toEqual({ ids: ["dlv_1"] });
    const refused = await post(`${DLV}/cancel`);
    expect([refused.status, refused.html]).toEqual([409, expect.stringContaining("cannot cancel now")]);
    expect((await post("/deliveries/dlv_9/retry")).status).toBe(404);
  });

  it("is not there for another customer", async () => {
    const { get, post } = await fakePages({ role: "customer", customer: "beta" });
    expect((await get(DLV)).status).toBe(404);
    expect((await post(`${DLV}/retry`)).status).toBe(404);
  });
});

describe("an order", () => {
  it("is found by what stands on it, and without that by its newest deliveries", async () => {
    const { get, asked } = await fakePages();
    const { html } = await get("/orders?reference=R1", FR);
    expect(html).toContain("Commandes correspondantes");
    expect(html).toContain('href="/customers/acme/orders/A1"');
    expect(asked.at(-1)).toMatchObject(["events.list", { reference: "R1" }, {}]);
    await get("/orders");
    expect(asked.at(-1)?.[0]).toBe("deliveries.list");
  });

  it("tells every status, who was told, and what did not arrive", async () => {
    const { get } = await fakePages();
    const { html, status } = await get("/customers/acme/orders/A1", NL);
    expect(status).toBe(200);
    expect(html).toContain("Wat niet aankwam");
    expect(html).toContain("Acme ERP");
    expect(html).toContain("HTTP POST");
    expect(html).toContain("/deliveries/bulk?customer=acme&amp;order=A1&amp;state=failed&amp;verb=retry");
  });

  it("says that nobody was told", async () => {
    const { services } = fakeServices();
    const list = async () => ({ items: [], next: null });
    const { get } = await fakePages({}, { deliveries: { ...services.deliveries, list } });
    expect((await get("/customers/acme/orders/A1")).html).toContain("Nobody was told");
  });

  it("has a proof to print: what was sent when, what was answered, and by whom it was drawn up", async () => {
    const sent = { contentType: "application/json", body: "{}", sha256: "5ha256", bytes: 2, fileName: null };
    const services = servicesWith(
      { state: "delivered", reason: "", fault: null, code: "", lastError: "" },
      { outcome: "delivered", fault: null, code: "200", detail: "OK", response: "taken over", sent },
    );
    const { html } = await (await fakePages({}, services)).get("/customers/acme/orders/A1/proof", NL);
    expect(html).toContain("Leveringsbewijs");
    for (const text of ["200 OK", "taken over", "5ha256", "Opgemaakt door", "admin@example.com", "Europe/Brussels"]) {
      expect(html).toContain(text);
    }
  });

  it("is not there for another customer, nor where nothing is known of it", async () => {
    const { get } = await fakePages({ role: "customer", customer: "beta" });
    expect((await get("/customers/acme/orders/A1")).status).toBe(404);
    expect((await get("/customers/acme/orders/A1/proof")).status).toBe(404);
    const { services } = fakeServices();
    const none = async () => ({ items: [], next: null });
    const admin = await fakePages({}, { events: { ...services.events, list: none } });
    expect((await admin.get("/customers/acme/orders/none")).status).toBe(404);
  });
});

it.each(HOSTILE)("nothing of what others write becomes part of a page: %j", async (text) => {
  const own = {
    order: text,
    customer: text,
    endpointName: text,
    transport: text,
    lastError: text,
    reason: text,
    code: text,
  };
  const sent = { contentType: text, body: text, sha256: text, bytes: 1, fileName: text };
  const tried = {
    address: text,
    detail: text,
    response: text,
    code: text,
    transport: text,
    timings: { [text]: 1 },
    sent,
  };
  const services = servicesWith({ ...own, event: { ...delivery.event, reference: text, statusCode: text } }, tried);
  const said = { ...event, order: text, comment: text, statusCode: text, descriptions: { en: text }, reference: text };
  const events = { ...services.events, get: async () => said, list: async () => ({ items: [said], next: null }) };
  const { get } = await fakePages({}, { ...services, events });
  for (const path of [
    "/deliveries",
    DLV,
    "/orders?order=x",
    "/customers/acme/orders/x",
    "/customers/acme/orders/x/proof",
  ]) {
    const { html, status } = await get(path);
    expect([path, status]).toEqual([path, 200]);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\/assets)/i);
    expect(html).not.toMatch(/<(?:img|iframe|svg) (?:on|src=x)/i);
    expect(html).not.toContain("javascript:alert");
  }
  const asked = await get(`/deliveries?${new URLSearchParams({ order: text, error: text.slice(0, 50) })}`);
  expect(asked.html).not.toMatch(/<script(?![^>]*\bsrc="\/assets)/i);
});
