import { Field } from "../../components/form.js";
import type { SignedIn } from "../../page.js";
import { common } from "../../words/common.js";
import { endpoints as words } from "../../words/endpoints.js";
import { transportName } from "../deliveries/shared.js";
import { fittingTemplates, type Kinds, type Setting, templateLabel } from "./setting.js";

/** The button that sends the form to be made of what was chosen. */
const CHOOSE = "choose";

export const isChoice = ({ form }: SignedIn): boolean => form.get("do") === "choose";

/** Chooses transport and template of the form below, which is made of them: what was typed into it is sent along. */
export function Choice({ kinds, setting, page: { t } }: { kinds: Kinds; setting: Setting; page: SignedIn }) {
  const fitting = fittingTemplates(kinds, setting.transport.type);
  const select = (name: "transport" | "template", chosen: string, options: readonly (readonly [string, string])[]) => (
    <Field name={`choose.${name}`} label={t(words[name])} help={t(words[`${name}Help`])}>
      {(attributes) => (
        <select {...attributes} form="setting" data-chooses={CHOOSE}>
          {options.map(([value, label]) => (
            <option key={value} value={value} selected={value === chosen}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <div class="filters explained">
      {/* The Enter key sends a form by its first button, which must not be the one below. */}
      <button type="submit" form="setting" name="do" value="save" hidden>
        {t(common.save)}
      </button>
      {select(
        "transport",
        setting.transport.type,
        kinds.transports.map(({ name }) => [name, transportName(name)]),
      )}
      {select(
        "template",
        setting.template.name,
        fitting.map(({ name }) => [name, templateLabel(kinds, name, t)]),
      )}
      <div class="buttons" data-without-script>
        <button type="submit" form="setting" id={CHOOSE} name="do" value="choose" class="button" formNoValidate>
          {t(words.choose)}
        </button>
      </div>
    </div>
  );
}

/** The setting with the transport and template that were asked for; what the old ones had is left behind. */
export function chosen(setting: Setting, kinds: Kinds, asked: (name: string) => string | null): Setting {
  const type = asked("transport") ?? setting.transport.type;
  const transport = type === setting.transport.type ? setting.transport : { type };
  const fitting = fittingTemplates(kinds, type).map(({ name }) => name);
  const wanted = asked("template") ?? setting.template.name;
  const name = fitting.includes(wanted) ? wanted : (fitting[0] ?? wanted);
  const template = name === setting.template.name ? setting.template : { name, options: {} };
  return { ...setting, transport, template };
}
