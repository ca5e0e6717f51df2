import type { VNode } from "preact";
import { Csrf } from "../../components/form.js";
import { usePage } from "../../components/use-page.js";
import type { Page, PageAnswer, SignedIn } from "../../page.js";
import { endpoints as words } from "../../words/endpoints.js";
import type { Kept } from "./edit.js";
import { LIVE, liveParts, wantsLive } from "./live-check.js";
import { PinButton } from "./pin.js";
import { type Check, CheckPanel, type CheckStep } from "./try-out.js";

/** Tests the connection of an endpoint as it is kept. */
export function CheckForm({ id }: { readonly id: string }) {
  const { t } = usePage();
  return (
    <form method="post" action={`/endpoints/${id}/check`}>
      <Csrf />
      <p class="muted small">{t(words.checkHelp)}</p>
      <button type="submit" class="button" data-live={LIVE}>
        {t(words.check)}
      </button>
    </form>
  );
}

/** The page that a test's form posts to. `show`: the page of the endpoint, with what came of the test. */
export function checkPage(show: (page: SignedIn, result: VNode) => Promise<PageAnswer>): Page {
  return {
    method: "POST",
    path: "/endpoints/:id/check",
    roles: ["admin", "operator", "customer"],
    async answer(page) {
      const id = page.params.id ?? "";
      // As it is before the check: what is changed while that goes on must not get the key of another server.
      const endpoint = await page.read<Kept>("getEndpoint", { params: { id } });
      const pin = page.may("patchEndpoint")
        ? ({ fingerprint = "" }: CheckStep) => <PinButton endpoint={endpoint} fingerprint={fingerprint} />
        : null;
      if (wantsLive(page)) {
        return liveParts(page, await page.call("checkEndpoint", { params: { id }, query: { live: "true" } }), pin);
      }
      const check = await page.read<Check>("checkEndpoint", { params: { id } });
      return show(page, <CheckPanel check={check} pin={pin} />);
    },
  };
}
