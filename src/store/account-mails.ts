import type { Database } from "./database.js";
import { LETTING_ADDRESS_IN, lettingIn, recipientOf } from "./mails.js";
import { portalCustomers } from "./portal-customers.js";
import { foldedEmail } from "./users.js";

/** SQL: a mail that waits would let in one of a customer's people: a user (`?1`: whose), or an address of `ownRecipients` (`?2`). */
export const TO_PEOPLE = `(${lettingIn("customer_id = ?1")}) OR (${LETTING_ADDRESS_IN})`;

/** A customer's addresses that are nobody else's, as mails have them: what another customer's people asked for still goes out. */
export async function ownRecipients(
  database: Database,
  { id, emails }: { readonly id: string; readonly emails: readonly string[] },
): Promise<string[]> {
  const own: string[] = [];
  for (const folded of new Set(emails.map(foldedEmail))) {
    const others = "SELECT count(*) FROM users WHERE email_folded = ?1 AND (customer_id IS NULL OR customer_id <> ?2)";
    if ((await database.json<number>(others, folded, id)) > 0) continue;
    const portals = await portalCustomers(database, folded);
    if (portals.every((portal) => portal.id === id)) own.push(recipientOf(folded));
  }
  return own;
}

/** How many mails wait to let a customer's people in; they go with the customer. */
export async function countToPeople(
  database: Database,
  customer: { readonly id: string; readonly emails: readonly string[] },
): Promise<number> {
  const addresses = await ownRecipients(database, customer);
  return database.json<number>(`SELECT count(*) FROM mails WHERE ${TO_PEOPLE}`, customer.id, addresses);
}
