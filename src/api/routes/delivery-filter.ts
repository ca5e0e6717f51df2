import { type FieldError, InputError } from "../../errors.js";
import type { DeliveryFilterInput } from "../../schemas/delivery.js";
import { momentOf } from "../answers.js";
import type { DeliveryFilter } from "../services.js";

/** The filter as the store takes it; `place` turns a name into the path of its fault. */
export function toFilter(given: DeliveryFilterInput, place: (name: string) => string): DeliveryFilter {
  const errors: FieldError[] = [];
  const moments = {
    from: momentOf(given.from, place("from"), errors),
    to: momentOf(given.to, place("to"), errors),
  };
  if (errors.length > 0) throw InputError.invalid(errors);
  return { ...given, ...moments };
}
