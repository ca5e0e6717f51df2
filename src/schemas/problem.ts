import { type Static, Type } from "typebox";

const params = (description: string) =>
  Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), { description });

/** One faulty field, as answers name it. */
export const FieldProblem = Type.Object(
  {
    path: Type.String({
      description:
        'JSON pointer into the body, "" for the whole; `?name` is a query parameter, `{name}` a part of the address',
    }),
    message: Type.String(),
    rule: Type.Optional(
      Type.String({
        description:
          "Stable word for which rule it breaks, such as required, one_of, too_long; absent where only the message says it",
      }),
    ),
    params: Type.Optional(params("What the rule holds, such as `limit` or `allowed`, as the message names it")),
    line: Type.Optional(Type.Integer({ minimum: 1, description: "Of a text of several lines, where it is known" })),
    column: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { title: "FieldProblem" },
);

/** What every refusal answers, as `application/problem+json` (RFC 9457). */
export const Problem = Type.Object(
  {
    type: Type.String({ description: "`urn:waybell:problem:` and the code" }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: "What is wrong and what to do about it" }),
    code: Type.String({
      description:
        "Stable word for programs: invalid, malformed, not_found, conflict, too_large, unauthorized, unavailable, busy, internal …",
    }),
    rule: Type.Optional(
      Type.String({
        description: "Stable word for what `detail` says, such as last_admin; absent where only it says so",
      }),
    ),
    params: Type.Optional(params("What `detail` names, such as `thing` and `id`")),
    errors: Type.Array(FieldProblem, { description: "Each faulty field; empty when the fault is not in a field" }),
    incident: Type.Optional(Type.String({ description: "Of code `internal`: under this id the log says more" })),
  },
  {
    title: "Problem",
    examples: [
      {
        type: "urn:waybell:problem:invalid",
        title: "Faulty input",
        status: 422,
        detail: "The request has faulty fields.",
        code: "invalid",
        rule: "invalid",
        errors: [
          { path: "/order", message: "is longer than 200 characters", rule: "too_long", params: { limit: 200 } },
        ],
      },
    ],
  },
);
export type Problem = Static<typeof Problem>;
