import { describe, expect, it } from "vitest";
import type { OverviewView } from "../../src/api/services-overview.js";
import { NOW, overview } from "../api/fakes.js";
import { HOSTILE } from "../fuzz/texts.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, temporaryFolder, until } from "../support/service.js";
import { fakePages, testSession, testSessions } from "./browser-like.js";

type Trouble = OverviewView["trouble"]["items"][number];
const [sample] = overview.trouble.items;
const trouble = (more: Partial<Trouble>): Trouble => ({ ...(sample as Trouble), ...more });
const shown = (items: readonly Trouble[], more: Partial<OverviewView> = {}) => ({
  overview: async () => ({ ...overview, trouble: { items, next: null }, ...more }),
});

describe("the overview", () => {
  it("shows the numbers, the endpoints in trouble with the reason in plain words, and the charts", async () => {
    const { get } = await fakePages({ timeZone: "Europe/Brussels" });
    const { status, html } = await get("/");
    expect(status).toBe(200);
    for (const text of ["delivered today", "being sent", "No connection to the server could be made.", "1 hour ago"])
      expect(html).toContain(text);
    expect(html).toContain('href="/endpoints/ep_1"');
    expect(html).toContain('href="/deliveries?endpoint=ep_1&amp;state=failed"');
    expect(html).toContain("<title>04:04 – Delivered: 2, Failed attempts: 4</title>");
    expect(html).toContain("<title>2 Jan 2026 – Delivered: 2, Given up: 1</title>");
    expect(html.match(/<details>/g)).toHaveLength(2);
    expect(html).toMatch(/role="status" sse-swap="summary">One endpoint is in trouble\.</);
  });

  it.each([
    ["nl", "Endpoints met problemen", "vandaag geleverd"],
    ["fr", "Endpoints en difficulté", "livrées aujourd’hui"],
  ] as const)("speaks %s", async (language, ...texts) => {
    const { get } = await fakePages({ language });
    const { html } = await get("/");
    for (const text of texts) expect(html).toContain(text);
    expect(html).not.toMatch(/Endpoints in trouble|delivered today|given up|Waiting/);
  });

  it("tells each trouble for what it is", async () => {
    const items = [
      trouble({ endpoint: "e1", kind: "held", fault: "config", code: "host_key", text: "no key", nextTry: null }),
      trouble({ endpoint: "e2", kind: "askedToWait", fault: "response", code: "http_429", text: "429", givenUp: 0 }),
      trouble({ endpoint: "e3", kind: "disabled", fault: "response", code: "http_410", text: "410" }),
      trouble({ endpoint: "e4", kind: "paused", fault: null, code: "", text: "", givenUp: 1001, waiting: 1001 }),
      trouble({ endpoint: null, name: "https://cb.example.com" }),
    ];
    const { get } = await fakePages({}, shown(items));
    const { html } = await get("/");
    expect(html).toContain("too many requests (429)");
    expect(html).toContain("It is disabled: nothing is sent.");
    expect(html).toContain("1,000+ deliveries were given up within a day.");
    expect(html).toContain(">1,000+</a>");
    expect(html).toContain("(callback URLs)");
    expect(html).not.toContain("/endpoints/null");
  });

  it.each([
    ["en", "It is disabled: nothing is sent. Reason: Disabled by the operator: out of use."],
    ["nl", "Het is uitgeschakeld: er wordt niets verzonden. Reden: Uitgeschakeld door de operator: out of use."],
    ["fr", "Il est désactivé : rien n’est envoyé. Motif : Désactivé par l&#39;opérateur: out of use."],
  ] as const)(
    "says in %s who has disabled an endpoint and why, and not what had failed before",
    async (language, text) => {
      const failed = { fault: "response", code: "http_500", text: "The server answered 500.", givenUp: 0 } as const;
      const one = trouble({ ...failed, kind: "disabled", reason: "disabled by the operator: out of use." });
      const { get } = await fakePages({ language }, shown([one]));
      const { html } = await get("/");
      expect(html.replaceAll("'", "&#39;")).toContain(`<bdi>${text}</bdi>`);
    },
  );

  it("says why an endpoint is paused", async () => {
    const { get } = await fakePages({}, shown([trouble({ kind: "paused", reason: "they move", givenUp: 0 })]));
    expect((await get("/")).html).toContain("sent once it is resumed. Reason: they move.");
  });

  it.each(HOSTILE)("lets a hostile name do no harm: %j", async (text) => {
    const hostile = trouble({ name: text, customer: "acme", endpoint: 'ep"/><script>', code: "odd", text });
    const { get } = await fakePages({}, shown([hostile]));
    const { html } = await get("/");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/i);
    expect(html).not.toMatch(/<img(?![^>]*src="\/assets\/)|<[^>]*\son\w+=/i);
    const [, cell = ""] = /id="trouble-[^"]*"[^>]*>(.*?)<\/a>/s.exec(html) ?? [];
    expect(cell).toMatch(/^<bdi>[^<]*<\/bdi>$/);
  });

  it("says on the first start what to do next, to each role what it may", async () => {
    const counts = { events: 0, deliveries: 0, delivered: 0, failed: 0, failedAttempts: 0 };
    const empty = {
      ...shown([], { waiting: 0, days: [{ at: NOW, ...counts }] }),
      customers: { list: async () => ({ items: [], next: null }) } as never,
    };
    expect((await (await fakePages({}, empty)).get("/")).html).toContain("Welcome to Waybell");
    const auditor = (await (await fakePages({ role: "auditor" }, empty)).get("/")).html;
    expect(auditor).toContain("Welcome to Waybell");
    expect(auditor).not.toContain("Make a key");
    const customer = (await (await fakePages({ role: "customer", customer: "acme" }, empty)).get("/")).html;
    expect(customer).toContain("Nothing has been sent to you yet.");
    expect(customer).not.toContain("Welcome");
  });

  it("asks for all customers, for one, or for a customer's own alone", async () => {
    const asked: unknown[] = [];
    const watch = {
      overview: async ({ customer }: { customer: string | null }) => {
        asked.push(customer);
        return overview;
      },
    };
    const staff = await fakePages({ role: "operator" }, watch);
    await staff.get("/");
    expect((await staff.get("/?customer=bolt")).html).toContain('sse-connect="/live?customer=bolt"');
    const own = await fakePages({ role: "customer", customer: "acme" }, watch);
    expect((await own.get("/?customer=bolt")).html).toContain('sse-connect="/live"');
    expect(asked).toEqual([null, "bolt", "acme"]);
  });

  it("goes on to the next page of what is in trouble, which stands still", async () => {
    const next = { items: [trouble({})], next: "Y3Vyc29y" };
    const { get, asked } = await fakePages();
    const more = await fakePages({}, { overview: async () => ({ ...overview, trouble: next }) });
    expect((await more.get("/")).html).toContain('href="/?cursor=Y3Vyc29y#trouble"');
    const { html } = await get("/?cursor=Y3Vyc29y");
    expect(asked.at(-1)).toEqual(["overview", expect.objectContaining({ cursor: "Y3Vyc29y", limit: 20 })]);
    expect(html).not.toContain('sse-swap="trouble"');
    expect(html).toContain("To the first of them");
  });
});

