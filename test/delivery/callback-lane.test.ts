import { afterEach, describe, expect, it } from "vitest";
import { createAlertWatch } from "../../src/alerts/watch.js";
import { createAlertStore } from "../../src/store/alerts.js";
import { SILENT } from "./kit.js";
import { failure, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const MINUTE = 60_000;
const ORDERS = 300;

describe("orders that all call back to one dead host", () => {
  let worked: WorkedRoad;
  afterEach(() => worked.close());

  const watchOver = ({ store, clock }: WorkedRoad) =>
    createAlertWatch({
      store: createAlertStore(store.database),
      clock,
      logger: SILENT,
      timeZone: "Europe/Brussels",
      alertTo: [],
      publicUrl: null,
      describe: ({ url }) => `POST ${url}`,
    });

  /** Puts orders with callback URLs of their own, as they come in with them, and publishes a status of each. */
  async function callBack(prefix: string, count: number, origin: string): Promise<void> {
    const statusTime = new Date(worked.clock.now()).toISOString();
    const numbers = Array.from({ length: count }, (_, at) => `${prefix}${at}`);
    for (const order of numbers) {
      const callbackUrls = [`${origin}/orders/${order}`, `${origin}/audit`];
      await worked.store.orders.put("acme", order, { details: { customerOrderId: `web-${order}` }, callbackUrls });
    }
    const descriptions = { en: "Order queued" };
    const status = { customer: "acme", statusCode: "queued", status: "PROCESSING", statusTime, descriptions };
    await worked.road.publisher.publish(numbers.map((order) => ({ ...status, order })));
  }

  it("are one breaker, one mail an hour, and do not slow another host", async () => {
    let dead = true;
    worked = await openWorkedRoad({
      send: async ({ url }) => {
        if (dead && url.startsWith("https://dead.example/")) throw failure();
        return OK;
      },
    });
    const { store, road, sends } = worked;
    const emails = ["it@acme.example"];
    await store.customers.put("acme", { emails, callbackTemplate: { name: "probo" } });
    const watch = watchOver(worked);
    /** Lets time go by with the watch looking as it would. */
    const pass = async (minutes: number) => {
      for (let at = 0; at < minutes; at++) {
        await worked.run(MINUTE, 2);
        await watch.look();
      }
    };
    const mails = () => store.database.prisma.mail.findMany({ orderBy: { created_at: "asc" } });
    const toDead = () => sends.filter(({ url }) => url.startsWith("https://dead.example/"));

    road.start();
    await callBack("D", ORDERS, "https://dead.example");
    await callBack("L", 5, "https://alive.example");
    await worked.run(2_000, 4);
    await worked.until(async () => (await worked.delivered()) === 10, "the arrival at the other host");
    await watch.look();

    // The other host's have arrived, in Probo's form, with the customer's own id of the order.
    expect(await worked.delivered()).toBe(10);
    const [alive] = sends.filter(({ url }) => url === "https://alive.example/orders/L0");
    expect(JSON.parse(String(alive?.payload.body))).toMatchObject({ status: "queued", order: { id: "web-L0" } });

    // 301 addresses of the dead host, each an endpoint with a history of its own, are one lane.
    const endpoints = await store.database.prisma.endpoint.findMany({ where: { origin: "callback" } });
    const lanes = new Set(endpoints.filter(({ settings }) => settings.includes("dead")).map(({ lane_id }) => lane_id));
    expect([endpoints.length, lanes.size]).toEqual([ORDERS + 1 + 5 + 1, 1]);

    // One breaker: a few sends opened it, whatever waits behind it spent nothing.
    const before = toDead().length;
    expect(before).toBeLessThanOrEqual(16);
    expect((await mails()).map(({ kind, recipients }) => [kind, recipients])).toEqual([
      ["outage", JSON.stringify(emails)],
    ]);
    expect((await mails())[0]?.text).toContain("https://dead.example");

    await pass(30);
    // Half an hour in which more orders come in: probes one at a time, and not a mail more.
    await callBack("M", 20, "https://dead.example");
    await pass(25);
    expect(toDead().length - before).toBeLessThan(60);
    expect(await mails()).toHaveLength(1);
    await pass(10);
    expect((await mails()).map(({ kind }) => kind)).toEqual(["outage", "outage"]);

    dead = false;
    await pass(30);
    expect(await worked.states()).toEqual({ delivered: (ORDERS + 20 + 5) * 2 });
    // To each its own history: one delivery for an order's own address, one of each order for the shared one.
    const histories = await store.database.prisma.delivery.groupBy({ by: ["endpoint_id"], _count: true });
    const lengths = histories.map(({ _count }) => _count).sort((a, b) => b - a);
    expect(lengths).toEqual([ORDERS + 20, 5, ...Array(ORDERS + 20 + 5).fill(1)]);
  }, 60_000);
});
