import type { VNode } from "preact";
import { failureReason, givenUpReason } from "../../../reasons/reasons.js";
import { hostText } from "../../../schemas/host-text.js";
import { ActionButton } from "../../components/form.js";
import { Code, EndpointBadge, Facts, Moment, PageHead, Panel, Text } from "../../components/parts.js";
import { EVERYBODY, type Page, type PageAnswer, type SignedIn } from "../../page.js";
import { common } from "../../words/common.js";
import { endpoints as words } from "../../words/endpoints.js";
import { withNotice } from "../../words/notices.js";
import { transportName } from "../deliveries/shared.js";
import { checkPage } from "./check.js";
import type { Kept } from "./edit.js";
import { pinPage } from "./pin.js";
import { type Backlog, Resume } from "./resume.js";
import { type Kinds, readKinds, templateLabel } from "./setting.js";
import { SettingFacts } from "./setting-facts.js";
import { type Stop, StopForm, stopPages } from "./stop.js";
import { TryKept, tryPage } from "./try-kept.js";

/** An endpoint with how it stands. */
interface Endpoint extends Kept {
  readonly state: "active" | "paused" | "disabled";
  readonly stateReason: string;
  readonly held?: { readonly reason: string; readonly since: string } | null;
  readonly quietUntil?: string | null;
  readonly origin: string;
  readonly order: string | null;
}

/** Where it sends to, in one line. */
function addressOf({ transport }: Endpoint): string {
  const { type, url, username = "", host = "", port, directory = "" } = transport;
  if (typeof url === "string") return url;
  const server = `${hostText(String(host))}${port === undefined ? "" : `:${port}`}`;
  return `${type}://${String(username)}@${server}/${String(directory).replace(/^\//, "")}`;
}

interface ViewProps {
  readonly endpoint: Endpoint;
  readonly kinds: Kinds;
  readonly page: SignedIn;
  /** What waits, where it can be resumed; null: it cannot. */
  readonly backlog: Backlog | null;
  /** What came of trying it out. */
  readonly result?: VNode | null;
}

function State({ endpoint, page: { t, language } }: { readonly endpoint: Endpoint; readonly page: SignedIn }) {
  const { state, stateReason, held, quietUntil } = endpoint;
  return (
    <>
      {state !== "active" && (
        <p class="notice warn">
          <EndpointBadge state={state} /> <Text>{givenUpReason(stateReason, language)}</Text>
        </p>
      )}
      {held && (
        <p class="notice bad">
          {t(words.held)} <Text>{failureReason({ fault: "config", code: "", text: held.reason }, language)}</Text>{" "}
          {t(words.since)} <Moment at={held.since} />
        </p>
      )}
      {quietUntil && (
        <p class="notice">
          {t(words.quietUntil)} <Moment at={quietUntil} timeZone={endpoint.timeZone ?? null} />
        </p>
      )}
    </>
  );
}

function Actions({ endpoint, page, backlog }: Pick<ViewProps, "endpoint" | "page" | "backlog">) {
  const { t, may } = page;
  const { id, state, transport } = endpoint;
  const ways: Stop[] = [];
  if (may("pauseEndpoint") && state === "active") ways.push("pause");
  if (may("disableEndpoint") && state !== "disabled") ways.push("disable");
  const parts = [
    backlog && <Resume id={id} backlog={backlog} />,
    ways.length > 0 && <StopForm id={id} ways={ways} />,
    may("rotateEndpointSecret") && transport.type.startsWith("http") && (
      <>
        <p class="muted small">{t(words.rotateHelp)}</p>
        <ActionButton action={`/endpoints/${id}/rotate-secret`}>{t(words.rotate)}</ActionButton>
      </>
    ),
    may("deleteEndpoint") && (
      <ActionButton action={`/endpoints/${id}/delete`} class="button danger" confirm={t(words.deleteConfirm)}>
        {t(common.delete)}
      </ActionButton>
    ),
  ].filter((part) => part !== null && part !== false);
  if (parts.length === 0) return null;
  return (
    <Panel title={t(common.actions)}>
      {parts.map((part, at) => (
        <>
          {at > 0 && <hr />}
          {part}
        </>
      ))}
    </Panel>
  );
}