/** What comes of a stream, until it is told enough. */
async function follow(url: string, token: string, signal: AbortSignal) {
  const response = await fetch(`${url}/live`, { headers: { cookie: `waybell-session=${token}` }, signal });
  let text = "";
  const done = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  })().catch(() => undefined);
  return { response, done, text: () => text };
}

describe("live", () => {
  it("shows what goes through without being asked again, a customer their own alone, and ends with the service", async () => {
    const { folder, remove } = temporaryFolder();
    const receiver = await startHttpReceiver();
    const sessions = testSessions({
      staff: testSession(),
      acme: testSession({ role: "customer", customer: "acme" }),
      bolt: testSession({ role: "customer", customer: "bolt" }),
    });
    const service = await startTestService(folder, { sessions });
    const cut = new AbortController();
    try {
      await service.endpoint(receiver.url, { name: "Acme's <b>own</b>" });
      await service.call("PUT", "/v1/customers/bolt", {});
      const [staff, acme, bolt] = await Promise.all([
        follow(service.url, "staff", cut.signal),
        follow(service.url, "acme", cut.signal),
        follow(service.url, "bolt", cut.signal),
      ]);
      expect(staff.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
      await until(() => [staff, acme, bolt].every(({ text }) => text().includes("event: days-table")));
      await service.publish({ order: "A1" }, { order: "A2" });
      const two = "<strong>2</strong><span>delivered today";
      await until(() => staff.text().includes(two) && acme.text().includes(two), 15_000);
      const [{ id }] = (await service.call<{ items: [{ id: string }] }>("GET", "/v1/customers/acme/endpoints")).body
        .items;
      await service.call("POST", `/v1/endpoints/${id}/pause`);
      await service.publish({ order: "A3" });
      await until(() => acme.text().includes("<bdi>Acme's &lt;b>own&lt;/b></bdi>"), 15_000);
      await until(() => staff.text().includes("One endpoint is in trouble."), 5_000);
      expect(bolt.text()).not.toMatch(/Acme|<strong>2<\/strong>/);
    } finally {
      const begun = performance.now();
      await service.close();
      expect(performance.now() - begun).toBeLessThan(8_000);
      cut.abort();
      await receiver.stop();
      remove();
    }
  });

  it("is for who is signed in: a browser of nobody is told to ask no more", async () => {
    const { app } = await fakePages();
    const reply = await app.inject({ method: "GET", url: "/live" });
    expect([reply.statusCode, reply.body, reply.headers.location]).toEqual([204, "", undefined]);
  });

  it.each([
    ["en", "Not live since", "reload"],
    ["nl", "Niet live sinds", "opnieuw laden"],
    ["fr", "Plus en direct depuis", "recharger"],
  ] as const)("has a line ready that says in %s when it was not any more", async (language, text, reload) => {
    const { get } = await fakePages({ language, timeZone: "Europe/Paris" });
    const { html } = await get("/");
    expect(html).toContain('<div role="status" data-not-live="true" data-time-zone="Europe/Paris">');
    expect(html).toMatch(new RegExp(`<p class="notice warn" hidden>${text} <time></time> – <a href="/">${reload}</a>`));
  });
});
