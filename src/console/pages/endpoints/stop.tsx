import { Csrf, TextField } from "../../components/form.js";
import { usePage } from "../../components/use-page.js";
import type { Page } from "../../page.js";
import { endpoints as words } from "../../words/endpoints.js";
import { withNotice } from "../../words/notices.js";

const STOPS = { pause: "pauseEndpoint", disable: "disableEndpoint" } as const;
export type Stop = keyof typeof STOPS;

/** Ends that anything is sent to an endpoint, in the ways that `ways` has: one form, as both ask for the reason alone. */
export function StopForm({ id, ways }: { readonly id: string; readonly ways: readonly Stop[] }) {
  const { t } = usePage();
  const [first = "pause"] = ways;
  return (
    <form method="post" action={`/endpoints/${id}/${first}`}>
      <Csrf />
      {ways.map((way) => (
        <p key={way} class="muted small">
          <strong>{t(words[way])}</strong> – {t(words[`${way}Help`])}
        </p>
      ))}
      <TextField name="reason" label={t(words.reason)} help={t(words.reasonHelp)} maxLength={500} />
      <div class="buttons">
        {ways.includes("pause") && (
          <button type="submit" class="button">
            {t(words.pause)}
          </button>
        )}
        {ways.includes("disable") && (
          <button
            type="submit"
            class="button danger"
            formAction={`/endpoints/${id}/disable`}
            data-confirm={`${t(words.disableConfirm)} ${t(words.disableHelp)}`}
          >
            {t(words.disable)}
          </button>
        )}
      </div>
    </form>
  );
}

/** What the form posts to. */
export const stopPages: readonly Page[] = (["pause", "disable"] as const).map((way) => ({
  method: "POST",
  path: `/endpoints/:id/${way}`,
  roles: ["admin", "operator", "customer"],
  async answer(page) {
    const params = { id: page.params.id ?? "" };
    const reason = page.form.get("reason")?.trim();
    await page.call(STOPS[way], { params, body: reason ? { reason } : {} });
    return { location: withNotice(`/endpoints/${params.id}`, "saved") };
  },
}));
