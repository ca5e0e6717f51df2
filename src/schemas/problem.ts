import { type Static, Type } from "typebox";

/** One faulty field, as answers name it. */
export const FieldProblem = Type.Object(
  {
    path: Type.String({
      description:
        'JSON pointer into the body, "" for the whole; `?name` is a query parameter, `{name}` a part of the address',
    }),
    message: Type.String(),
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
        errors: [{ path: "/statusTime", message: "is no time" }],
      },
    ],
  },
);
export type Problem = Static<typeof Problem>;
