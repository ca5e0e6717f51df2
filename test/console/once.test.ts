import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Once } from "../../src/console/once.js";
import type { PageAnswer, PageContext } from "../../src/console/page.js";
import { manualClock } from "../support/clock.js";
import { type DeliveryScene, startDeliveryScene } from "../support/delivery-scene.js";
import { until } from "../support/service.js";
import { testSession } from "./browser-like.js";
import { Browser } from "./signed-in.js";

const NEW = "/customers/acme/endpoints/new";
const FORM = {
  do: "save",
  transport: "http-post",
  template: "ontime",
  "transport.url": "http://127.0.0.1:8/hook",
  "template.format": "json",
};
let scene: DeliveryScene;
let browser: Browser;

beforeAll(async () => {
  scene = await startDeliveryScene(1);
  browser = new Browser(scene.service.url);
  browser.cookies.set("waybell-session", "admin");
  await browser.get("/");
});
afterAll(() => scene.close());

async function count(path: string): Promise<number> {
  return (await scene.service.call<{ items: unknown[] }>("GET", path)).body.items.length;
}

describe("a form that is sent twice", () => {
  const ENDPOINTS = "/v1/customers/acme/endpoints?limit=500";

  it("makes one endpoint, at once or later, and is answered like the first time", async () => {
    const before = await count(ENDPOINTS);
    const form = { ...FORM, name: "once", once: "one" };
    const replies = await Promise.all([browser.post(NEW, form), browser.post(NEW, form)]);
    replies.push(await browser.post(NEW, form));
    expect(new Set(replies.map(({ location }) => location)).size).toBe(1);
    expect(replies[0]?.location).toMatch(/^\/endpoints\/ep_/);
    expect(await count(ENDPOINTS)).toBe(before + 1);
  });

  it("is another one as soon as anything in it is changed", async () => {
    const before = await count(ENDPOINTS);
    await browser.post(NEW, { ...FORM, name: "one", once: "two" });
    await browser.post(NEW, { ...FORM, name: "other", once: "two" });
    expect(await count(ENDPOINTS)).toBe(before + 2);
  });

  it("replays a delivery once", async () => {
    const { body } = await scene.service.call<{ items: { id: string }[] }>("GET", "/v1/deliveries?state=failed");
    const at = `/deliveries/${body.items[0]?.id}`;
    const once = /action="[^"]*\/replay"[\s\S]*?name="once" value="([^"]+)"/.exec((await browser.get(at)).html)?.[1];
    const [failed, all] = ["/v1/deliveries?limit=500&state=failed", "/v1/deliveries?limit=500"];
    const [failures, before] = [await count(failed), await count(all)];
    const send = () => browser.post(`${at}/replay`, { once: once ?? "" });
    expect((await send()).status).toBe(303);
    // What still waits would not be made twice anyway.
    await until(async () => (await count(failed)) === failures + 1, 15_000, "its failure");
    expect((await send()).location).toContain("notice=deliveryReplayed");
    expect(await count(all)).toBe(before + 1);
  });

  it("shows the key that it made both times", async () => {
    const form = { name: "twice", role: "producer", once: "key" };
    const keys = (await Promise.all([browser.post("/keys", form), browser.post("/keys", form)])).map(
      ({ html }) => /<pre id="key"[^>]*>([^<]+)</.exec(html)?.[1],
    );
    expect(keys[0]).toMatch(/^\S{20,}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(await count("/v1/keys")).toBe(1);
  });
});

describe("what is known of forms that were sent", () => {
  const answer: PageAnswer = { location: "/" };
  const session = testSession();
  const page = (once: string) =>
    ({ form: new URLSearchParams({ once }), request: { url: "/x" } }) as unknown as PageContext;

  function counted(given: () => Promise<PageAnswer> = async () => answer) {
    let times = 0;
    const act = () => {
      times++;
      return given();
    };
    return { act, times: () => times };
  }

  it("lasts two minutes", async () => {
    const clock = manualClock();
    const once = new Once(clock);
    const { act, times } = counted();
    for (const ms of [0, 119_999, 1]) {
      await clock.advance(ms);
      await once.run(page("a"), session, act);
    }
    expect(times()).toBe(2);
  });

  it("is of 500 forms at most", async () => {
    const once = new Once(manualClock());
    const { act } = counted();
    for (let at = 0; at < 600; at++) await once.run(page(String(at)), { ...session, id: `ses_${at}` }, act);
    expect(once.size).toBe(500);
  });

  it("is of 30 forms of one session at most, which take the place of no other's", async () => {
    const once = new Once(manualClock());
    const { act, times } = counted();
    const other = { ...session, id: "ses_other" };
    await once.run(page("a"), other, act);
    for (let at = 0; at < 600; at++) await once.run(page(String(at)), session, act);
    expect(once.size).toBe(31);
    for (let at = 570; at < 600; at++) await once.run(page(String(at)), session, act);
    await once.run(page("a"), other, act);
    expect(times()).toBe(601);
  });

  it("is of a test only while it is under way: asked for again, it is made anew", async () => {
    const once = new Once(manualClock());
    const { act, times } = counted(async () => ({ title: "", body: null as never, isAskedAnew: true }));
    await Promise.all([once.run(page("a"), session, act), once.run(page("a"), session, act)]);
    expect(times()).toBe(1);
    await once.run(page("a"), session, act);
    expect(times()).toBe(2);
  });

  it("is of the session that sent it", async () => {
    const once = new Once(manualClock());
    const { act, times } = counted();
    await once.run(page("a"), session, act);
    await once.run(page("a"), { ...session, id: "ses_other" }, act);
    expect(times()).toBe(2);
  });

  it.each<[string, () => Promise<PageAnswer>]>([
    ["failed", () => Promise.reject(new Error("no"))],
    ["was shown again for its faults", async () => ({ title: "", body: null as never, status: 422 })],
    ["was answered by a stream", async () => ({ file: { status: 200 } })],
  ])("is forgotten of one that %s", async (_what, given) => {
    const once = new Once(manualClock());
    const { act, times } = counted(given);
    await once.run(page("a"), session, act).catch(() => undefined);
    await once.run(page("a"), session, act).catch(() => undefined);
    expect(times()).toBe(2);
  });
});
