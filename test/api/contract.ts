import type { TSchema } from "typebox";
import { operationsOf } from "../../src/api/operations.js";
import type { FieldError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { fakeServices } from "./fakes.js";

const { services } = fakeServices();
const operations = operationsOf(services, "0.0.0", {} as never);

/** The schema that the document shows for an answer. */
function schemaOf(id: string, status: number): TSchema | undefined {
  const operation = operations.find((one) => one.id === id);
  if (!operation) throw new Error(`there is no operation ${id}`);
  const shape = operation.answers[status];
  if (!shape) throw new Error(`${id} does not document status ${status}`);
  return shape.schema;
}

/** What an answer has that its documented schema does not allow. */
export function violations(id: string, status: number, body: unknown): FieldError[] {
  const schema = schemaOf(id, status);
  return schema ? compileSchema(schema)(body) : [];
}

export const operationIds = operations.map(({ id }) => id);