function EndpointView({ endpoint, kinds, page, backlog, result = null }: ViewProps) {
  const { t, may, role } = page;
  const { id, customer, name, template, transport, order } = endpoint;
  const copy = `/customers/${encodeURIComponent(customer)}/endpoints/new?copy=${id}`;
  return (
    <>
      <PageHead title={<Text>{name}</Text>}>
        {may("patchEndpoint") && (
          <a class="button primary" href={`/endpoints/${id}/edit`}>
            {t(common.edit)}
          </a>
        )}
        {may("createEndpoint") && (
          <a class="button" href={copy}>
            {t(words.copy)}
          </a>
        )}
      </PageHead>
      <State endpoint={endpoint} page={page} />
      <div class="panels">
        <Panel title={t(common.endpoint)}>
          <Facts
            facts={[
              [t(common.state), <EndpointBadge key="state" state={endpoint.state} />],
              role === "customer"
                ? undefined
                : [
                    t(common.customer),
                    <a key="customer" href={`/customers/${encodeURIComponent(customer)}`}>
                      {customer}
                    </a>,
                  ],
              order === null ? undefined : [t(common.order), <Text key="order">{order}</Text>],
              [t(words.transport), transportName(transport.type)],
              [t(words.address), <Text key="address">{addressOf(endpoint)}</Text>],
              [t(words.template), templateLabel(kinds, template.name, t)],
              [t(words.lastChange), <Moment key="changed" at={endpoint.updatedAt} />],
            ]}
          />
          <div class="buttons">
            <a class="button small" href={`/deliveries?endpoint=${id}`}>
              {t(words.deliveries)}
            </a>
            <a class="button small" href={`/deliveries?endpoint=${id}&state=failed`}>
              {t(words.failures)}
            </a>
            {may("previewEndpoint") && (
              <a class="button small" href={`/endpoints/${id}/documentation`}>
                {t(words.sends)}
              </a>
            )}
          </div>
        </Panel>
        <Actions endpoint={endpoint} page={page} backlog={backlog} />
      </div>
      <TryKept id={id} page={page}>
        {result}
      </TryKept>
      {!may("patchEndpoint") && <SettingFacts setting={endpoint} kinds={kinds} />}
    </>
  );
}

const idOf = ({ params }: SignedIn) => ({ id: params.id ?? "" });
const roles = ["admin", "operator", "customer"] as const;

const resumePage: Page = {
  method: "POST",
  path: "/endpoints/:id/resume",
  roles,
  async answer(page) {
    const params = idOf(page);
    await page.call("resumeEndpoint", { params, body: { deliveries: page.form.get("deliveries") ?? "send-all" } });
    return { location: withNotice(`/endpoints/${params.id}`, "saved") };
  },
};

const rotatePage: Page = {
  method: "POST",
  path: "/endpoints/:id/rotate-secret",
  roles,
  async answer(page) {
    const params = idOf(page);
    const { secret } = await page.read<{ secret: string }>("rotateEndpointSecret", { params, body: {} });
    const title = page.t(words.newSecret);
    return {
      title,
      body: (
        <>
          <PageHead title={title} />
          <Code id="new-secret" label={title}>
            {secret}
          </Code>
          <a class="button" href={`/endpoints/${params.id}`}>
            {page.t(common.endpoint)}
          </a>
        </>
      ),
    };
  },
};

const deletePage: Page = {
  method: "POST",
  path: "/endpoints/:id/delete",
  roles,
  async answer(page) {
    const params = idOf(page);
    const { customer } = await page.read<Endpoint>("getEndpoint", { params });
    await page.call("deleteEndpoint", { params });
    const home = page.role === "customer" ? "/endpoints" : `/customers/${encodeURIComponent(customer)}`;
    return { location: withNotice(home, "deleted") };
  },
};

async function shown(page: SignedIn, result: VNode | null = null, status = 200): Promise<PageAnswer> {
  const params = idOf(page);
  const endpoint = await page.read<Endpoint>("getEndpoint", { params });
  const isResumable = endpoint.state !== "active" && page.may("resumeEndpoint");
  const backlog = isResumable ? await page.read<Backlog>("getEndpointBacklog", { params }) : null;
  const kinds = await readKinds(page);
  const body = <EndpointView endpoint={endpoint} kinds={kinds} page={page} backlog={backlog} result={result} />;
  return { title: endpoint.name, body, status, isAskedAnew: result !== null };
}

/** One endpoint: how it stands, and what can be done about it. */
export const endpointPages: readonly Page[] = [
  {
    method: "GET",
    path: "/endpoints/:id",
    roles: EVERYBODY,
    answer: shown,
  },
  checkPage(shown),
  tryPage(shown),
  ...stopPages,
  resumePage,
  pinPage(shown),
  rotatePage,
  deletePage,
];
