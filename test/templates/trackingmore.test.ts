import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/errors.js";
import { maskSecrets, SECRET_MASK } from "../../src/schemas/secret.js";
import { compileSchema } from "../../src/schemas/validate.js";
import type { RenderContext } from "../../src/templates/template.js";
import { trackingmore } from "../../src/templates/trackingmore.js";
import type { OrderDetails, StatusEvent } from "../../src/types.js";
import { plainFaults } from "../support/plain-faults.js";
import { hmacSha256 } from "./hmac.js";
import { NASTY, nastyText, random } from "./nasty.js";
import { catalogueEvents, contextOf, eventOf, sample, textOf } from "./support.js";

const EMAIL = "shop@example.com";

interface Checkpoint {
  readonly Date: string;
  readonly StatusDescription: string;
  readonly Details: string;
}
interface Leg {
  readonly weblink: string | null;
  readonly phone: string | null;
  readonly carrier_code: string | null;
  readonly trackinfo: readonly Checkpoint[];
}
interface Document {
  readonly meta: unknown;
  readonly data: Readonly<Record<string, unknown>> & { readonly origin_info: Leg; readonly destination_info: Leg };
  readonly verifyInfo: { readonly timeStr: number; readonly signature: string };
}

async function documentOf(
  event: StatusEvent,
  context: Partial<RenderContext> = {},
  options: Readonly<Record<string, unknown>> = {},
): Promise<Document> {
  const payload = trackingmore.render([event], { email: EMAIL, ...options }, contextOf(context));
  return JSON.parse(await textOf(payload));
}

const SAMPLE: Document = JSON.parse(sample("trackingmore-sample.json"));

const DETAILS: OrderDetails = {
  trackingNumber: "LX203960974CN",
  createdAt: "2016-11-09T14:21:43Z",
  title: "",
  carrier: { code: "china-ems", website: "http://www.ems.com.cn/", phone: null },
  destinationCarrier: { code: "sweden-posten", website: "http://www.posten.se/" },
  originCountry: "China",
  destinationCountry: "Sweden",
};

/** The sample's statuses as they were published, oldest first. */
const HISTORY: readonly StatusEvent[] = [
  ...SAMPLE.data.origin_info.trackinfo.map((checkpoint) => ({ checkpoint, leg: "origin", language: "zh" })),
  ...SAMPLE.data.destination_info.trackinfo.map((checkpoint) => ({ checkpoint, leg: "destination", language: "en" })),
]
  .map(({ checkpoint, leg, language }, at) =>
    eventOf({
      id: `evt_${at}`,
      order: "7eabcb811fa10ab1f77d10418579a7f5",
      leg,
      status: "NOTOK",
      statusTime: Date.parse(`${checkpoint.Date.replace(" ", "T")}:00+08:00`),
      receivedAt: Date.parse("2016-11-16T00:13:34+08:00"),
      descriptions: { [language]: checkpoint.StatusDescription },
      location: { text: checkpoint.Details },
    }),
  )
  .sort((one, other) => one.statusTime - other.statusTime);

const newest = HISTORY.at(-1) ?? eventOf();
const SAMPLE_CONTEXT = {
  timeZone: "Asia/Shanghai",
  now: 1_488_249_109_999,
  history: HISTORY,
  details: DETAILS,
};

describe("the sample", () => {
  it("comes out as TrackingMore shows it, but for the signature under an address that nobody told", async () => {
    const document = await documentOf(newest, SAMPLE_CONTEXT, { language: "zh" });
    const { signature } = document.verifyInfo;
    expect(document).toEqual({ ...SAMPLE, verifyInfo: { ...SAMPLE.verifyInfo, signature } });
  });

  it("keeps the order of its members", async () => {
    const document = await documentOf(newest, SAMPLE_CONTEXT, { language: "zh" });
    expect(Object.keys(document)).toEqual(Object.keys(SAMPLE));
    expect(Object.keys(document.data)).toEqual(Object.keys(SAMPLE.data));
    expect(Object.keys(document.data.origin_info)).toEqual(Object.keys(SAMPLE.data.origin_info));
  });
});

