import { type Static, Type } from "typebox";
import { Emails, LanguageSchema, TemplateSetting, TimeZone } from "./endpoint.js";
import { Instant } from "./paging.js";

export const CustomerId = Type.String({ minLength: 1, maxLength: 100, pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$" });

/** A customer as it is put; what is left out gets its default. */
export const CustomerInput = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200 })),
    timeZone: Type.Optional(Type.Union([TimeZone, Type.Null()])),
    emails: Type.Optional(Emails),
    language: Type.Optional(LanguageSchema),
    callbackTemplate: Type.Optional(TemplateSetting),
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
    callbackProblem: Type.Optional(
      Type.String({ description: "Why secrets of the callback template cannot be read: its callback URLs wait" }),
    ),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: "Customer" },
);
