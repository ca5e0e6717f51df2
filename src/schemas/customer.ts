import { type Static, Type } from "typebox";
import { Emails, LanguageSchema, TemplateSetting, TimeZone } from "./endpoint.js";
import { Instant } from "./paging.js";

export const CustomerId = Type.String({ minLength: 1, maxLength: 100, pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$" });

const Days = (what: string) =>
  Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Null()], {
    description: `Days that ${what}; null: as the service says`,
  });

export const PORTAL_ACTIONS = ["test", "retry", "pause", "edit", "create"] as const;

const PORTAL_DESCRIPTION = "Whether the customer's people sign in to the pages, and what they may do there";
const May = Type.Array(Type.Enum([...PORTAL_ACTIONS]), {
  uniqueItems: true,
  description:
    "test: send test statuses and check connections; retry: retry and replay deliveries; pause: pause, disable and resume endpoints, cancel deliveries; edit: change, delete and re-key endpoints; create: make endpoints, also of single orders",
});

/** A customer as it is put; what is left out gets its default. */
export const CustomerInput = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200 })),
    timeZone: Type.Optional(Type.Union([TimeZone, Type.Null()])),
    emails: Type.Optional(Emails),
    language: Type.Optional(LanguageSchema),
    callbackTemplate: Type.Optional(TemplateSetting),
    retentionDays: Type.Optional(Days("finished events are kept, with their deliveries")),
    payloadDays: Type.Optional(
      Days("pictures, documents, comments and what was sent are kept; the record stays longer"),
    ),
    portal: Type.Optional(
      Type.Object(
        { enabled: Type.Optional(Type.Boolean()), may: Type.Optional(May) },
        {
          additionalProperties: false,
          description: `${PORTAL_DESCRIPTION}; left out: it is off, and once it is on, they may test and retry`,
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    title: "CustomerInput",
    examples: [{ name: "Acme", timeZone: "Europe/Brussels", emails: ["it@acme.example"], language: "fr" }],
  },
);
export type CustomerInput = Static<typeof CustomerInput>;

/** A customer as answers show it. */
export const CustomerAnswer = Type.Object(
  {
    id: CustomerId,
    name: Type.String(),
    timeZone: Type.Union([TimeZone, Type.Null()], { description: "null: that of the service" }),
    emails: Emails,
    language: LanguageSchema,
    callbackTemplate: TemplateSetting,
    retentionDays: Days("finished events are kept, with their deliveries"),
    payloadDays: Days("pictures, documents, comments and what was sent are kept"),
    portal: Type.Object({ enabled: Type.Boolean(), may: May }, { description: PORTAL_DESCRIPTION }),
    callbackProblem: Type.Optional(
      Type.String({ description: "Why secrets of the callback template cannot be read: its callback URLs wait" }),
    ),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: "Customer" },
);
