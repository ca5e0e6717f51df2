import type { ComponentChildren } from "preact";
import type { Problem } from "../../../schemas/problem.js";
import { Csrf, TextField } from "../../components/form.js";
import { ChangedMeanwhile, Seen } from "../../components/meanwhile.js";
import { usePage } from "../../components/use-page.js";
import { Refusal } from "../../refusal.js";
import { OptionFields } from "../../schema-form/fields.js";
import { CODES_LIST } from "../../schema-form/rows.js";
import { changedMeanwhile, common } from "../../words/common.js";
import { endpoints as words } from "../../words/endpoints.js";
import { fileOptions } from "../../words/options/files.js";
import { httpOptions } from "../../words/options/http.js";
import { templateOptions } from "../../words/options/templates.js";
import { setting as fields } from "../../words/setting.js";
import type { Row } from "../catalogue.js";
import { LIVE, LiveCheck } from "./live-check.js";
import { faultsOf, type Kinds, type Setting, textPlacesOf } from "./setting.js";
import { Alerts, Delivered, Limits, Which } from "./setting-parts.js";

export interface FormProps {
  /** Where it posts to. */
  readonly action: string;
  /** Where what it holds is previewed and tried out, for a page that stays. */
  readonly tryAt: string;
  readonly setting: Setting;
  readonly kinds: Kinds;
  readonly codes: readonly Row[];
  readonly problem: Problem | null;
  /** The version of the endpoint that it changes; null: it is new. */
  readonly version: string | null;
  /** When another changed the endpoint since, which the form would undo. */
  readonly changedAt?: string | undefined;
  /** Faults that a test of the setting has found. */
  readonly found?: Problem["errors"];
  /** What was asked of the form beside being kept: shown beside it. */
  readonly preview?: ComponentChildren;
  readonly tried?: ComponentChildren;
}

/** What an endpoint's form can be asked for. */
export const ASKED = ["save", "preview", "check", "test"] as const;
export type Asked = (typeof ASKED)[number];

/** What came of a button takes its place in the page, which stays. */
export const inPlace = (tryAt: string, target: "#preview" | "#tried") => ({
  "hx-post": tryAt,
  "hx-target": target,
  "hx-disabled-elt": "this",
  "data-shows-result": true,
});

function Buttons({ tryAt, changedAt }: Pick<FormProps, "tryAt" | "changedAt">) {
  const { t } = usePage();
  return (
    <div class="buttons at-hand">
      <button type="submit" name="do" value="save" class="button primary">
        {t(changedAt === undefined ? common.save : changedMeanwhile.save)}
      </button>
      {(["preview", "check", "test"] as const).map((asked) => (
        <button
          key={asked}
          type="submit"
          name="do"
          value={asked}
          class="button"
          formNoValidate
          {...(asked === "check"
            ? { "data-live": LIVE, "data-tries": tryAt }
            : inPlace(tryAt, asked === "preview" ? "#preview" : "#tried"))}
        >
          {t(words[asked])}
        </button>
      ))}
    </div>
  );
}

/** Beside the form, and in sight while one types: what came of trying it out, and what would be sent. */
function Results({ tryAt, version, preview, tried }: Pick<FormProps, "tryAt" | "version" | "preview" | "tried">) {
  const { t } = usePage();
  // Of what has been saved before there is something to preview at once.
  const isKept = version !== null;
  return (
    <div class="results">
      <LiveCheck />
      <div id="tried" aria-live="polite">
        {tried}
      </div>
      <div
        id="preview"
        hx-post={tryAt}
        hx-include="#setting"
        hx-trigger={`${isKept ? "load, " : ""}input delay:700ms from:#setting`}
        hx-sync="this:replace"
      >
        {preview ?? (
          <div class="empty panel">
            <p data-with-script>{t(words.previewHint)}</p>
            <p data-without-script>{t(words.previewAsked)(t(words.preview))}</p>
          </div>
        )}
      </div>
    </div>
  );
}

/** The form of an endpoint, with the exact request or file beside it. */
export function SettingForm(props: FormProps) {
  const { action, tryAt, setting, kinds, codes, problem, found = [], version, changedAt, preview, tried } = props;
  const { t, language } = usePage();
  const faults = problem?.errors ?? found;
  const errors = faultsOf(faults);
  const { transport, template } = setting;
  const transportKind = kinds.transports.find(({ name }) => name === transport.type);
  const templateKind = kinds.templates.find(({ name }) => name === template.name);
  const options = transport.type.startsWith("http") ? httpOptions : fileOptions;
  const part = { setting, errors };
  return (
    <div class="beside">
      <form method="post" action={action} id="setting">
        <Csrf />
        <input type="hidden" name="transport" value={transport.type} />
        <input type="hidden" name="template" value={template.name} />
        <datalist id={CODES_LIST}>
          {[...new Map(codes.map((row) => [row.code, row.descriptions[language] ?? row.status]))].map(
            ([code, text]) => (
              <option key={code} value={code}>
                {text}
              </option>
            ),
          )}
        </datalist>
        {version !== null && <Seen state={version} />}
        {changedAt !== undefined && <ChangedMeanwhile address={action} changedAt={changedAt} />}
        {problem && <Refusal problem={problem} />}
        <section class="panel">
          <h2>{t(fields.where)}</h2>
          <TextField
            name="name"
            label={`${t(fields.name)} *`}
            help={t(fields.nameHelp)}
            error={errors.get("name")}
            value={setting.name}
            required
            maxLength={200}
          />
          {transportKind && (
            <OptionFields
              prefix="transport"
              schema={transportKind.options}
              value={transport}
              words={options}
              errors={errors}
            />
          )}
        </section>
        <section class="panel">
          <h2>{t(fields.what)}</h2>
          {templateKind && (
            <OptionFields
              prefix="template"
              schema={templateKind.options}
              value={template.options ?? {}}
              words={templateOptions}
              errors={errors}
              places={textPlacesOf(faults)}
            />
          )}
        </section>
        <Which {...part} codes={codes} />
        <Delivered {...part} />
        <Limits {...part} />
        <Alerts {...part} />
        <TextField name="event" label={t(words.event)} help={t(words.eventHelp)} />
        <Buttons tryAt={tryAt} changedAt={changedAt} />
      </form>
      <Results tryAt={tryAt} version={version} preview={preview} tried={tried} />
    </div>
  );
}
