import { Type } from "typebox";
import { pageOf } from "../../schemas/paging.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { pageQueryShape, pageRequest } from "./shared.js";

const Count = (description: string) => Type.Integer({ minimum: 0, description });

const UnreadableAnswer = Type.Object({
  kind: Type.Enum(["customer", "endpoint", "mail"]),
  id: Type.String(),
  field: Type.String(),
  problem: Type.String(),
});

const SecretsAnswer = Type.Object(
  {
    activeKey: Type.String({ description: "The id of the key that encrypts: the first in SECRETS_KEYS" }),
    keys: Type.Array(
      Type.Object({
        id: Type.String(),
        loaded: Type.Boolean({ description: "SECRETS_KEYS has it" }),
        secrets: Count("Secrets that it encrypts"),
      }),
    ),
    outdated: Count("Customers, endpoints and mails that a rotation would encrypt anew"),
    unreadable: Type.Object({
      count: Count("Secrets that no key opens"),
      first: Type.Array(UnreadableAnswer, {
        description: "Where the first of them are: `GET /v1/secrets/unreadable` lists all",
      }),
    }),
  },
  { title: "SecretsStatus" },
);

const RotateInput = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: "`next` of the set before; without it: begin" })),
  },
  { additionalProperties: false, title: "RotateSecrets" },
);

const RotatedAnswer = Type.Object(
  {
    rotated: Count("Customers, endpoints and mails that were encrypted anew"),
    unreadable: Count("Secrets that stay as they are, as no key opens them"),
    changed: Count("Customers, endpoints and mails that were changed meanwhile: begin again once this pass is over"),
    next: Type.Union([Type.String(), Type.Null()], { description: "null: the pass is over" }),
    freed: Type.Array(Type.String(), {
      description: "At the end of a pass: keys that encrypt nothing any more and can be taken out of SECRETS_KEYS",
    }),
  },
  { title: "RotatedSecrets" },
);

/** What secrets are encrypted with, and how they come under the active key. */
export function secretOperations({ secrets }: Pick<ApiServices, "secrets">): Operation[] {
  return [
    operation({
      id: "getSecretsStatus",
      method: "GET",
      path: "/v1/secrets",
      tag: "Service",
      access: { roles: ["auditor"] },
      summary: "What each key still encrypts, and which secrets cannot be read",
      answers: { 200: { description: "No secret, and no key, is in it", schema: SecretsAnswer } },
      answer: async () => ({ status: 200, body: await secrets.status() }),
    }),
    operation({
      id: "listUnreadableSecrets",
      method: "GET",
      path: "/v1/secrets/unreadable",
      tag: "Service",
      access: { roles: ["auditor"] },
      summary: "List the secrets that no key opens, by where they are",
      description: "A page looks at a bounded number of customers, endpoints and mails: it may be short, or empty.",
      query: pageQueryShape,
      answers: { 200: { description: "No secret, and no key, is in it", schema: pageOf(UnreadableAnswer) } },
      answer: async ({ query }) => ({ status: 200, body: await secrets.listUnreadable(pageRequest(query)) }),
    }),
    operation({
      id: "rotateSecrets",
      method: "POST",
      path: "/v1/secrets/rotate",
      tag: "Service",
      access: { roles: [] },
      summary: "Encrypt the next secrets with the active key",
      description:
        "One small set of a pass over all customers, endpoints and mails, while the service goes on. Give `next` as `cursor` until it is null. What is changed meanwhile is not overwritten; a pass that was cut short is begun again.",
      body: { schema: RotateInput, optional: true },
      answers: { 200: { description: "What became of the set", schema: RotatedAnswer } },
      async answer({ body, note }) {
        const set = await secrets.rotate(body?.cursor);
        // Each pass once, at its end.
        if (set.next === null)
          await note({ customer: null, subject: "secrets", before: null, after: { freed: set.freed } });
        return { status: 200, body: set };
      },
    }),
  ];
}
