import type { User } from "../account-types.js";

/** Signing in by an OpenID provider. */
export interface SingleSignOn {
  /** null: the provider cannot be asked now. */
  begin(next: string): Promise<{ readonly location: string; readonly kept: string } | null>;
  /** null: nobody is let in. */
  end(search: string, kept: string): Promise<{ readonly user: User; readonly next: string } | null>;
}
