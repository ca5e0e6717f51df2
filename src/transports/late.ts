import { ClaimExpiredError } from "../errors.js";
import type { SendContext } from "./transport.js";

/** The last look before something is written that the receiver could take for the delivery. Throws ClaimExpiredError. */
export function mustNotBeLate({ clock, startBy }: Pick<SendContext, "clock" | "startBy">): void {
  if (clock.monotonic() >= startBy) throw new ClaimExpiredError();
}
