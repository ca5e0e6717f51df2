import type { Language } from "../types.js";
import type { Session } from "./session.js";

/** Who is at the other end. */
export interface Visitor {
  /** What is throttled as one. */
  readonly client: string;
  readonly address: string;
  readonly agent: string;
}

/** Somebody was let in: what their browser sends from now on. */
export interface Entered {
  readonly token: string;
}

/**
 * Nobody was let in: for a wrong address or password, or a link or account of no use; as too many wrong ones came; as too
 * many are looked at now; as the customer's portal is switched off.
 */
export interface Refused {
  readonly refused: "wrong" | "wait" | "busy" | "portal";
  /** When to try again. */
  readonly seconds: number;
}

/** What is wrong with what somebody chose. */
export interface Faulty {
  readonly fault: "short" | "long" | "email" | "name" | "taken" | "password";
}

/** What a link that still lets somebody in is for. */
export interface OpenLink {
  readonly kind: "first-admin" | "invitation" | "password" | "portal";
  readonly email: string;
  readonly name: string;
  /** Of a portal's: whose deliveries can be seen. */
  readonly customers: readonly { readonly id: string; readonly name: string }[];
}

/** What somebody fills in who opens a link. */
export interface LinkForm {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly customer: string;
}

/** The account of who is signed in, as they see it. */
export interface OwnAccount {
  readonly email: string;
  readonly name: string;
  readonly language: Language | null;
  readonly hasPassword: boolean;
  readonly sessions: readonly {
    readonly id: string;
    readonly address: string;
    readonly agent: string;
    readonly createdAt: number;
    readonly seenAt: number;
  }[];
}

/** What signing in asks for: the pages call it, who is not signed in has no operations. */
export interface Accounts {
  /** What of the service's settings keeps mails with links from going out. */
  readonly missing: readonly ("PUBLIC_URL" | "SMTP_URL")[];
  /** Whether an OpenID provider signs people in. */
  readonly hasSingleSignOn: boolean;
  /** Whether browsers keep the session for HTTPS alone. */
  readonly isSecure: boolean;
  signIn(given: { readonly email: string; readonly password: string }, visitor: Visitor): Promise<Entered | Refused>;
  /** Mails a link where the address is a customer's; what it answers tells nothing of that. null: it is done. */
  sendLink(email: string, visitor: Visitor): Refused | null;
  /** Shows what a link is for, and uses nothing up: what reads mails for their readers opens it too. */
  openLink(token: string): Promise<OpenLink | null>;
  useLink(token: string, form: LinkForm, visitor: Visitor): Promise<Entered | Refused | Faulty>;
  signOut(session: Session): Promise<void>;
  /** null: an address of a customer's, which has no account. */
  own(session: Session): Promise<OwnAccount | null>;
  changeOwn(session: Session, given: { readonly name: string; readonly language: Language | null }): Promise<void>;
  /** Ends all other sessions of the user. */
  changePassword(
    session: Session,
    given: { readonly current: string; readonly password: string },
    visitor: Visitor,
  ): Promise<Refused | Faulty | null>;
  /** Ends one of the user's own sessions. */
  endSession(session: Session, id: string): Promise<void>;
  /** Where the browser goes to sign in at the provider, and what it keeps meanwhile. null: the provider cannot be asked. */
  beginSingleSignOn(next: string): Promise<{ readonly location: string; readonly kept: string } | null>;
  /** What came back from the provider; `kept`: of the browser. */
  endSingleSignOn(
    search: string,
    kept: string,
    visitor: Visitor,
  ): Promise<(Entered & { readonly next: string }) | Refused>;
}
