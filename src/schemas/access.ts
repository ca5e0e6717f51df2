import { type Static, Type } from "typebox";
import { CustomerId } from "./customer.js";
import { Instant } from "./paging.js";

export const KEY_ROLES = ["admin", "operator", "producer", "customer", "auditor"] as const;

const Role = Type.Enum([...KEY_ROLES], {
  description:
    "admin: everything; operator: all but keys, users, the audit log, purges and the rotation of secrets; producer: publishes events, nothing else; customer: the endpoints, orders and deliveries of one customer, its events to read; auditor: reads everything but users",
});
const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** A key as it is asked for. */
export const KeyInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, description: "Who holds it: the audit log names it" }),
    role: Role,
    customer: Type.Optional(Maybe(CustomerId, "Of the role customer, and needed for it: whose key it is")),
    expiresAt: Type.Optional(
      Maybe(Type.String({ maxLength: 40 }), "ISO 8601; without an offset UTC; left out: it does not expire"),
    ),
  },
  {
    additionalProperties: false,
    title: "KeyInput",
    examples: [{ name: "TMS", role: "producer", expiresAt: "2027-01-01T00:00:00Z" }],
  },
);
export type KeyInput = Static<typeof KeyInput>;

const keyFields = {
  id: Type.String(),
  name: Type.String(),
  role: Role,
  customer: Maybe(Type.String(), "Of the role customer: whose key it is"),
  createdAt: Instant,
  expiresAt: Maybe(Instant, "null: it does not expire"),
  lastUsedAt: Maybe(Instant, "To the minute; null: it was never used"),
  revokedAt: Maybe(Instant, "Since when it is refused"),
};

/** A key as answers show it. */
export const KeyAnswer = Type.Object(keyFields, { title: "Key" });

/** A key that was made: the only answer that holds the key itself. */
export const KeyMade = Type.Object(
  { ...keyFields, key: Type.String({ description: "wbl_…: shown this once, and kept nowhere" }) },
  { title: "KeyMade" },
);

/** One change in the audit log. */
export const AuditAnswer = Type.Object(
  {
    id: Type.String(),
    at: Instant,
    key: Type.Object({
      id: Type.String({ description: "admin-key: that of the environment; waybell: the service itself" }),
      name: Type.String(),
      role: Type.Union([Role, Type.Literal("service")]),
    }),
    address: Type.String({ description: "The client's" }),
    operation: Type.String({ description: "operationId, such as patchEndpoint" }),
    customer: Maybe(Type.String(), "Whose it is"),
    subject: Type.String({
      description: "Id of the endpoint, customer, delivery, event or key, number of the order, code of the status",
    }),
    before: Type.Unknown({ description: "Secrets masked; null: there was nothing. Over 16 KiB: { cut, characters }" }),
    after: Type.Unknown({ description: "As `before`; null: there is nothing any more" }),
  },
  { title: "AuditEntry" },
);
