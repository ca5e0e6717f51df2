import type { Author } from "../types.js";

const BY = "disabled by";

/**
 * Why an endpoint is disabled that somebody has disabled, as its row says it. Of the operator's people no name: a
 * customer's people read it, and the audit log has it.
 */
export function disabledBy({ role, keyName }: Pick<Author, "role" | "keyName">, why = ""): string {
  const who = role === "customer" ? `${BY} ${keyName}` : `${BY} the operator`;
  return why === "" ? who : `${who}: ${why}`;
}

/** Whether somebody has disabled an endpoint, by the reason that its row gives: Waybell itself begins none like that. */
export const isByHand = (reason: string): boolean => reason.startsWith(`${BY} `);
