import type { VNode } from "preact";
import { InputError } from "../../../errors.js";
import type { Problem } from "../../../schemas/problem.js";
import { seenIn, stateFor, stateOf } from "../../components/meanwhile.js";
import { PageHead, Text } from "../../components/parts.js";
import type { Page, PageAnswer, SignedIn } from "../../page.js";
import { problemOfInput } from "../../problem.js";
import { FaultsInPlace } from "../../schema-form/fields.js";
import { endpoints as words } from "../../words/endpoints.js";
import { withNotice } from "../../words/notices.js";
import { readCatalogue } from "../catalogue.js";
import { Choice, chosen, isChoice } from "./choice.js";
import { wantsLive } from "./live-check.js";
import { type Kinds, patchOf, pinnedBy, readKinds, type Setting, settingOf, textPlacesOf } from "./setting.js";
import { ASKED, type Asked, type FormProps, SettingForm } from "./setting-form.js";
import { liveCheck, tryOut } from "./tried.js";
import { RefusedPanel } from "./try-out.js";

/** An endpoint that is kept, as the API shows it. */
export interface Kept extends Setting {
  readonly id: string;
  readonly customer: string;
  readonly version: number;
  readonly updatedAt: string;
}

/** What a form is about: an endpoint that is changed, or a new one. */
export interface Subject {
  readonly customer: string;
  /** null: it is new. */
  readonly held: Kept | null;
  readonly setting: Setting;
  readonly title: string;
  /** Said above the form. */
  readonly hint?: string;
  readonly action: string;
}

const FIRST = { transport: "http-post", template: "ontime" };

interface Shown {
  readonly page: SignedIn;
  readonly subject: Subject;
  readonly problem?: Problem | null;
  /** It was changed since its form was made. */
  readonly isOvertaken?: boolean;
  readonly result?: Pick<FormProps, "preview" | "tried" | "found">;
}

async function formPage({
  page,
  subject,
  problem = null,
  isOvertaken = false,
  result = {},
}: Shown): Promise<PageAnswer> {
  const { held } = subject;
  const [kinds, codes] = await Promise.all([readKinds(page), readCatalogue(page)]);
  const { method } = page.request;
  const asked = (name: string) => (method === "GET" ? page.query.get(name) : page.form.get(`choose.${name}`));
  const isChosen = method === "GET" || isChoice(page);
  const setting = isChosen ? chosen(subject.setting, kinds, asked) : subject.setting;
  return {
    title: subject.title,
    wide: true,
    isAskedAnew: true,
    status: isOvertaken ? 409 : problem ? 422 : 200,
    body: (
      <>
        <PageHead title={<Text>{subject.title}</Text>} />
        {subject.hint !== undefined && <p class="notice warn">{subject.hint}</p>}
        <Choice kinds={kinds} setting={setting} page={page} />
        <SettingForm
          action={subject.action}
          tryAt={`${subject.action}/try`}
          setting={setting}
          kinds={kinds}
          codes={codes}
          problem={problem}
          version={held && stateFor(page.form, seenOf(held), isOvertaken)}
          changedAt={isOvertaken ? held?.updatedAt : undefined}
          {...result}
        />
      </>
    ),
  };
}

/** Whether somebody else was faster. */
const isOvertaken = (error: unknown): boolean => error instanceof InputError && error.rule === "changed_meanwhile";

/** What the form of an endpoint changes: pausing it, or disabling it for its failures, is none of that. */
const SETTINGS = [
  ...(["name", "transport", "template", "filter", "success", "retry"] as const),
  ...(["limits", "timeoutSeconds", "timeZone", "alerts"] as const),
];
const stateOfSettings = (held: Kept): string => stateOf(only(held, SETTINGS));

/** In which version somebody saw an endpoint, and with which settings. */
const seenOf = (held: Kept): string => `${held.version} ${stateOfSettings(held)}`;

/** Changes the endpoint that was seen. Throws a 409 where another has changed its settings since. */
async function change(page: SignedIn, { id }: Kept, body: object): Promise<void> {
  const params = { id };
  const patch = (version: string | undefined) =>
    page.call("patchEndpoint", { params, query: version === undefined ? {} : { version }, body });
  const [version, settings] = seenIn(page.form)?.split(" ") ?? [];
  try {
    await patch(version);
  } catch (error) {
    if (!isOvertaken(error)) throw error;
    const now = await page.read<Kept>("getEndpoint", { params });
    if (stateOfSettings(now) !== settings) throw error;
    await patch(String(now.version));
  }
}

async function save(page: SignedIn, { customer, held, setting }: Subject): Promise<PageAnswer> {
  if (held) {
    await change(page, held, patchOf(setting, held));
    return { location: withNotice(`/endpoints/${held.id}`, "saved") };
  }
  const made = await page.read<Kept>("createEndpoint", { params: { customer }, body: setting });
  return { location: withNotice(`/endpoints/${made.id}`, "created") };
}

const askedOf = ({ form }: SignedIn): Asked | undefined => ASKED.find((each) => each === form.get("do"));

/** The setting with what a server offered: for who has no JavaScript, the button that trusts it sends the form. */
function withPin(subject: Subject, fingerprint: string): Subject {
  const { transport } = subject.setting;
  return {
    ...subject,
    setting: { ...subject.setting, transport: { ...transport, [pinnedBy(transport.type)]: fingerprint } },
  };
}

