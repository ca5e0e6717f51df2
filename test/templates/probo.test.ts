import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { probo } from "../../src/templates/probo.js";
import type { RenderContext } from "../../src/templates/template.js";
import type { OrderDetails, StatusEvent } from "../../src/types.js";
import { NASTY, nastyText, random } from "./nasty.js";
import { catalogueEvents, eventOf, sample } from "./support.js";

const CONTEXT: RenderContext = {
  format: "json",
  target: "http",
  timeZone: "Europe/Brussels",
  now: 0,
  id: "dlv_1",
  history: [],
  details: {},
};

/** All that is known of the order of the document's samples, at the end. */
const DETAILS: OrderDetails = {
  customerOrderId: "my_weborder_1234",
  supplierOrderNumber: 1240176000,
  statusPageUrl: "https://print-status.com/1240176000/26436785d82dc14f2b2e36asds274149ca52354bb134473cfc72ec68e291d1c",
  packages: [
    {
      id: "1",
      trackingUrl: "https://my.dhlparcel.nl/home/tracktrace/JVGL88888888888881/9999+AA?lang=nl_NL",
      barcode: "JVGL88888888888881",
    },
    {
      id: "2",
      trackingUrl: "https://my.dhlparcel.nl/home/tracktrace/JVGL0573517001648303/9999+AA?lang=nl_NL",
      barcode: "JVGL88888888888882",
    },
  ],
};

function rendered(changes: Partial<StatusEvent>, details: OrderDetails = DETAILS, options = {}) {
  const payload = probo.render([eventOf(changes)], options, { ...CONTEXT, details });
  return String(payload.body);
}
const read = (...given: Parameters<typeof rendered>) => JSON.parse(rendered(...given));

/** An event of Probo's own words. */
const said = (statusCode: string, en: string, more: Partial<StatusEvent> = {}): Partial<StatusEvent> => ({
  statusCode,
  descriptions: { en },
  reference: "Banner 610 for customer X",
  ...more,
});

