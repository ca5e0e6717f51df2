import { type Static, Type } from "typebox";
import { Emails, LanguageSchema, TemplateSetting, TimeZone } from "./endpoint.js";

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
  { additionalProperties: false, title: "Customer" },
);
export type CustomerInput = Static<typeof CustomerInput>;
