import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { aymakan } from "../../src/templates/aymakan.js";
import type { RenderContext } from "../../src/templates/template.js";
import type { OrderDetails, StatusEvent } from "../../src/types.js";
import { plainFaults } from "../support/plain-faults.js";
import { NASTY, nastyText, random } from "./nasty.js";
import { catalogueEvents, contextOf, eventOf, sample, textOf } from "./support.js";

interface Tracking {
  readonly status_code: string;
  readonly description: string;
  readonly description_ar: string;
  readonly created_at: string;
}
type Members = Readonly<Record<string, unknown>>;
interface Document extends Members {
  readonly tracking: string;
  readonly reference: string;
  readonly reason: string;
  readonly reason_description: string;
  readonly shipping: Members & { readonly tracking_info: readonly Tracking[] };
}

async function documentOf(
  event: StatusEvent,
  context: Partial<RenderContext> = {},
  options: Readonly<Record<string, unknown>> = {},
): Promise<Document> {
  return JSON.parse(await textOf(aymakan.render([event], options, contextOf(context))));
}

const sampleOf = (name: string): Document => JSON.parse(sample(`aymakan-${name}.json`));

/** The statuses of a sample as they were published, oldest first. */
function historyOf({ shipping }: Document): readonly StatusEvent[] {
  return [...shipping.tracking_info].reverse().map((tracking, at) =>
    eventOf({
      id: `evt_${at}`,
      statusCode: tracking.status_code,
      statusTime: Date.parse(`${tracking.created_at.replace(" ", "T")}+03:00`),
      descriptions: { en: tracking.description, ar: tracking.description_ar },
      reference: "",
    }),
  );
}

const ADDRESS =
  "Istanbul Street,Al-Sulay District,17889, Riyadh - Al-Sulay District - Istanbul Street, Riyadh,السعودية";

/** What the two long samples have in common. */
const DETAILS: OrderDetails = {
  carrier: { code: "aymakan" },
  title: "الأعشاب السبعة (1)",
  sender: {
    name: "العجائب - ALAJAYEB",
    email: "[email protected]",
    city: "Riyadh",
    address: ADDRESS,
    neighbourhood: "Al-Sulay District",
  },
  isReturn: false,
  pieces: 1,
  weight: "0.494",
  account: { number: 2167, name: "ALAJAYEB" },
};

/** The samples name one shipment by two numbers; the document shows the first wherever it has to be (partner-formats.md). */
function agreeing(document: Document): Document {
  const { tracking, reference, shipping } = document;
  return { ...document, shipping: { ...shipping, tracking_number: tracking, reference } };
}

async function renderedSample(name: string, details: OrderDetails, reason: StatusEvent["reason"] = null) {
  const history = historyOf(sampleOf(name));
  const event = { ...(history.at(-1) ?? eventOf()), reason };
  return documentOf(event, { history, details: { ...DETAILS, ...details } });
}

describe("the samples", () => {
  it("come out short", async () => {
    const event = eventOf({ order: "AY488", statusCode: "AY-0003", reference: "12345" });
    const document = await documentOf(event, {}, { document: "short" });
    expect(document).toEqual(sampleOf("short"));
    expect(Object.keys(document)).toEqual(Object.keys(sampleOf("short")));
  });

  it("come out full for Delivered", async () => {
    const document = await renderedSample("delivered", {
      trackingNumber: "AY4447538242",
      reference: "56325059",
      recipient: {
        name: "عادل الخبراني",
        email: "[email protected]",
        city: "Riyadh",
        address: "شارع شارع رابغ، الحي الصحافة ،, عمارتين باللون الأزرق - بجانبها إستراحة,, الرياض, السعودية",
        country: "SA",
        phone: "+966551077641",
        neighbourhood: "الصحافة",
      },
      codAmount: "0.00",
      paymentMethod: "Prepaid",
    });
    expect(document).toEqual(agreeing(sampleOf("delivered")));
  });

  it("come out full for Pending, with its reason", async () => {
    const details = {
      trackingNumber: "AY4335935224",
      reference: "56148320",
      recipient: {
        name: "سلطان الحربي",
        email: "[email protected]",
        city: "Riyadh",
        address: "شارع خليفة بن حمد، الحي الجنادرية ،, حي الشروق الجنادربة,, الرياض, السعودية",
        country: "SA",
        phone: "+966533792102",
        neighbourhood: "الجنادرية",
      },
      codAmount: "177.98",
    };
    const document = await renderedSample("pending", details, { code: "AY-0048", text: "Future Delivery" });
    expect(document).toEqual(agreeing(sampleOf("pending")));
    expect(Object.keys(document)).toEqual(Object.keys(sampleOf("pending")));
    expect(Object.keys(document.shipping)).toEqual(Object.keys(sampleOf("pending").shipping));
  });

  it("differ from themselves in nothing but the number and the reference", () => {
    const differing = (name: string) => {
      const document = sampleOf(name);
      const { shipping } = agreeing(document);
      return Object.keys(shipping).filter((member) => shipping[member] !== document.shipping[member]);
    };
    expect(differing("delivered")).toEqual(["tracking_number", "reference"]);
    expect(differing("pending")).toEqual(["tracking_number"]);
  });
});

