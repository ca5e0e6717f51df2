import type { Accounts } from "../../accounts.js";
import type { OpenPage } from "../../page.js";
import { ownAddress } from "../../preferences.js";
import { setAside, takeAside } from "../../session-cookie.js";
import { letIn, signInPage, visitorOf } from "./sign-in.js";

/** Signing in by an OpenID provider. */
export function organisationPages(accounts: Accounts): OpenPage[] {
  const { isSecure } = accounts;
  return [
    {
      method: "GET",
      path: "/sign-in/organisation",
      roles: "anyone",
      async answer(context) {
        const next = ownAddress(context.query.get("next"));
        const begun = await accounts.beginSingleSignOn(next);
        if (!begun) return signInPage(accounts, context, { next, providerFailed: true });
        setAside(context.request, context.reply, begun.kept, isSecure);
        return { location: begun.location };
      },
    },
    {
      method: "GET",
      path: "/sign-in/organisation/callback",
      roles: "anyone",
      async answer(context) {
        const { request, reply, query, session } = context;
        const kept = takeAside(request, reply, isSecure);
        const came = await accounts.endSingleSignOn(`?${query}`, kept, visitorOf(context));
        if ("refused" in came) {
          const refused = came.refused === "wrong" ? undefined : came;
          return signInPage(accounts, context, { next: "/", refused, providerFailed: !refused });
        }
        if (session) await accounts.signOut(session);
        return letIn(accounts, context, came.token, ownAddress(came.next));
      },
    },
  ];
}