async function posted(page: SignedIn, subject: Subject): Promise<PageAnswer> {
  const asked = askedOf(page) ?? "save";
  const pin = page.form.get("pin");
  if (pin !== null) return formPage({ page, subject: withPin(subject, pin) });
  if (isChoice(page)) return formPage({ page, subject });
  try {
    if (asked === "save") return await save(page, subject);
    if (asked === "check" && wantsLive(page)) return await liveCheck(page, subject);
    const { shown, found } = await tryOut(page, subject, asked);
    const result = asked === "preview" ? { preview: shown } : { tried: shown };
    return await formPage({ page, subject, result: { ...result, ...(found ? { found } : {}) } });
  } catch (error) {
    if (!isOvertaken(error)) return formPage({ page, subject, problem: problemOfInput(error) });
    return formPage({ page, subject: await changeSubject(page), isOvertaken: true });
  }
}

/** A part of the page, and beside it the faults of a template's text, which go to their places in the form. */
async function partOf(page: SignedIn, { setting }: Subject, shown: VNode, errors: Problem["errors"] = []) {
  const template = (await readKinds(page)).templates.find(({ name }) => name === setting.template.name);
  const part = (
    <>
      {shown}
      {template && (
        <FaultsInPlace
          prefix="template"
          schema={template.options}
          value={setting.template.options ?? {}}
          places={textPlacesOf(errors)}
        />
      )}
    </>
  );
  return { part };
}

/** What was asked alone, and the preview while somebody types: the form, and the secrets in it, stay as they are. */
async function tried(page: SignedIn, subject: Subject): Promise<PageAnswer> {
  const asked = askedOf(page);
  const action = asked === undefined || asked === "save" ? "preview" : asked;
  try {
    if (action === "check" && wantsLive(page)) return await liveCheck(page, subject);
    const { shown, found } = await tryOut(page, subject, action);
    return await partOf(page, subject, shown, found);
  } catch (error) {
    const problem = problemOfInput(error);
    return partOf(page, subject, <RefusedPanel problem={problem} />, problem.errors);
  }
}

const EMPTY: Setting = {
  name: "",
  transport: { type: FIRST.transport },
  template: { name: FIRST.template, options: {} },
};

async function newSubject(page: SignedIn): Promise<Subject> {
  const customer = page.params.customer ?? "";
  // Of a customer that does not exist there is no form.
  await page.call("getCustomer", { params: { customer } });
  const action = `/customers/${encodeURIComponent(customer)}/endpoints/new`;
  const title = page.t(words.new);
  const from = page.query.get("copy");
  if (page.request.method === "GET" && from !== null) {
    const source = await page.read<Kept>("getEndpoint", { params: { id: from } });
    // What goes into a field is no text to be read: it stays as it was given.
    const name = words.copyOf[page.language](source.name);
    const setting = { ...withoutSecrets(source, await readKinds(page)), name };
    return {
      customer,
      held: null,
      setting,
      title: page.t(words.copyOf)(source.name),
      hint: page.t(words.secretsNotCopied),
      action,
    };
  }
  const setting = page.request.method === "GET" ? EMPTY : settingOf(page.form, await readKinds(page), null);
  return { customer, held: null, setting, title, action };
}

/** A copy of a setting in which no secret is set: their masks must not be kept as if they were secrets. */
function withoutSecrets(setting: Setting, kinds: Kinds): Setting {
  const transport = kinds.transports.find(({ name }) => name === setting.transport.type);
  const template = kinds.templates.find(({ name }) => name === setting.template.name);
  return {
    name: setting.name,
    transport: { ...plain(setting.transport, transport?.options), type: setting.transport.type },
    template: { name: setting.template.name, options: plain(setting.template.options ?? {}, template?.options) },
    ...only(setting, ["filter", "success", "retry", "limits", "timeoutSeconds", "timeZone", "alerts"]),
  };
}

const only = (setting: Setting, names: readonly (keyof Setting)[]) =>
  Object.fromEntries(names.filter((name) => setting[name] !== undefined).map((name) => [name, setting[name]]));

/** What of some options is no secret; groups that hold one are left out whole, as they cannot be kept without. */
function plain(options: Readonly<Record<string, unknown>>, schema: Kinds["transports"][number]["options"] | undefined) {
  const holdsSecret = (value: unknown): boolean => JSON.stringify(value).includes('"x-secret":true');
  const members = Object.entries(schema?.properties ?? {}).filter(([, member]) => !holdsSecret(member));
  return Object.fromEntries(
    members.filter(([name]) => options[name] !== undefined).map(([name]) => [name, options[name]]),
  );
}

async function changeSubject(page: SignedIn): Promise<Subject> {
  const held = await page.read<Kept>("getEndpoint", { params: { id: page.params.id ?? "" } });
  const setting = page.request.method === "GET" ? held : settingOf(page.form, await readKinds(page), held);
  const title = page.t(words.change)(held.name);
  return { customer: held.customer, held, setting, title, action: `/endpoints/${held.id}/edit` };
}

const FORMS = [
  { path: "/customers/:customer/endpoints/new", subject: newSubject },
  { path: "/endpoints/:id/edit", subject: changeSubject },
];
const roles = ["admin", "operator", "customer"] as const;

/** The forms in which endpoints are made and changed. */
export const editPages: readonly Page[] = FORMS.flatMap(({ path, subject }): Page[] => [
  { method: "GET", path, roles, answer: async (page) => formPage({ page, subject: await subject(page) }) },
  {
    method: "POST",
    path,
    roles,
    answer: async (page) => posted(page, await subject(page)),
    again: async (page) => formPage({ page, subject: await subject(page) }),
  },
  { method: "POST", path: `${path}/try`, roles, answer: async (page) => tried(page, await subject(page)) },
]);
