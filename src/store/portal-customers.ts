import type { Language } from "../types.js";
import type { Database } from "./database.js";
import { foldedEmail } from "./users.js";

/** A customer whose people sign in, by an address of theirs. */
export interface PortalCustomer {
  readonly id: string;
  readonly name: string;
  readonly language: Language;
  readonly timeZone: string | null;
  /** The address as the customer or user has it: what somebody types may look like it. */
  readonly email: string;
  /** The user of the address; null: it is among the customer's addresses. */
  readonly userId: string | null;
}

const SHAPE = "'id', c.id, 'name', c.name, 'language', c.language, 'timeZone', c.time_zone";
const BY_ADDRESS = `SELECT json_group_array(json_object(${SHAPE}, 'emails', json(c.emails))) FROM customers c
  WHERE c.portal_enabled = 1 AND lower(c.emails) LIKE ? ESCAPE '!'`;
const BY_USER = `SELECT json_group_array(json_object(${SHAPE}, 'userId', u.id, 'email', u.email)) FROM users u
  JOIN customers c ON c.id = u.customer_id AND c.portal_enabled = 1
  WHERE u.email_folded = ? AND u.role = 'customer' AND u.disabled_at IS NULL`;

type ByAddress = Omit<PortalCustomer, "userId" | "email"> & { readonly emails: readonly string[] };

/** Whose portal an address opens: as a user of the customer, or as one of the customer's own addresses. */
export async function portalCustomers(database: Database, email: string): Promise<PortalCustomer[]> {
  const folded = foldedEmail(email);
  const text = JSON.stringify(folded).replaceAll(/[!%_]/g, "!$&");
  const users = await database.json<PortalCustomer[]>(BY_USER, folded);
  const found = await database.json<ByAddress[]>(BY_ADDRESS, `%${text}%`);
  const isUser = (id: string) => users.some((user) => user.id === id);
  const others = found.flatMap(({ emails, ...customer }) => {
    const own = emails.find((each) => foldedEmail(each) === folded);
    return own === undefined || isUser(customer.id) ? [] : [{ ...customer, email: own, userId: null }];
  });
  return [...users, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}