describe("the reason", () => {
  const reason = { code: "AY-0048", text: "Future Delivery" };
  const reasons = async (event: Partial<StatusEvent>, options: Members = {}) => {
    const { reason: code, reason_description, shipping } = await documentOf(eventOf(event), {}, options);
    return [code, reason_description, shipping.reason_code, shipping.reason_en];
  };

  it.each(["AY-0006", "AY-0032"])("goes with %s", async (statusCode) => {
    const expected = ["AY-0048", "Future Delivery", "AY-0048", "Future Delivery"];
    expect(await reasons({ statusCode, reason })).toEqual(expected);
  });

  it.each(["AY-0005", "AY-0003", "take"])("goes with no other status, such as %s", async (statusCode) => {
    expect(await reasons({ statusCode, reason })).toEqual(["", "", null, null]);
  });

  it("is empty above and null below where the event has none, and loses no status", async () => {
    expect(await reasons({ statusCode: "AY-0006" })).toEqual(["", "", null, null]);
    expect(await reasons({ statusCode: "AY-0006", reason: { state: "x" } })).toEqual(["", "", null, null]);
    expect(await reasons({ statusCode: "AY-0006", reason: { text: "Closed" } })).toEqual([
      "",
      "Closed",
      null,
      "Closed",
    ]);
  });

  it("goes by the partner's code, and is mapped as statuses are", async () => {
    const statusMap = {
      codes: { later: { code: "AY-0048", text: "Future Delivery" }, "AY-0006": { code: "AY-0005" } },
      statuses: { NOTOK: { code: "AY-0006" } },
      default: { code: "AY-0003" },
    };
    const notOk = { statusCode: "NOT_HOME", status: "NOTOK" } as const;
    const mapped = ["AY-0048", "Future Delivery", "AY-0048", "Future Delivery"];
    expect(await reasons({ ...notOk, reason: { code: "later" } }, { statusMap })).toEqual(mapped);
    const own = ["AY-0048", "After the holidays", "AY-0048", "After the holidays"];
    const told = { code: "later", text: "After the holidays" };
    expect(await reasons({ ...notOk, reason: told }, { statusMap })).toEqual(own);
    const unknown = ["toString", "", "toString", null];
    expect(await reasons({ ...notOk, reason: { code: "toString" } }, { statusMap })).toEqual(unknown);
    expect(await reasons({ statusCode: "AY-0006", reason }, { statusMap })).toEqual(["", "", null, null]);
  });
});

