import { InputError } from "../errors.js";
import type { Problem } from "../schemas/problem.js";
import type { RefusalRule } from "../schemas/rules/rules.js";

/** The problem of a refusal, for forms that show it in place. Throws what is no refusal. */
export function problemOfInput(error: unknown): Problem {
  if (!(error instanceof InputError)) throw error;
  const { status, code, message: detail, rule, params, fields } = error;
  const told = { ...(rule ? { rule } : {}), ...(params ? { params } : {}) };
  return { type: `urn:waybell:problem:${code}`, title: "", status, detail, code, ...told, errors: [...fields] };
}

/** The refusal of a problem, to be shown as a page of its own. */
export function inputOf({ status, code, detail: message, rule, params, errors }: Problem): InputError {
  const told = rule === undefined ? message : { message, rule: rule as RefusalRule, ...(params ? { params } : {}) };
  return new InputError(status, code, told, errors as InputError["fields"]);
}
