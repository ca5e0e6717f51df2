import { DEFAULT_SCHEDULE } from "../../schemas/endpoint.js";
import { Code, Facts, PageHead, Panel, Text } from "../components/parts.js";
import { Table } from "../components/table.js";
import type { Page, SignedIn } from "../page.js";
import { isolated } from "../reading-direction.js";
import { PROGRAMS, schemesOf } from "../verification/index.js";
import type { Scheme } from "../verification/scheme.js";
import { ontimeFields, ontimeMoreFields, documentation as words } from "../words/documentation.js";
import { timeZoneOf } from "./deliveries/one.js";
import { transportName } from "./deliveries/shared.js";
import { readKinds, templateLabel } from "./endpoints/setting.js";

interface Endpoint {
  readonly id: string;
  readonly customer: string;
  readonly name: string;
  readonly transport: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly template: { readonly name: string };
  readonly success: { readonly statusCodes: readonly number[]; readonly bodyIncludes: string };
  readonly retry?: { readonly schedule?: readonly string[] };
  readonly timeoutSeconds: number;
  readonly timeZone: string | null;
  readonly publicKeys?: readonly { readonly key: string; readonly until: string | null }[];
}

interface Preview {
  readonly contentType: string;
  readonly fileName: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Sent {
  readonly at: string;
  readonly body: string;
}

const isHttp = ({ transport }: Endpoint) => transport.type.startsWith("http");

/** What was sent last and arrived, where there is one: people know their own orders. */
async function lastSent(page: SignedIn, endpoint: Endpoint): Promise<Sent | null> {
  const query = { endpoint: endpoint.id, customer: endpoint.customer, state: "delivered", limit: "1" };
  const { items } = await page.read<{ items: { id: string }[] }>("listDeliveries", { query });
  const [delivery] = items;
  if (!delivery) return null;
  const { attemptList } = await page.read<{ attemptList: { startedAt: string; sent: { body: string } | null }[] }>(
    "getDelivery",
    { params: { id: delivery.id } },
  );
  const last = attemptList.at(-1);
  return last?.sent ? { at: last.startedAt, body: last.sent.body } : null;
}

function Headers({ endpoint, page: { t } }: { readonly endpoint: Endpoint; readonly page: SignedIn }) {
  const schemes = schemesOf(endpoint);
  const rows = [
    { name: "webhook-id", meaning: t(words.idHeader) },
    { name: "webhook-timestamp", meaning: t(words.timestampHeader) },
    ...schemes.map((scheme) => ({
      name: scheme.kind === "hmac" ? scheme.header : "webhook-signature",
      meaning: t(words.signatureHeader),
    })),
    ...(endpoint.transport.apiKey ? [{ name: "X-API-KEY", meaning: t(words.keyHeader) }] : []),
  ];
  return (
    <Table
      caption={t(words.headers)}
      showCaption
      rows={rows}
      rowKey={({ name }) => name}
      columns={[
        { label: t(words.field), cell: ({ name }) => <code>{name}</code> },
        { label: t(words.meaning), cell: ({ meaning }) => meaning },
      ]}
    />
  );
}

interface HowProps {
  readonly endpoint: Endpoint;
  readonly preview: Preview;
  /** As the pages call the template. */
  readonly template: string;
  /** Of the customer, unless the endpoint has its own. */
  readonly timeZone: string | null;
  readonly page: SignedIn;
}

function How({ endpoint, preview, template, timeZone, page }: HowProps) {
  const { t, format } = page;
  const { statusCodes, bodyIncludes } = endpoint.success;
  const received = statusCodes.length > 0 ? statusCodes.join(", ") : t(words.anyStatus);
  return (
    <Panel title={t(words.how)}>
      <Facts
        facts={[
          [t(words.transport), transportName(endpoint.transport.type)],
          [t(words.format), template],
          [t(words.contentType), <code key="type">{preview.contentType}</code>],
          preview.fileName === null ? undefined : [t(words.fileName), <code key="file">{preview.fileName}</code>],
          [t(words.timeZone), endpoint.timeZone ?? timeZone ?? format.timeZone],
          [t(words.timeout), t(words.seconds)(format.number(endpoint.timeoutSeconds))],
          [
            t(words.success),
            isHttp(endpoint)
              ? [received, bodyIncludes && isolated(bodyIncludes)].filter(Boolean).join(" + ")
              : t(words.fileReceived),
          ],
          [t(words.retries), (endpoint.retry?.schedule ?? DEFAULT_SCHEDULE).slice(1).join(", ")],
        ]}
      />
      {isHttp(endpoint) && <Headers endpoint={endpoint} page={page} />}
    </Panel>
  );
}

function Sample({ preview, sent, page: { t, format } }: { preview: Preview; sent: Sent | null; page: SignedIn }) {
  return (
    <Panel title={t(words.sample)}>
      {preview.url !== null && (
        <Code id="sample-address" label={t(words.address)}>
          {preview.url}
        </Code>
      )}
      {preview.body !== "" && (
        <Code id="sample-body" label={preview.fileName ?? t(words.body)}>
          {preview.body}
        </Code>
      )}
      {sent && (
        <Code id="own-sample" label={t(words.ownSample)(format.moment(sent.at))}>
          {sent.body}
        </Code>
      )}
    </Panel>
  );
}

/** ON TIME's own names are explained; of other formats their partners' documents and the sample speak. */
function Fields({ endpoint, page: { t } }: { readonly endpoint: Endpoint; readonly page: SignedIn }) {
  if (endpoint.template.name !== "ontime") return null;
  const rows = endpoint.transport.type === "http-get" ? ontimeFields : [...ontimeFields, ...ontimeMoreFields];
  return (
    <Panel title={t(words.fields)}>
      <Table
        caption={t(words.fields)}
        rows={rows}
        rowKey={([name]) => name}
        columns={[
          { label: t(words.field), cell: ([name]) => <code>{name}</code> },
          { label: t(words.meaning), cell: ([, meaning]) => t(meaning) },
        ]}
      />
    </Panel>
  );
}

function Programs({ scheme, endpoint, page: { t } }: { scheme: Scheme; endpoint: Endpoint; page: SignedIn }) {
  const said = scheme.kind === "hmac" ? t(words.hmac)(scheme.header) : t(words[scheme.kind]);
  const [current] = endpoint.publicKeys ?? [];
  return (
    <>
      <p>{said}</p>
      {scheme.kind === "ed25519" && current && (
        <Code id="public-key" label={t(words.publicKey)}>
          {current.key}
        </Code>
      )}
      {PROGRAMS.map(({ id, name, code }, place) => (
        <details key={id} open={place === 0} class="program">
          <summary>{name}</summary>
          <Code id={`${scheme.kind}-${id}`} label={name}>
            {code(scheme)}
          </Code>
        </details>
      ))}
    </>
  );
}

function Verification({ endpoint, page }: { readonly endpoint: Endpoint; readonly page: SignedIn }) {
  const { t } = page;
  const schemes = schemesOf(endpoint);
  return (
    <Panel title={t(words.verify)}>
      {!isHttp(endpoint) && <p>{t(words.files)}</p>}
      {isHttp(endpoint) && schemes.length === 0 && <p class="notice warn">{t(words.unsigned)}</p>}
      {schemes.map((scheme) => (
        <Programs key={scheme.kind} scheme={scheme} endpoint={endpoint} page={page} />
      ))}
    </Panel>
  );
}

async function documentationOf(page: SignedIn, id: string) {
  const params = { id };
  const [endpoint, preview] = await Promise.all([
    page.read<Endpoint>("getEndpoint", { params }),
    page.read<Preview>("previewEndpoint", { params, body: {} }),
  ]);
  const [sent, kinds, timeZone] = await Promise.all([
    lastSent(page, endpoint),
    readKinds(page),
    timeZoneOf(page, endpoint.customer),
  ]);
  const template = templateLabel(kinds, endpoint.template.name, page.t);
  const title = page.t(words.of)(endpoint.name);
  return {
    title,
    body: (
      <>
        <PageHead title={<Text>{title}</Text>} />
        <How {...{ endpoint, preview, template, timeZone, page }} />
        <Sample preview={preview} sent={sent} page={page} />
        <Fields endpoint={endpoint} page={page} />
        <Verification endpoint={endpoint} page={page} />
      </>
    ),
  };
}

function Choice({ endpoints, page: { t } }: { readonly endpoints: readonly Endpoint[]; readonly page: SignedIn }) {
  return (
    <>
      <PageHead title={t(words.title)} />
      <p>{t(endpoints.length === 0 ? words.none : words.choose)}</p>
      <ul class="spread">
        {endpoints.map(({ id, name }) => (
          <li key={id}>
            <a href={`/endpoints/${id}/documentation`}>
              <Text>{name}</Text>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What a customer's programmers need to take in what is sent to them. */
export const documentationPages: readonly Page[] = [
  {
    method: "GET",
    path: "/documentation",
    roles: ["customer"],
    async answer(page) {
      const customer = page.session.principal.customer ?? "";
      const query = { limit: "500" };
      const { items } = await page.read<{ items: Endpoint[] }>("listEndpoints", { params: { customer }, query });
      const [only, ...more] = items;
      if (only && more.length === 0) return documentationOf(page, only.id);
      return { title: page.t(words.title), body: <Choice endpoints={items} page={page} /> };
    },
  },
  {
    method: "GET",
    path: "/endpoints/:id/documentation",
    roles: ["admin", "operator", "customer"],
    answer: (page) => documentationOf(page, page.params.id ?? ""),
  },
];