describe("the signature", () => {
  it("is checked by an HMAC that gives what RFC 4231 says", () => {
    const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    expect(hmacSha256("Jefe", "what do ya want for nothing?")).toBe(expected);
  });

  it("is that of timeStr, written as a number, under the account's address", async () => {
    const { verifyInfo } = await documentOf(eventOf(), { now: 1_700_000_000_123 });
    expect(verifyInfo).toEqual({ timeStr: 1_700_000_000, signature: hmacSha256(EMAIL, "1700000000") });
  });

  it("changes with the time of sending and with the address", async () => {
    const first = await documentOf(eventOf(), { now: 1_700_000_000_000 });
    const later = await documentOf(eventOf(), { now: 1_700_000_001_000 });
    const other = await documentOf(eventOf(), { now: 1_700_000_000_000 }, { email: "other@example.com" });
    expect(later.data).toEqual(first.data);
    expect(later.verifyInfo.signature).toBe(hmacSha256(EMAIL, "1700000001"));
    expect(other.verifyInfo.signature).toBe(hmacSha256("other@example.com", "1700000000"));
  });
});

describe("itemTimeLength", () => {
  const HOUR = 3_600_000;
  const first = eventOf({ id: "evt_0" });
  const length = async (more: Partial<StatusEvent>, between: readonly StatusEvent[] = []) => {
    const event = eventOf({ id: "evt_9", ...more });
    const { data } = await documentOf(event, { history: [first, ...between, event] });
    return data.itemTimeLength;
  };

  it.each([
    [0, 0],
    [1, 1],
    [24, 1],
    [25, 2],
    // What TrackingMore itself answers elsewhere: 48 hours and 5 minutes are 3.
    [48.1, 3],
  ])("counts the days begun until the update: %d hours are %d", async (hours, days) => {
    expect(await length({ receivedAt: first.statusTime + hours * HOUR })).toBe(days);
  });

  it("stops at the delivery, however late it is told", async () => {
    const statusTime = first.statusTime + 30 * HOUR;
    expect(await length({ status: "DELIVERED", statusTime, receivedAt: statusTime + 100 * HOUR })).toBe(2);
    const delivered = eventOf({ id: "evt_1", status: "DELIVERED", statusTime });
    const after = statusTime + 50 * HOUR;
    expect(await length({ statusTime: after, receivedAt: after }, [delivered])).toBe(2);
  });

  it("is 0 where the first status lies in the future", async () => {
    expect(await length({ receivedAt: first.statusTime - HOUR })).toBe(0);
  });
});

describe("the history", () => {
  it("stands newest first by status time, in the legs that the statuses name", async () => {
    const late = eventOf({ id: "evt_3", statusTime: 3_600_000, comment: "told last, happened first" });
    const history = [
      eventOf({ id: "evt_1", statusTime: 7_200_000, descriptions: { en: "two" } }),
      eventOf({ id: "evt_2", statusTime: 7_200_000, descriptions: { en: "three" }, leg: "destination" }),
      eventOf({ id: "evt_4", statusTime: 7_200_000, descriptions: { en: "four" } }),
      late,
    ];
    const { data } = await documentOf(late, { history, timeZone: "UTC" });
    expect(data.origin_info.trackinfo).toEqual([
      { Date: "1970-01-01 02:00", StatusDescription: "four", Details: "" },
      { Date: "1970-01-01 02:00", StatusDescription: "two", Details: "" },
      { Date: "1970-01-01 01:00", StatusDescription: "Taken by courier", Details: "" },
    ]);
    expect(data.destination_info.trackinfo).toEqual([
      { Date: "1970-01-01 02:00", StatusDescription: "three", Details: "" },
    ]);
    expect(data.lastEvent).toBe("four,1970-01-01 02:00");
  });

  it("holds the event of a preview, which no history knows", async () => {
    const { data } = await documentOf(eventOf(), { timeZone: "UTC" });
    expect(data.origin_info.trackinfo).toHaveLength(1);
    expect(data.lastEvent).toBe("Taken by courier,2023-07-19 09:06");
  });

  it("gives the destination's last status where the origin has none", async () => {
    const { data } = await documentOf(eventOf({ leg: "destination", location: { text: "Kalmar" } }));
    expect(data.origin_info.trackinfo).toEqual([]);
    expect(data.lastEvent).toBe("Taken by courier,Kalmar,2023-07-19 11:06");
  });
});

