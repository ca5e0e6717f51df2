import type { Accounts } from "../../accounts.js";
import type { OpenPage, Page } from "../../page.js";
import { organisationPages } from "./organisation.js";
import { ownPages } from "./own.js";
import { signInPages } from "./sign-in.js";
import { welcomePages } from "./welcome.js";

/** The pages around signing in, and of the own account. */
export const accountPages = (accounts: Accounts): readonly (Page | OpenPage)[] => [
  ...signInPages(accounts),
  ...welcomePages(accounts),
  ...ownPages(accounts),
  ...(accounts.hasSingleSignOn ? organisationPages(accounts) : []),
];