describe("status and texts", () => {
  it.each([
    ["AY-0005", {}, "AY-0005", "Delivered"],
    ["AY-0006", {}, "AY-0006", "Not Delivered"],
    ["AY-0026", {}, "AY-0026", "Taken by courier"],
    ["take", { codes: { take: { code: "AY-0002" } } }, "AY-0002", "Taken by courier"],
    ["take", { codes: { take: { code: "AY-0003" } } }, "AY-0003", "Received at Warehouse"],
    ["take", { statuses: { PROCESSING: { code: "AY-0003", text: "At the hub" } } }, "AY-0003", "At the hub"],
    ["take", { statuses: { NOTOK: { code: "AY-0006" } } }, "take", "Taken by courier"],
  ])("of %s with the map %j are %s, %s", async (statusCode, statusMap, status, description) => {
    const document = await documentOf(eventOf({ statusCode }), {}, { statusMap });
    expect(document).toMatchObject({ status, description, shipping: { status, status_label: description } });
    expect(document.shipping.tracking_info).toMatchObject([{ status_code: status, description: "Taken by courier" }]);
  });

  it("are English where there is no Arabic, and the label where there is neither", async () => {
    const infoOf = async (event: StatusEvent) => (await documentOf(event)).shipping.tracking_info[0];
    const descriptions = { en: "Out", ar: "خارجة", nl: "Weg" };
    expect(await infoOf(eventOf({ descriptions }))).toMatchObject({ description: "Out", description_ar: "خارجة" });
    const english = { description: "Taken by courier", description_ar: "Taken by courier" };
    expect(await infoOf(eventOf())).toMatchObject(english);
    const label = { description: "Delivered", description_ar: "Delivered" };
    expect(await infoOf(eventOf({ statusCode: "AY-0005", descriptions: {} }))).toMatchObject(label);
  });

  it("come through JSON whatever they are", async () => {
    const next = random(4);
    for (const text of [...NASTY, ...Array.from({ length: 300 }, () => nastyText(next))]) {
      const party = { name: text, address: text, postcode: text };
      const details = { trackingNumber: text, title: text, sender: party, recipient: party, weight: text };
      const descriptions = { en: text || "-", ar: text || "-" };
      const event = eventOf({ statusCode: "AY-0006", reference: text, descriptions, reason: { code: text, text } });
      const document = await documentOf(event, { details });
      expect(document).toMatchObject({ tracking: text, reference: text, reason: text, reason_description: text });
      const { delivery_name, collection_address, delivery_postcode, delivery_description, weight } = document.shipping;
      const held = [delivery_name, collection_address, delivery_postcode, delivery_description, weight];
      expect(held).toEqual(held.map(() => text));
      const tracking = { description: text || "-", description_ar: text || "-" };
      expect(document.shipping.tracking_info).toMatchObject([tracking]);
    }
  });

  it("come out for all 166 rows of the catalogue", async () => {
    for (const event of catalogueEvents) {
      const { en = "", nl = "", fr = "" } = event.descriptions;
      const expected = { status: event.statusCode, description: en || nl || fr };
      expect(await documentOf(event)).toMatchObject(expected);
      expect(await documentOf(event, {}, { document: "short" })).toEqual({
        ...expected,
        tracking: event.order,
        reference: event.reference,
        reason: "",
        reason_description: "",
      });
    }
    expect(catalogueEvents).toHaveLength(166);
  });
});