describe("an order known by its number alone", () => {
  it("has null and empty texts where the sample has them, and the times of its statuses", async () => {
    const nowhere = { weblink: null, phone: null, carrier_code: null };
    const { data } = await documentOf(eventOf());
    const checkpoint = { Date: "2023-07-19 11:06", StatusDescription: "Taken by courier", Details: "" };
    expect(data).toEqual({
      id: "ASK132456798",
      tracking_number: "ASK132456798",
      carrier_code: null,
      status: "transit",
      created_at: "2023-07-19T11:06:50+02:00",
      updated_at: "2023-07-19T11:06:50+02:00",
      title: "",
      order_id: null,
      customer_name: null,
      customer_email: "",
      original_country: "",
      destination_country: "",
      itemTimeLength: 1,
      origin_info: { ...nowhere, trackinfo: [checkpoint] },
      destination_info: { ...nowhere, trackinfo: [] },
      lastEvent: "Taken by courier,2023-07-19 11:06",
    });
  });

  it("has what its details say once they are there, and no time that is none", async () => {
    const details: OrderDetails = {
      createdAt: "last week",
      title: "Banner",
      customerOrderId: "my_weborder_1234",
      recipient: { name: "Ann", email: "ann@example.com" },
      carrier: { phone: "+32 1" },
    };
    const { data } = await documentOf(eventOf(), { details });
    expect(data).toMatchObject({
      created_at: "2023-07-19T11:06:50+02:00",
      title: "Banner",
      order_id: "my_weborder_1234",
      customer_name: "Ann",
      customer_email: "ann@example.com",
      origin_info: { phone: "+32 1" },
    });
  });

  it("writes the offset of each zone and season", async () => {
    const at = async (timeZone: string, time: string) =>
      (await documentOf(eventOf({ receivedAt: Date.parse(time) }), { timeZone })).data.updated_at;
    expect(await at("Europe/Brussels", "2023-01-01T12:00:00Z")).toBe("2023-01-01T13:00:00+01:00");
    expect(await at("America/St_Johns", "2023-01-01T12:00:00.999Z")).toBe("2023-01-01T08:30:00-03:30");
    expect(await at("UTC", "2023-01-01T12:00:00Z")).toBe("2023-01-01T12:00:00+00:00");
  });
});

