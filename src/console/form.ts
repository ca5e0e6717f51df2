import type { FastifyRequest } from "fastify";
import { announcedLength, readBody } from "../api/body.js";
import { BodyBudget } from "../api/body-budget.js";
import type { Clock } from "../types.js";

const MOST_BYTES = 4 * 1024 * 1024;
/** Of all forms under way at once. */
const TOGETHER_BYTES = 4 * MOST_BYTES;

/** Reads a form that a browser posts, within the bounds that bodies of the API have. */
export function parseForm(clock: Clock) {
  const budget = new BodyBudget(TOGETHER_BYTES, clock);
  const limits = { maxBytes: MOST_BYTES, hint: ", the most for a form.", budget, clock };
  return async (request: FastifyRequest): Promise<URLSearchParams> => {
    const { bytes, reserved } = await readBody(request.raw, announcedLength(request.raw), limits);
    budget.give(reserved);
    return new URLSearchParams(bytes.toString("utf8"));
  };
}