describe("the shipment", () => {
  it("is told of times that four digits of a year can hold", () => {
    const statusTime = Date.UTC(9999, 11, 31, 23, 59, 59) + 12 * 3_600_000;
    const { body } = aymakan.render([eventOf({ statusTime })], {}, contextOf());
    expect(JSON.parse(String(body))).toMatchObject({ date_time: "9999-12-31T23:59:59.999000Z" });
  });

  it("has null for all that nobody told", async () => {
    const { shipping } = await documentOf(eventOf());
    const { tracking_number, reference, status, status_label, is_reverse_pickup, tracking_info, ...rest } = shipping;
    expect([tracking_number, reference, status]).toEqual(["ASK132456798", "anc/20221588", "take"]);
    expect([status_label, is_reverse_pickup]).toEqual(["Taken by courier", 0]);
    expect(tracking_info).toHaveLength(1);
    expect(Object.keys(shipping)).toEqual(Object.keys(sampleOf("pending").shipping));
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
  });

  it("has the times of its details before those of its statuses, and none that is no time", async () => {
    const history = [
      eventOf({ id: "evt_0", statusCode: "AY-0002", statusTime: Date.parse("2023-01-07T14:59:05+03:00") }),
    ];
    const details: OrderDetails = {
      deliveredAt: "2023-01-08T16:41:26.123+01:00",
      pickedUpAt: "yesterday",
      receivedAt: "2023-01-07T13:58:18",
    };
    const { shipping } = await documentOf(eventOf(), { history, details, timeZone: "Europe/Brussels" });
    expect(shipping).toMatchObject({
      delivery_date: "2023-01-08T15:41:26.123000Z",
      pickup_date: "2023-01-07T11:59:05.000000Z",
      received_at: "2023-01-07 15:58:18",
    });
  });

  it("shows local times on the clock of the account, whatever the endpoint's zone is", async () => {
    const times = async (options: Members) => {
      const document = await documentOf(eventOf(), { timeZone: "America/New_York" }, options);
      return [document.date_time, document.shipping.tracking_info[0]?.created_at];
    };
    expect(await times({})).toEqual(["2023-07-19T09:06:49.000000Z", "2023-07-19 12:06:49"]);
    expect(await times({ timeZone: "Asia/Dubai" })).toEqual(["2023-07-19T09:06:49.000000Z", "2023-07-19 13:06:49"]);
  });

  it("has the event's own reference before the order's, and what the details say of it", async () => {
    const details: OrderDetails = {
      reference: "order's",
      isReturn: true,
      pieces: 0,
      account: { number: "A-7" },
      recipient: { instructions: "Ring twice" },
    };
    const shipping = { is_reverse_pickup: 1, pieces: 0, id_customer: "A-7", delivery_description: "Ring twice" };
    expect(await documentOf(eventOf(), { details })).toMatchObject({ reference: "anc/20221588", shipping });
    const other = { reference: "order's", shipping: { reference: "order's" } };
    expect(await documentOf(eventOf({ reference: "" }), { details })).toMatchObject(other);
  });
});

describe("a test", () => {
  const missing = (given: Record<string, unknown>, options = {}) =>
    aymakan.testErrors?.(given, options).map(({ path }) => path);

  it("demands what the document's tester demands: all inputs, and a reason for Not Delivered", () => {
    const inputs = { order: "AY1", reference: "R1", statusCode: "AY-0005" };
    expect(missing({})).toEqual(["/order", "/reference", "/statusCode"]);
    expect(missing(inputs)).toEqual([]);
    expect(missing({ ...inputs, statusCode: "AY-0006" })).toEqual(["/reason/code"]);
    expect(missing({ ...inputs, statusCode: "AY-0006", reason: { code: "AY-0048" } })).toEqual([]);
    expect(missing({ ...inputs, statusCode: "AY-0032" })).toEqual([]);
    const statusMap = { codes: { notOk: { code: "AY-0006" } } };
    expect(missing({ ...inputs, statusCode: "notOk" }, { statusMap })).toEqual(["/reason/code"]);
  });
});

describe("the template", () => {
  it("takes its options, and nothing else", () => {
    const validate = compileSchema(aymakan.optionsSchema);
    expect(validate({})).toEqual([]);
    expect(validate({ document: "full", timeZone: "Asia/Dubai", statusMap: { default: { code: "AY-0003" } } })).toEqual(
      [],
    );
    expect(validate({ document: "long" })).toMatchObject([
      { path: "/document", message: "must be one of short, full" },
    ]);
    expect(validate({ timeZone: "Asia/Nowhere" })).toMatchObject([{ path: "/timeZone" }]);
    expect(plainFaults(validate({ colour: "red" }))).toEqual([{ path: "/colour", message: "is not a known field" }]);
  });

  it("posts JSON, and names it where it becomes a file", () => {
    const post = aymakan.render([eventOf()], {}, contextOf());
    expect(post.contentType).toBe("application/json");
    expect(post).not.toHaveProperty("fileName");
    const file = aymakan.render([eventOf()], {}, contextOf({ target: "file" }));
    expect(file.fileName).toBe("ASK132456798_take_20230719110649.json");
  });

  it("refuses more and fewer events than one, and other formats", () => {
    for (const events of [[], [eventOf(), eventOf()]]) {
      expect(() => aymakan.render(events, {}, contextOf())).toThrow(RenderError);
    }
    expect(() => aymakan.render([eventOf()], {}, contextOf({ format: "query" }))).toThrow(RenderError);
  });
});
