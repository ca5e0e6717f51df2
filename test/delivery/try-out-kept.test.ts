import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { templates } from "../../src/templates/index.js";
import type { Endpoint } from "../../src/types.js";
import { OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

const PNG = "iVBORw0KGgo=";
const OTHER_PNG = "iVBORw0KGgoA";
/** Every member that an event can have. */
const WHOLE = {
  ...{ order: "A1", barcode: "B1", container: "C1", statusCode: "take", reference: "R1", comment: "at the door" },
  ...{ oldLead: "3", newLead: "5", verifier: "V. Erifier", source: "XLS", leg: "origin" },
  signatures: [{ image: `data:image/png;base64,${PNG}`, signedBy: "Jan" }],
  pictures: [`data:image/png;base64,${OTHER_PNG}`],
  documents: [`data:application/pdf;base64,${PNG}`],
  documentUrl: "https://acme.example/pod.pdf",
  location: { text: "Antwerp", country: "BE", latitude: 51.2, longitude: 4.4 },
  reason: { code: "AY-0048", text: "Future Delivery" },
  replacement: { trackingNumber: "LX2", kind: "return" },
  file: { id: "7" },
  details: { trackingNumber: "LX1", title: "A box", pieces: 2, recipient: { name: "An" } },
};
const CUSTOM = `{"id":"{{ id }}/{{ order }}","lead":"{{ oldLead }}/{{ newLead }}","by":"{{ verifier }}","file":"{{ file.id }}"}`;
const OPTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  ontime: { format: "json" },
  custom: { format: "json", body: CUSTOM },
  standard: { details: true },
  trackingmore: { email: "a@b.example" },
};

let work: WorkedRoad;
beforeEach(async () => {
  work = await openWorkedRoad({ send: () => Promise.resolve(OK) });
});
afterEach(() => work.close());

/** Ids of deliveries differ from one to the next; all else must not. */
const withoutIds = (body = "") => body.replaceAll(/dlv_[0-9a-z]{26}/g, "dlv");

async function publishWhole(more: Record<string, unknown> = {}): Promise<string> {
  await work.publish(1, { ...WHOLE, ...more });
  const event = await work.store.database.prisma.event.findFirstOrThrow({ orderBy: { id: "desc" } });
  return event.id;
}

async function deliveredBody({ id }: Endpoint): Promise<string | undefined> {
  const [delivery] = (await work.deliveries()).filter(({ endpoint_id: endpoint }) => endpoint === id);
  const shown = await work.store.deliveries.get(delivery?.id ?? "");
  return shown?.attemptList.at(-1)?.sent?.body;
}

describe.each(Object.keys(templates))("a kept event as %s", (name) => {
  it("is shown and sent by a test as it was delivered", async () => {
    const endpoint = await work.create(name, {
      template: { name, options: OPTIONS[name] ?? {} },
      transport: { type: "http-post", url: "https://acme.example/", headers: { "Ave-Hub-signature": "s" } },
    });
    const customer = await work.store.endpoints.requireCustomer("acme");
    const eventId = await publishWhole();
    await work.until(async () => (await work.delivered()) === 1);
    const delivered = withoutIds(await deliveredBody(endpoint));
    expect(delivered).toMatch(/A1|R1/);
    const preview = await work.road.tryOut.preview(endpoint, customer, { eventId });
    expect(withoutIds(preview.body)).toBe(delivered);
    const { attempt } = await work.road.tryOut.test(endpoint, customer, { eventId });
    expect(withoutIds(attempt.sent?.body)).toBe(delivered);
  });
});

describe("a kept event", () => {
  it("is shown and sent with its pictures and signatures", async () => {
    const endpoint = await work.create("erp");
    const customer = await work.store.endpoints.requireCustomer("acme");
    const eventId = await publishWhole();
    const { body } = await work.road.tryOut.preview(endpoint, customer, { eventId });
    expect(JSON.parse(body)).toMatchObject({
      ...{ oldlead: "3", newlead: "5", verifier: "V. Erifier" },
      signatures: [{ signature: expect.stringContaining("34 bytes"), signedby: "Jan" }],
      pictures: [expect.stringContaining("34 bytes")],
    });
    await work.road.tryOut.test(endpoint, customer, { eventId });
    const sent = work.sends.at(-1)?.payload.body;
    expect(sent && "open" in sent ? await text(sent.open()) : "").toContain(`"pictures":["${WHOLE.pictures[0]}"]`);
  });

  it("is not there for another customer's endpoint, nor where there is none", async () => {
    const endpoint = await work.create("erp");
    const customer = await work.store.endpoints.requireCustomer("acme");
    await work.store.customers.put("bolt", {});
    const eventId = await publishWhole({ customer: "bolt" });
    for (const id of [eventId, "evt_none"]) {
      await expect(work.road.tryOut.preview(endpoint, customer, { eventId: id })).rejects.toMatchObject({
        status: 404,
      });
      await expect(work.road.tryOut.test(endpoint, customer, { eventId: id })).rejects.toMatchObject({ status: 404 });
    }
    expect(work.sends).toEqual([]);
  });

  it("is neither shown nor sent once its pictures are forgotten, nor beside an event that is given", async () => {
    const endpoint = await work.create("erp");
    const customer = await work.store.endpoints.requireCustomer("acme");
    const eventId = await publishWhole();
    const both = { eventId, event: { order: "A1" } };
    await expect(work.road.tryOut.preview(endpoint, customer, both)).rejects.toMatchObject({
      fields: [{ path: "/eventId", message: "goes not together with an event" }],
    });
    await work.store.database.prisma.event.update({ where: { id: eventId }, data: { payload_forgotten_at: 5 } });
    await expect(work.road.tryOut.preview(endpoint, customer, { eventId })).rejects.toMatchObject({ status: 409 });
  });
});
