import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { standard } from "../../src/templates/standard.js";
import type { RenderContext } from "../../src/templates/template.js";
import type { OrderDetails, StatusEvent } from "../../src/types.js";
import { NASTY, nastyText, random } from "./nasty.js";
import { catalogueEvents, contentOf, eventOf, textOf } from "./support.js";

const CONTEXT: RenderContext = {
  format: "json",
  target: "http",
  timeZone: "Europe/Brussels",
  now: 0,
  id: "dlv_1",
  history: [],
  details: {},
};
const PICTURE = "data:image/png;base64, iVBORw0KGgo=";

function payloadOf(changes: Partial<StatusEvent> = {}, options = {}, details: OrderDetails = {}) {
  return standard.render([eventOf(changes)], options, { ...CONTEXT, details });
}
const read = async (...given: Parameters<typeof payloadOf>) => JSON.parse(await textOf(payloadOf(...given)));

describe("standard", () => {
  it("has type, timestamp and data in the form of Standard Webhooks", async () => {
    const payload = payloadOf();
    expect(payload.contentType).toBe("application/json");
    const { data, ...envelope } = JSON.parse(await textOf(payload));
    expect(JSON.stringify(envelope)).toBe('{"type":"order.status.processing","timestamp":"2023-07-19T09:06:49.000Z"}');
    const { signatures, pictures, documents, ...facts } = data;
    const { statusTime, receivedAt, ...same } = eventOf();
    const times = { statusTime: "2023-07-19T09:06:49.000Z", receivedAt: "2023-07-19T09:06:50.000Z" };
    expect(data).toEqual({ ...same, ...times });
    expect([signatures, pictures, documents]).toEqual([[], [], []]);
    expect(Object.keys(facts).slice(0, 9).join()).toBe(
      "id,externalId,customer,order,barcode,container,statusCode,status,statusTime",
    );
  });

  it("is an event of CloudEvents 1.0 in structured mode where the endpoint wishes", async () => {
    const options = { envelope: "cloudevents" };
    expect(payloadOf({}, options).contentType).toBe("application/cloudevents+json");
    const { data, ...attributes } = await read({}, options);
    expect(attributes).toEqual({
      specversion: "1.0",
      id: "evt_1",
      source: "urn:waybell:acme",
      type: "order.status.processing",
      time: "2023-07-19T09:06:49.000Z",
      subject: "ASK132456798",
      datacontenttype: "application/json",
    });
    expect(data).toEqual((await read()).data);
    const own = { ...options, source: "https://waybell.acme.example/", type: "be.acme.parcel" };
    expect(await read({ status: "NOTOK" }, own)).toMatchObject({ source: own.source, type: "be.acme.parcel.notok" });
  });

  it("keeps attributes of CloudEvents to the characters that they may hold, and the data as it is", async () => {
    const order = "a\u0000\u0085b\ud83dc\ufffe😀é\u007f";
    const event = await read({ order }, { envelope: "cloudevents" });
    expect(event.subject).toBe("a\ufffd\ufffdb\ufffdc\ufffd😀é\ufffd");
    expect(event.data.order).toBe(order);
  });

  it("gives times of four-digit years only", async () => {
    const statusTime = Date.UTC(9999, 11, 31, 23, 59, 59) + 12 * 3_600_000;
    expect(await read({ statusTime })).toMatchObject({ timestamp: "9999-12-31T23:59:59.999Z" });
  });

  it("tells the order's details where they are asked for", async () => {
    const details = { customerOrderId: "web-1", extra: { nested: [1, null] } };
    expect((await read({}, { details: true }, details)).data.details).toEqual(details);
    expect((await read({}, {}, details)).data).not.toHaveProperty("details");
  });

  it("streams signatures, pictures and documents as data URIs, or leaves them out", async () => {
    const large = `data:image/jpeg;base64,${"QUJD".repeat(100_000)}`;
    const event = {
      signatures: [
        { image: contentOf(PICTURE), signedBy: 'J. "x" \ud83d' },
        { image: contentOf(large), signedBy: "" },
      ],
      pictures: [contentOf(large), contentOf(PICTURE)],
      documents: [contentOf("data:application/pdf;base64,JVBERi0=")],
    };
    const payload = payloadOf(event);
    const text = await textOf(payload);
    expect(payload.body).toHaveProperty("length", Buffer.byteLength(text));
    expect(JSON.parse(text).data).toMatchObject({
      signatures: [
        { image: PICTURE, signedBy: 'J. "x" \ud83d' },
        { image: large, signedBy: "" },
      ],
      pictures: [large, PICTURE],
      documents: ["data:application/pdf;base64,JVBERi0="],
    });
    const without = payloadOf(event, { attachments: false });
    expect(Buffer.isBuffer(without.body)).toBe(true);
    for (const name of ["signatures", "pictures", "documents"]) {
      expect(JSON.parse(String(without.body)).data).not.toHaveProperty(name);
    }
  });

  it.each(["standard", "cloudevents"])("renders every row of the catalogue: %s", async (envelope) => {
    for (const event of catalogueEvents) {
      const { type, data } = await read(event, { envelope });
      const { statusCode, status, descriptions } = event;
      expect(data).toMatchObject({ statusCode, status, descriptions });
      expect(type).toBe(`order.status.${status.toLowerCase()}`);
    }
    expect(catalogueEvents).toHaveLength(166);
  });

  it("keeps every text whole through a JSON parser", async () => {
    const next = random(7);
    for (const text of [...NASTY, ...Array.from({ length: 300 }, () => nastyText(next))]) {
      const texts = { order: text, barcode: text, statusCode: text, reference: text, comment: text, verifier: text };
      const event = { ...texts, descriptions: { en: text }, reason: { text }, file: { id: text } };
      for (const envelope of ["standard", "cloudevents"]) {
        const { data } = await read(event, { envelope, details: true }, { title: text, extra: { [text]: text } });
        expect(data).toMatchObject(event);
        expect(data.details.title).toBe(text);
        expect(Object.entries(data.details.extra)).toEqual([[text, text]]);
      }
    }
  });

  it("names its files as others do, and only files", () => {
    const event = eventOf({ order: "A/1" });
    const name = standard.render([event], {}, { ...CONTEXT, target: "file" }).fileName;
    expect(name).toBe("A-1_take_20230719110649.json");
    expect(standard.render([event], {}, CONTEXT)).not.toHaveProperty("fileName");
  });

  it("refuses other formats than JSON, and more or fewer events than one", () => {
    expect(() => standard.render([eventOf()], {}, { ...CONTEXT, format: "xml" })).toThrow(RenderError);
    expect(() => standard.render([], {}, CONTEXT)).toThrow(RenderError);
    expect(() => standard.render([eventOf(), eventOf()], {}, CONTEXT)).toThrow(RenderError);
  });

  it("takes the options that it has, in their form", () => {
    const check = compileSchema(standard.optionsSchema);
    const paths = (options: unknown) => check(options).map(({ path }) => path);
    const all = { envelope: "cloudevents", type: "be.acme", source: "urn:a:b", details: true, attachments: false };
    expect(paths(all)).toEqual([]);
    expect(paths({ envelope: "soap" })).toEqual(["/envelope"]);
    expect(paths({ type: "be..acme" })).toEqual(["/type"]);
    expect(paths({ source: "not a uri" })).toEqual(["/source"]);
    expect(paths({ colour: "red" })).toEqual(["/colour"]);
  });
});
