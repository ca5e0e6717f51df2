import type { VNode } from "preact";
import { InputError } from "../../../errors.js";
import { ActionButton } from "../../components/form.js";
import { usePage } from "../../components/use-page.js";
import type { Page, PageAnswer, SignedIn } from "../../page.js";
import { endpoints as words } from "../../words/endpoints.js";
import { withNotice } from "../../words/notices.js";
import type { Kept } from "./edit.js";
import { pinnedBy } from "./setting.js";

/** The server that an endpoint connects to. */
const serverOf = ({ transport }: Pick<Kept, "transport">) =>
  `${String(transport.host)}:${String(transport.port ?? "")}`;

/** What the endpoint trusts now. */
function trusted({ transport }: Kept): readonly string[] {
  const pinned = transport[pinnedBy(transport.type)];
  return [pinned].flat().filter((one): one is string => typeof one === "string" && one !== "");
}

/**
 * Trusts what the server of a kept endpoint has offered, with one click, and asks first where that takes the place of
 * what was trusted: it may be somebody else's server. Nothing of what is trusted already.
 */
export function PinButton({ endpoint, fingerprint }: { readonly endpoint: Kept; readonly fingerprint: string }) {
  const { t } = usePage();
  const known = trusted(endpoint);
  if (known.includes(fingerprint)) return null;
  const asks = known.length > 0 ? { confirm: t(words.pinConfirm)(known.join(", ")) } : {};
  return (
    <ActionButton
      action={`/endpoints/${endpoint.id}/pin`}
      values={{ fingerprint, server: serverOf(endpoint), version: String(endpoint.version) }}
      class="button small"
      {...asks}
    >
      {t(words.pin)}
    </ActionButton>
  );
}

/**
 * Trusts the certificate or host key that a check was shown, for the server and the setting that were checked.
 * `show`: the page of the endpoint, with why it was not done.
 */
export function pinPage(show: (page: SignedIn, result: VNode, status: number) => Promise<PageAnswer>): Page {
  return {
    method: "POST",
    path: "/endpoints/:id/pin",
    roles: ["admin", "operator", "customer"],
    async answer(page) {
      const params = { id: page.params.id ?? "" };
      const asked = (name: string) => page.form.get(name) ?? "";
      const endpoint = await page.read<Kept>("getEndpoint", { params });
      const refused = () => {
        const why = page.t(words.pinChanged)(asked("server"));
        return show(
          page,
          <p class="notice bad" role="alert">
            {why}
          </p>,
          409,
        );
      };
      if (asked("server") !== serverOf(endpoint) || asked("version") !== String(endpoint.version)) return refused();
      const { type } = endpoint.transport;
      const body = { transport: { type, [pinnedBy(type)]: asked("fingerprint") } };
      try {
        await page.call("patchEndpoint", { params, query: { version: asked("version") }, body });
      } catch (error) {
        if (error instanceof InputError && error.status === 409) return refused();
        throw error;
      }
      return { location: withNotice(`/endpoints/${params.id}`, "saved") };
    },
  };
}
