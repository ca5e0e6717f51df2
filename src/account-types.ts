import type { KeyRole, Language } from "./types.js";

/** What the people of a customer may do in the pages beside looking, where its operator lets them. */
export type PortalAction = "test" | "retry" | "pause" | "edit" | "create";

/** Whether a customer's people sign in to the pages, and what they may do there. */
export interface Portal {
  readonly enabled: boolean;
  readonly may: readonly PortalAction[];
}

/** Nobody of a customer signs in until its operator says so; what harms nothing is allowed then. */
export const PORTAL_OFF: Portal = { enabled: false, may: ["test", "retry"] };

export type UserRole = Exclude<KeyRole, "producer">;

/** Somebody who signs in to the pages. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
  /** Of the role `customer`: whose people they are; null for all others. */
  readonly customer: string | null;
  /** null: as the browser asks. */
  readonly language: Language | null;
  readonly hasPassword: boolean;
  /** Has signed in by the OpenID provider. */
  readonly hasSingleSignOn: boolean;
  readonly createdAt: number;
  readonly disabledAt: number | null;
  readonly lastSignedInAt: number | null;
}
