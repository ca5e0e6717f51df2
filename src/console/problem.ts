import { InputError } from "../errors.js";
import type { Problem } from "../schemas/problem.js";

/** The problem of a refusal, for forms that show it in place. Throws what is no refusal. */
export function problemOfInput(error: unknown): Problem {
  if (!(error instanceof InputError)) throw error;
  const { status, code, message: detail, fields } = error;
  return { type: `urn:waybell:problem:${code}`, title: "", status, detail, code, errors: [...fields] };
}