describe("status and texts", () => {
  it("are TrackingMore's by our status, unless the map has others", async () => {
    const status = async (event: StatusEvent, options = {}) => (await documentOf(event, {}, options)).data.status;
    const known = { PROCESSING: "transit", WARNING: "transit", DELIVERED: "delivered" } as const;
    for (const [name, expected] of Object.entries(known)) {
      expect(await status(eventOf({ status: name as StatusEvent["status"] }))).toBe(expected);
    }
    expect(await status(eventOf({ status: "NOTOK" }))).toBe("exception");
    expect(await status(eventOf({ status: "CANCELLED" }))).toBe("exception");
    const statusMap = { codes: { notOk_24: { code: "undelivered" } }, statuses: { WARNING: { code: "pickup" } } };
    expect(await status(eventOf({ statusCode: "notOk_24", status: "NOTOK" }), { statusMap })).toBe("undelivered");
    expect(await status(eventOf({ status: "WARNING" }), { statusMap })).toBe("pickup");
    expect(await status(eventOf(), { statusMap })).toBe("transit");
  });

  it.each([
    [{ language: "nl" }, "Mee met koerier"],
    [{ language: "fr-BE" }, "En route avec courier"],
    [{ language: "de" }, "Taken by courier"],
    [{}, "Taken by courier"],
    [{ statusMap: { codes: { take: { code: "transit", text: "On the road" } } } }, "On the road"],
  ])("with %j is %j", async (options, expected) => {
    const { data } = await documentOf(eventOf(), {}, options);
    expect(data.origin_info.trackinfo[0]?.StatusDescription).toBe(expected);
  });

  it("is any there is where neither the language nor English has one", async () => {
    const { data } = await documentOf(eventOf({ descriptions: { en: "", ja: "配達中" } }));
    expect(data.origin_info.trackinfo[0]?.StatusDescription).toBe("配達中");
  });

  it("come through JSON whatever they are", async () => {
    const next = random(2);
    for (const text of [...NASTY, ...Array.from({ length: 300 }, () => nastyText(next))]) {
      const details = { title: text, trackingNumber: text, recipient: { name: text }, carrier: { code: text } };
      const event = eventOf({ order: text, descriptions: { en: text || "-" }, location: { text } });
      const { data } = await documentOf(event, { details });
      expect([data.id, data.title, data.tracking_number, data.customer_name]).toEqual([text, text, text, text]);
      expect(data.origin_info).toMatchObject({
        carrier_code: text,
        trackinfo: [{ StatusDescription: text || "-", Details: text }],
      });
    }
  });

  it("come out for all 166 rows of the catalogue", async () => {
    for (const event of catalogueEvents) {
      const { data } = await documentOf(event);
      const { en = "", nl = "", fr = "" } = event.descriptions;
      expect(data.id).toBe(event.order);
      expect(["transit", "delivered", "exception"]).toContain(data.status);
      expect(data.origin_info.trackinfo).toMatchObject([{ StatusDescription: en || nl || fr }]);
    }
    expect(catalogueEvents).toHaveLength(166);
  });
});

describe("the template", () => {
  const validate = compileSchema(trackingmore.optionsSchema);

  it("needs the account's address, and masks it", () => {
    expect(
      validate({ email: EMAIL, requireStatus200: true, language: "nl-BE", statusMap: { default: { code: "x" } } }),
    ).toEqual([]);
    expect(plainFaults(validate({}))).toEqual([{ path: "/email", message: "is missing" }]);
    for (const email of ["", "shop", "shop@", " shop@example.com", "shop@example.com\n"]) {
      expect(validate({ email })).toMatchObject([{ path: "/email" }]);
    }
    expect(validate({ email: EMAIL, requireStatus200: "yes" })).toMatchObject([{ path: "/requireStatus200" }]);
    expect(validate({ email: EMAIL, language: "_" })).toMatchObject([{ path: "/language" }]);
    expect(maskSecrets(trackingmore.optionsSchema, { email: EMAIL })).toEqual({ email: SECRET_MASK });
  });

  it("takes exactly 200 for delivered where the setting says so, any 2xx else", () => {
    expect(trackingmore.successCodes?.({ email: EMAIL, requireStatus200: true })).toEqual([200]);
    expect(trackingmore.successCodes?.({ email: EMAIL, requireStatus200: false })).toEqual([]);
    expect(trackingmore.successCodes?.({ email: EMAIL })).toEqual([]);
  });

  it("posts JSON, and names it where it becomes a file", () => {
    const post = trackingmore.render([eventOf()], { email: EMAIL }, contextOf());
    expect(post.contentType).toBe("application/json");
    expect(post).not.toHaveProperty("fileName");
    const file = trackingmore.render([eventOf()], { email: EMAIL }, contextOf({ target: "file" }));
    expect(file.fileName).toBe("ASK132456798_take_20230719110649.json");
  });

  it("refuses more and fewer events than one, and other formats", () => {
    const options = { email: EMAIL };
    for (const events of [[], [eventOf(), eventOf()]]) {
      expect(() => trackingmore.render(events, options, contextOf())).toThrow(RenderError);
    }
    expect(() => trackingmore.render([eventOf()], options, contextOf({ format: "xml" }))).toThrow(RenderError);
  });
});
