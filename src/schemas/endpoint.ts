import { type Static, type TProperties, Type } from "typebox";
import { StatusSchema } from "./event.js";

export const LANGUAGES = ["nl", "fr", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
export const LanguageSchema = Type.Enum([...LANGUAGES], { description: "Language of alert mails" });

export const TimeZone = Type.String({
  maxLength: 64,
  format: "time-zone",
  description: "IANA name, such as Europe/Brussels",
});
export const Emails = Type.Array(Type.String({ format: "email", maxLength: 254 }), { maxItems: 20, uniqueItems: true });

const Duration = (description: string) =>
  Type.String({ pattern: "^\\d{1,6}(ms|s|m|h|d)$", description: `${description}; a number and ms, s, m, h or d` });

/** The delays before each attempt, the first included (DESIGN, "Retry schedule"). */
export const DEFAULT_SCHEDULE = ["0s", "5s", "1m", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"] as const;
export const DEFAULT_GIVE_UP_AFTER = "7d";

/** `type` and the options of one transport, or `name` and `options` of one template: their own schemas say the rest. */
export const TransportSetting = Type.Object(
  { type: Type.String({ maxLength: 40 }) },
  { additionalProperties: true, description: "The transport's type and its options" },
);
export type TransportSetting = { type: string } & Record<string, unknown>;

export const TemplateSetting = Type.Object(
  {
    name: Type.String({ maxLength: 40 }),
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);
export type TemplateSetting = { name: string; options?: Record<string, unknown> };

const closed = <T extends TProperties>(properties: T) => Type.Object(properties, { additionalProperties: false });

export const Filter = closed({
  statuses: Type.Optional(Type.Array(StatusSchema, { maxItems: 10, uniqueItems: true })),
  statusCodes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 500, uniqueItems: true })),
  sources: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100, uniqueItems: true })),
});

export const Success = closed({
  statusCodes: Type.Optional(
    Type.Array(Type.Integer({ minimum: 200, maximum: 299 }), {
      maxItems: 100,
      description: "HTTP statuses that mean delivered; empty: any 2xx",
    }),
  ),
  bodyIncludes: Type.Optional(
    Type.String({ maxLength: 500, description: "Text that the answer must hold; empty: any answer" }),
  ),
});

export const Retry = closed({
  schedule: Type.Optional(Type.Array(Duration("Delay before this attempt"), { minItems: 1, maxItems: 50 })),
  giveUpAfter: Type.Optional(Duration("A delivery older than this is failed: expired")),
});

export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

const QuietTime = closed({
  from: Type.String({ maxLength: 40, description: "22:00 with to; a time such as 2026-12-24T18:00 with until" }),
  to: Type.Optional(
    Type.String({
      pattern: "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$",
      description: "Of quiet hours: when they end, such as 06:00; not after from: on the next day",
    }),
  ),
  days: Type.Optional(
    Type.Array(Type.Enum([...WEEKDAYS]), {
      minItems: 1,
      maxItems: 7,
      uniqueItems: true,
      description: "Of quiet hours: the days on which they begin; left out: all",
    }),
  ),
  until: Type.Optional(Type.String({ maxLength: 40, description: "Of maintenance: when it ends" })),
});
export type QuietTime = Static<typeof QuietTime>;

export const Limits = closed({
  concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
  rate: Type.Optional(
    Type.Union([
      closed({
        count: Type.Integer({ minimum: 1, maximum: 100_000 }),
        per: Type.Enum(["second", "minute", "hour"]),
      }),
      Type.Null(),
    ]),
  ),
  order: Type.Optional(Type.Enum(["none", "per-order", "latest-only"])),
  overtakeAfter: Type.Optional(Duration("per-order: how long a later status waits for an earlier one")),
  batch: Type.Optional(
    closed({
      maxEvents: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      maxWait: Type.Optional(Duration("How long a batch may wait to fill")),
    }),
  ),
  quietHours: Type.Optional(Type.Array(QuietTime, { maxItems: 50 })),
  shards: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 64,
      description:
        "Lanes that the endpoint runs as, each in a process of its own if there are several; they share concurrency and rate, and are at most what the rate allows in a second",
    }),
  ),
});

export const EndpointAlerts = closed({
  emails: Type.Optional(Emails),
  language: Type.Optional(LanguageSchema),
});

const endpointFields = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  transport: TransportSetting,
  template: TemplateSetting,
  filter: Type.Optional(Filter),
  success: Type.Optional(Success),
  retry: Type.Optional(Retry),
  limits: Type.Optional(Limits),
  timeoutSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 600, description: "Total deadline of one attempt" }),
  ),
  timeZone: Type.Optional(Type.Union([TimeZone, Type.Null()])),
  alerts: Type.Optional(EndpointAlerts),
};

/** One webhook setting of a customer, as it is posted. What is left out gets its default. */
export const EndpointInput = Type.Object(endpointFields, { additionalProperties: false, title: "Endpoint" });
export type EndpointInput = Omit<Static<typeof EndpointInput>, "transport" | "template"> & {
  transport: TransportSetting;
  template: TemplateSetting;
};

/** The fields to change; objects are merged one level deep, null takes a member away, a secret left out stays as it is. */
export const EndpointPatch = Type.Partial(Type.Object(endpointFields), {
  additionalProperties: false,
  title: "EndpointPatch",
});
export type EndpointPatch = Partial<EndpointInput>;
