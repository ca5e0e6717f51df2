import type { ComponentChildren } from "preact";
import type { Problem } from "../../../schemas/problem.js";
import { Csrf, TextField } from "../../components/form.js";
import { usePage } from "../../components/use-page.js";
import { Refusal } from "../../refusal.js";
import { OptionFields } from "../../schema-form/fields.js";
import { common } from "../../words/common.js";
import { endpoints as words } from "../../words/endpoints.js";
import { fileOptions } from "../../words/options/files.js";
import { httpOptions } from "../../words/options/http.js";
import { templateOptions } from "../../words/options/templates.js";
import { setting as fields } from "../../words/setting.js";
import { faultsOf, type Kinds, type Setting } from "./setting.js";
import { Alerts, type Code, Delivered, Limits, Which } from "./setting-parts.js";

interface FormProps {
  /** Where it posts to. */
  readonly action: string;
  /** Where the connection of a changed setting is previewed. */
  readonly previewAt: string;
  readonly setting: Setting;
  readonly kinds: Kinds;
  readonly codes: readonly Code[];
  readonly problem: Problem | null;
  /** What was asked of the form beside being kept: shown beside it. */
  readonly children?: ComponentChildren;
}

/** What an endpoint's form can be asked for. */
export const ASKED = ["save", "preview", "check", "test"] as const;
export type Asked = (typeof ASKED)[number];

function Buttons() {
  const { t } = usePage();
  return (
    <div class="buttons">
      <button type="submit" name="do" value="save" class="button primary">
        {t(common.save)}
      </button>
      {(["preview", "check", "test"] as const).map((asked) => (
        <button key={asked} type="submit" name="do" value={asked} class="button">
          {t(words[asked])}
        </button>
      ))}
    </div>
  );
}

/** The form of an endpoint, with the exact request or file beside it. */
export function SettingForm({ action, previewAt, setting, kinds, codes, problem, children }: FormProps) {
  const { t } = usePage();
  const errors = faultsOf(problem);
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
            />
          )}
        </section>
        <Which {...part} codes={codes} />
        <Delivered {...part} />
        <Limits {...part} />
        <Alerts {...part} />
        <TextField name="event" label={t(words.event)} help={t(words.eventHelp)} />
        <Buttons />
      </form>
      <div
        id="preview"
        hx-post={previewAt}
        hx-include="#setting"
        hx-trigger="input delay:700ms from:#setting, change delay:300ms from:#setting"
        hx-sync="this:replace"
      >
        {children}
      </div>
    </div>
  );
}
