import { type Static, Type } from "typebox";
import { CustomerId } from "./customer.js";
import { LANGUAGES } from "./endpoint.js";
import { Instant } from "./paging.js";

export const USER_ROLES = ["admin", "operator", "auditor", "customer"] as const;

const Role = Type.Enum([...USER_ROLES], {
  description:
    "admin: everything; operator: all but users, keys, the audit log, purges and the rotation of secrets; auditor: reads everything but users; customer: what is one customer's, as far as its portal is switched on",
});
const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const Name = Type.String({ maxLength: 200 });
const Customer = Maybe(CustomerId, "Of the role customer, and needed for it: whose people they are");
const Language = Maybe(Type.Enum([...LANGUAGES]), "Of the pages and mails; null: as the browser asks");

/** A user as they are invited. */
export const UserInput = Type.Object(
  {
    email: Type.String({ format: "email", maxLength: 254 }),
    name: Type.Optional(Name),
    role: Role,
    customer: Type.Optional(Customer),
    language: Type.Optional(Language),
  },
  {
    additionalProperties: false,
    title: "UserInput",
    examples: [{ email: "ann@example.com", name: "Ann", role: "operator" }],
  },
);
export type UserInput = Static<typeof UserInput>;

/** What is changed of a user; what is left out stays as it is. */
export const UserPatch = Type.Object(
  {
    name: Type.Optional(Name),
    role: Type.Optional(Role),
    customer: Type.Optional(Customer),
    language: Type.Optional(Language),
    disabled: Type.Optional(Type.Boolean({ description: "true: signed out at once, and let in no more" })),
  },
  { additionalProperties: false, title: "UserPatch", examples: [{ role: "auditor" }, { disabled: true }] },
);
export type UserPatch = Static<typeof UserPatch>;

const userFields = {
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role: Role,
  customer: Maybe(Type.String(), "Of the role customer: whose people they are"),
  language: Language,
  hasPassword: Type.Boolean({ description: "false: the invitation is not taken up yet, or they sign in otherwise" }),
  hasSingleSignOn: Type.Boolean({ description: "Has signed in by the OpenID provider" }),
  createdAt: Instant,
  disabledAt: Maybe(Instant, "Since when they are let in no more"),
  lastSignedInAt: Maybe(Instant, "null: never"),
};

/** A user as answers show them. */
export const UserAnswer = Type.Object(userFields, { title: "User" });

const linkFields = {
  link: Type.String({ description: "Good for one use: whoever opens it chooses the password. Shown this once" }),
  linkExpiresAt: Instant,
  mailed: Type.Boolean({
    description: "Whether it goes to the user by mail; false: PUBLIC_URL or SMTP_URL is not set",
  }),
};

/** A user who was invited. */
export const UserMade = Type.Object({ ...userFields, ...linkFields }, { title: "UserMade" });

/** A link with which a user chooses a password. */
export const UserLink = Type.Object(linkFields, { title: "UserLink" });