describe("probo", () => {
  const exists = "Order with customer order id 'my_weborder_1234' for customer '9999' already exist";

  it.each<[string, Partial<StatusEvent>, OrderDetails]>([
    ["queued", said("queued", "Order queued", { reference: "Banner 510 for customer X" }), DETAILS],
    [
      "accepted",
      said("accepted", "Order accepted", { reference: "Banner 510 for customer X" }),
      { ...DETAILS, supplierOrderNumber: 202012345 },
    ],
    ["not-accepted", said("not_accepted", "Order not accepted", { reason: { text: exists } }), DETAILS],
    ["file-rejected", said("not_accepted", "File rejected, could not be processed", { file: { id: 1 } }), DETAILS],
    ["shipment-in-transit", said("shipment_in_transit", "Shipment In Transit"), DETAILS],
  ])("writes the document's sample %s, member for member", (name, event, details) => {
    // Written anew by JSON.stringify: equal texts have the same members in the same order.
    expect(rendered(event, details)).toBe(JSON.stringify(JSON.parse(sample(`probo/${name}.json`))));
  });

  it("leaves out what is not known of the order, and still has a list of packages for a shipment", () => {
    const event = said("shipment_in_transit", "Shipment In Transit", { order: "A1", reference: "" });
    const order = { id: "A1", reference: "" };
    expect(rendered(event, {})).toBe(
      JSON.stringify({ status: "shipment_in_transit", message: "Shipment In Transit", order, shipped_packages: [] }),
    );
    expect(rendered(said("accepted", "Order accepted", { order: "A1", reference: "" }), {})).toBe(
      JSON.stringify({ status: "accepted", message: "Order accepted", order }),
    );
    const packages = [{ barcode: "B1" }, { id: "2" }];
    expect(read(event, { packages }).shipped_packages).toEqual(packages);
  });

  it("tells the packages with any status that follows acceptance, where some are known", () => {
    const event = said("delivered", "Delivered");
    expect(read(event).shipped_packages).toHaveLength(2);
    expect(read(event, { ...DETAILS, packages: [] })).not.toHaveProperty("shipped_packages");
  });

  it("names the customer's own order id first, and the order number where there is none", () => {
    expect(read(said("queued", "Order queued", { order: "A1" })).order.id).toBe("my_weborder_1234");
    for (const details of [{}, { customerOrderId: "" }]) {
      expect(read(said("queued", "Order queued", { order: "A1" }), details).order.id).toBe("A1");
    }
  });

  it("takes the event's reference, else that of the order", () => {
    const details = { reference: "of the order" };
    expect(read({ reference: "of the event" }, details).order.reference).toBe("of the event");
    expect(read({ reference: "" }, details).order.reference).toBe("of the order");
  });

  it("joins a reason to a refusal alone, and not twice", () => {
    const message = (...given: Parameters<typeof said>) => read(said(...given)).message;
    const reason = { text: "could not be processed" };
    expect(message("not_accepted", "File rejected", { reason, file: { id: "1" } })).toBe(
      "File rejected, could not be processed",
    );
    expect(message("not_accepted", "File could not be processed", { reason })).toBe("File could not be processed");
    expect(message("not_accepted", "Order not accepted", { reason: { text: "not" } })).toBe(
      "Order not accepted, reason: | not",
    );
    expect(message("not_accepted", "Order not accepted", { reason: { code: "X" } })).toBe("Order not accepted");
    expect(message("accepted", "Order accepted", { reason })).toBe("Order accepted");
  });

  it("hands a file's id on as it was given", () => {
    expect(rendered(said("not_accepted", "x", { file: { id: "1" } }))).toContain('"file":{"id":"1"}');
    expect(rendered(said("not_accepted", "x", { file: { id: 0 } }))).toContain('"file":{"id":0}');
  });

  it("maps our statuses to Probo's words, with the map's text or the event's own", () => {
    const statusMap = {
      codes: { take: { code: "shipment_in_transit", text: "Shipment In Transit" }, odd: { code: "not_accepted" } },
      statuses: { DELIVERED: { code: "delivered" } },
    };
    const told = (changes: Partial<StatusEvent>) => {
      const { status, message } = read(changes, DETAILS, { statusMap });
      return [status, message];
    };
    expect(told({})).toEqual(["shipment_in_transit", "Shipment In Transit"]);
    expect(read({}, DETAILS, { statusMap }).shipped_packages).toHaveLength(2);
    expect(told({ statusCode: "odd", reason: { text: "why" } })).toEqual([
      "not_accepted",
      "Taken by courier, reason: | why",
    ]);
    expect(told({ statusCode: "x", status: "DELIVERED" })).toEqual(["delivered", "Taken by courier"]);
    expect(told({ statusCode: "x", status: "WARNING" })).toEqual(["x", "Taken by courier"]);
  });

  it("speaks the endpoint's language, else without its region, English, or what there is", () => {
    const message = (language: string, descriptions: Record<string, string>) =>
      read({ descriptions }, {}, { language }).message;
    const both = { en: "Taken", nl: "Mee" };
    expect(message("NL", both)).toBe("Mee");
    expect(message("nl-BE", both)).toBe("Mee");
    expect(message("nl-BE", { ...both, "nl-BE": "Mee hé" })).toBe("Mee hé");
    expect(message("de", both)).toBe("Taken");
    expect(message("de", { nl: "", fr: "Parti" })).toBe("Parti");
    expect(message("de", {})).toBe("");
  });

  it("renders every row of the catalogue", () => {
    for (const event of catalogueEvents) {
      const message = JSON.parse(String(probo.render([event], {}, CONTEXT).body));
      expect(message).toMatchObject({ status: event.statusCode, order: { id: event.order } });
      expect(message.message).toBe(event.descriptions.en || event.descriptions.nl || event.descriptions.fr || "");
    }
    expect(catalogueEvents).toHaveLength(166);
  });

  it("keeps every text whole through a JSON parser", () => {
    const next = random(3);
    const texts = [...NASTY, ...Array.from({ length: 300 }, () => nastyText(next))];
    for (const text of texts) {
      const event = { order: text, statusCode: text, reference: text, descriptions: { en: text }, file: { id: text } };
      const details = { packages: [{ id: text, barcode: text }], statusPageUrl: text, supplierOrderNumber: text };
      expect(read(event, details)).toEqual({
        status: text,
        message: text,
        file: { id: text },
        order: { id: text, reference: text, supplier_order_number: text, status_page_url: text },
        shipped_packages: [{ id: text, barcode: text }],
      });
    }
  });

  it("names its files as others do, and only files", () => {
    const event = eventOf({ order: "A/1", statusCode: "queued" });
    expect(probo.render([event], {}, { ...CONTEXT, target: "file" }).fileName).toBe("A-1_queued_20230719110649.json");
    expect(probo.render([event], {}, CONTEXT)).not.toHaveProperty("fileName");
  });

  it("refuses other formats than JSON, and more or fewer events than one", () => {
    expect(() => probo.render([eventOf()], {}, { ...CONTEXT, format: "xml" })).toThrow(RenderError);
    expect(() => probo.render([], {}, CONTEXT)).toThrow(RenderError);
    expect(() => probo.render([eventOf(), eventOf()], {}, CONTEXT)).toThrow(RenderError);
  });

  it("takes a language tag and a status map as options, and nothing else", () => {
    const check = compileSchema(probo.optionsSchema);
    const paths = (options: unknown) => check(options).map(({ path }) => path);
    expect(paths({ language: "nl-BE", statusMap: { statuses: { DELIVERED: { code: "delivered" } } } })).toEqual([]);
    expect(paths({ language: "valueOf" })).toEqual(["/language"]);
    expect(paths({ statusMap: { statuses: { GONE: { code: "x" } } } })).toEqual(["/statusMap/statuses/GONE"]);
    expect(paths({ colour: "red" })).toEqual(["/colour"]);
  });
});
