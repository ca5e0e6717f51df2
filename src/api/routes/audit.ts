import { Type } from "typebox";
import { type FieldError, InputError } from "../../errors.js";
import { AuditAnswer } from "../../schemas/access.js";
import { pageOf, pageQuery } from "../../schemas/paging.js";
import { auditAnswer, momentOf, pageAnswer } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { AuditService } from "../services-admin.js";
import { pageRequest } from "./shared.js";

const query = Type.Object({
  customer: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "What was changed, by its id" })),
  from: Type.Optional(Type.String({ maxLength: 40, description: "At or after it (ISO 8601; without an offset: UTC)" })),
  to: Type.Optional(Type.String({ maxLength: 40, description: "Before it (ISO 8601; without an offset: UTC)" })),
  ...pageQuery,
});

/** Who changed what. */
export function auditOperations(audit: AuditService): Operation[] {
  return [
    operation({
      id: "listAudit",
      method: "GET",
      path: "/v1/audit",
      tag: "Audit",
      access: { roles: ["auditor"] },
      summary: "List the changes that were made through the API, newest first",
      description: "Publishing of events is no change in this sense: the events themselves say when they came.",
      query,
      answers: { 200: { description: "A page of changes", schema: pageOf(AuditAnswer) } },
      async answer({ query: { limit, cursor, from, to, ...filter } }) {
        const errors: FieldError[] = [];
        const moments = { from: momentOf(from, "?from", errors), to: momentOf(to, "?to", errors) };
        if (errors.length > 0) throw InputError.invalid(errors);
        const page = await audit.list({ ...filter, ...moments }, pageRequest({ limit, cursor }));
        return { status: 200, body: pageAnswer(page, auditAnswer) };
      },
    }),
  ];
}
