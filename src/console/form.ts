import type { FastifyRequest } from "fastify";
import { announcedLength, readBody, tooLarge } from "../api/body.js";
import { BodyBudget } from "../api/body-budget.js";
import { InputError } from "../errors.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";

const MOST_BYTES = 4 * 1024 * 1024;
/** Of all forms under way at once. */
const TOGETHER_BYTES = 4 * MOST_BYTES;

/**
 * Characters of all fields of a form without files. A form that is refused is shown again with them, each up to six times
 * as long (`&quot;`), and a page of that length holds everybody up while it is made. What Waybell has sealed comes back as
 * it was, and is not shown.
 */
const MOST_TYPED = 512 * 1024;
export const SEALED = "sealed";

function typed(text: string): URLSearchParams {
  const form = new URLSearchParams(text);
  let length = 0;
  for (const [name, value] of form) length += name.length + (name === SEALED ? 0 : value.length);
  if (length > MOST_TYPED) throw tooLarge(MOST_TYPED, ", the most for what is typed into a form.");
  return form;
}

/** Fields of a form with files: few are ever asked for, and each takes its time. */
const MOST_PARTS = 1000;

/** A form with files, each file as its text. Throws a 400 for what is none. */
async function withFiles(bytes: Buffer, contentType: string): Promise<URLSearchParams> {
  const parsed = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } })
    .formData()
    .catch(() => null);
  const parts = parsed === null ? [] : [...parsed];
  if (parsed === null || parts.length > MOST_PARTS) {
    throw new InputError(400, "malformed", refusal("form_unreadable"));
  }
  const fields = new URLSearchParams();
  for (const [name, value] of parts) fields.append(name, typeof value === "string" ? value : await value.text());
  return fields;
}

/** The types of forms that browsers post. */
export const FORM_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data"];

/** Reads a form that a browser posts, within the bounds that bodies of the API have. */
export function parseForm(clock: Clock) {
  const budget = new BodyBudget(TOGETHER_BYTES, clock);
  const limits = { maxBytes: MOST_BYTES, hint: ", the most for a form.", budget, clock };
  return async (request: FastifyRequest): Promise<URLSearchParams> => {
    const { bytes, reserved } = await readBody(request.raw, announcedLength(request.raw), limits);
    budget.give(reserved);
    const type = request.headers["content-type"] ?? "";
    if (/^multipart\/form-data\b/i.test(type)) return withFiles(bytes, type);
    return typed(bytes.toString("utf8"));
  };
}
