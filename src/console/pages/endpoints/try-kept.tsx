import type { ComponentChildren, VNode } from "preact";
import { Csrf, TextField } from "../../components/form.js";
import { Panel } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import type { Page, PageAnswer, SignedIn } from "../../page.js";
import { problemOfInput } from "../../problem.js";
import { common } from "../../words/common.js";
import { deliveries } from "../../words/deliveries.js";
import { endpoints as words } from "../../words/endpoints.js";
import { CheckForm } from "./check.js";
import type { Kept } from "./edit.js";
import { LiveCheck } from "./live-check.js";
import { inPlace } from "./setting-form.js";
import { eventAsked } from "./tried.js";
import { type Preview, PreviewPanel, RefusedPanel, type Test, TestPanel } from "./try-out.js";

const ASKED = { preview: "previewEndpoint", test: "testEndpoint" } as const;
type Asked = keyof typeof ASKED;
const WAYS = ["preview", "test"] as const;

/** What a partner's tester asks for; the rest of the event is a sample's. */
const OWN = ["order", "reference", "statusCode"] as const;

function OwnValues({ form }: Pick<SignedIn, "form">) {
  const { t } = usePage();
  const labels = { order: common.order, reference: deliveries.reference, statusCode: deliveries.statusCode };
  return (
    <details class="more" open={OWN.some((name) => form.get(name))}>
      <summary>{t(words.ownValues)}</summary>
      <div class="field-row">
        {OWN.map((name) => (
          <TextField
            key={name}
            name={name}
            label={t(labels[name])}
            help={t(words.ownHelp)}
            value={form.get(name) ?? ""}
            maxLength={500}
          />
        ))}
      </div>
    </details>
  );
}

/** The event that was asked for: one that is kept, or a sample with values of one's own. */
function given(page: SignedIn) {
  const values = OWN.map((name) => [name, (page.form.get(name) ?? "").trim()] as const).filter(
    ([, text]) => text !== "",
  );
  return { ...eventAsked(page), ...(values.length > 0 ? { event: Object.fromEntries(values) } : {}) };
}

interface WithEventProps {
  readonly id: string;
  readonly ways: readonly Asked[];
  readonly form: URLSearchParams;
}

function WithEvent({ id, ways, form }: WithEventProps) {
  const { t } = usePage();
  const tryAt = `/endpoints/${id}/try`;
  return (
    <form method="post" action={tryAt}>
      <Csrf />
      {ways.map((asked) => (
        <p key={asked} class="muted small">
          <strong>{t(words[asked])}</strong> – {t(words[`${asked}Help`])}
        </p>
      ))}
      <TextField
        name="event"
        label={t(words.event)}
        help={t(words.eventHelp)}
        value={form.get("event") ?? ""}
        maxLength={100}
      />
      <OwnValues form={form} />
      <div class="buttons">
        {ways.map((asked) => (
          <button key={asked} type="submit" name="do" value={asked} class="button" {...inPlace(tryAt, "#tried")}>
            {t(words[asked])}
          </button>
        ))}
      </div>
    </form>
  );
}

interface TryProps {
  readonly id: string;
  readonly page: SignedIn;
  /** What came of it. */
  readonly children: ComponentChildren;
}

/** Tries an endpoint out as it is kept, in the ways that the API lets who is signed in. */
export function TryKept({ id, page: { t, may, form }, children }: TryProps) {
  const ways = WAYS.filter((asked) => may(ASKED[asked]));
  const isCheckable = may("checkEndpoint");
  return (
    <>
      {(isCheckable || ways.length > 0) && (
        <Panel title={t(words.tryOut)}>
          {isCheckable && <CheckForm id={id} />}
          {isCheckable && ways.length > 0 && <hr />}
          {ways.length > 0 && <WithEvent id={id} ways={ways} form={form} />}
        </Panel>
      )}
      {isCheckable && <LiveCheck />}
      <div id="tried" aria-live="polite">
        {children}
      </div>
    </>
  );
}

/** What came of it, and with which status a page of it is answered. Throws what is no refusal. */
async function tried(page: SignedIn): Promise<{ readonly shown: VNode; readonly status: number }> {
  const params = { id: page.params.id ?? "" };
  const asked: Asked = page.form.get("do") === "test" ? "test" : "preview";
  // An endpoint that is not there has no page to show anything in.
  const { transport } = await page.read<Kept>("getEndpoint", { params });
  const method = transport.type === "http-get" ? "GET" : "POST";
  try {
    const answer = await page.read<unknown>(ASKED[asked], { params, body: given(page) });
    const isTest = asked === "test";
    const shown = isTest ? (
      <TestPanel test={answer as Test} />
    ) : (
      <PreviewPanel preview={answer as Preview} method={method} />
    );
    return { shown, status: 200 };
  } catch (error) {
    const problem = problemOfInput(error);
    // Who may not do it at all is told so by a page of its own.
    if (problem.status === 403) throw error;
    return { shown: <RefusedPanel problem={problem} />, status: 422 };
  }
}

/** What the form posts to. `show`: the page of the endpoint, with what came of it. */
export function tryPage(show: (page: SignedIn, result: VNode, status: number) => Promise<PageAnswer>): Page {
  return {
    method: "POST",
    path: "/endpoints/:id/try",
    roles: ["admin", "operator", "customer"],
    async answer(page) {
      const { shown, status } = await tried(page);
      return page.isPart ? { part: shown } : show(page, shown, status);
    },
  };
}
