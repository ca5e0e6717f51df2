import type { ComponentChildren } from "preact";
import { Facts, Panel, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { OptionFacts } from "../../schema-form/facts.js";
import { common, languageNames } from "../../words/common.js";
import { fileOptions } from "../../words/options/files.js";
import { httpOptions } from "../../words/options/http.js";
import { templateOptions } from "../../words/options/templates.js";
import { setting as fields } from "../../words/setting.js";
import { quietLines } from "./quiet-times.js";
import type { Kinds, Setting } from "./setting.js";

interface PartProps {
  readonly setting: Setting;
}

const isNamed = <T extends string>(names: Readonly<Record<T, unknown>>, name: string): name is T => name in names;

/** What was filled in; undefined: nothing. */
const filled = (value: string | number | null | undefined) =>
  value === undefined || value === null || value === "" ? undefined : <Text>{String(value)}</Text>;

const fact = (label: string, value: ComponentChildren) => (value === undefined ? undefined : ([label, value] as const));

function Which({ setting: { filter = {} } }: PartProps) {
  const { t } = usePage();
  const list = (chosen: readonly string[] = []) => (chosen.length === 0 ? t(common.all) : filled(chosen.join(", ")));
  return (
    <Panel title={t(fields.which)}>
      <Facts
        facts={[
          [t(fields.statuses), list(filter.statuses)],
          [t(fields.codes), list(filter.statusCodes)],
          [t(fields.sources), list(filter.sources)],
        ]}
      />
    </Panel>
  );
}

function Delivered({ setting: { success = {}, retry = {}, timeoutSeconds } }: PartProps) {
  const { t } = usePage();
  return (
    <Panel title={t(fields.retry)}>
      <Facts
        facts={[
          fact(t(fields.schedule), filled(retry.schedule?.join(", "))),
          fact(t(fields.giveUpAfter), filled(retry.giveUpAfter)),
          fact(t(fields.timeout), filled(timeoutSeconds)),
          fact(t(fields.successCodes), filled(success.statusCodes?.join(", "))),
          fact(t(fields.bodyIncludes), filled(success.bodyIncludes)),
        ]}
      />
    </Panel>
  );
}

const ORDERS = { none: fields.none, "per-order": fields["per-order"], "latest-only": fields["latest-only"] } as const;
const PER = { second: fields.second, minute: fields.minute, hour: fields.hour } as const;

function Limits({ setting: { limits = {} } }: PartProps) {
  const { t, language } = usePage();
  const { concurrency, rate, order = "none", overtakeAfter, batch = {}, quietHours = [], shards } = limits;
  const per = rate && isNamed(PER, rate.per) ? `${rate.count} ${t(fields.ratePer)} ${t(PER[rate.per])}` : undefined;
  return (
    <Panel title={t(fields.limits)}>
      <Facts
        facts={[
          fact(t(fields.concurrency), filled(concurrency)),
          fact(t(fields.rateCount), filled(per)),
          fact(t(fields.order), isNamed(ORDERS, order) ? t(ORDERS[order]) : filled(order)),
          fact(t(fields.overtakeAfter), order === "per-order" ? filled(overtakeAfter) : undefined),
          fact(t(fields.maxEvents), filled(batch.maxEvents)),
          fact(t(fields.maxWait), filled(batch.maxWait)),
          fact(t(fields.shards), filled(shards)),
          fact(t(fields.quietHours), filled(quietLines(quietHours, language).join("; "))),
        ]}
      />
    </Panel>
  );
}

function Alerts({ setting: { alerts = {}, timeZone } }: PartProps) {
  const { t } = usePage();
  const { emails = [], language = "" } = alerts;
  const asCustomer = t(fields.asCustomer);
  return (
    <Panel title={t(fields.alerts)}>
      <Facts
        facts={[
          [t(fields.emails), filled(emails.join(", ")) ?? asCustomer],
          [t(fields.language), isNamed(languageNames, language) ? t(languageNames[language]) : asCustomer],
          [t(fields.timeZone), filled(timeZone) ?? asCustomer],
        ]}
      />
    </Panel>
  );
}

/** The setting of an endpoint, for who may not change it: to be read, secrets as set or not set. */
export function SettingFacts({ setting, kinds }: PartProps & { readonly kinds: Kinds }) {
  const { t } = usePage();
  const { transport, template } = setting;
  const transportKind = kinds.transports.find(({ name }) => name === transport.type);
  const templateKind = kinds.templates.find(({ name }) => name === template.name);
  const options = transport.type.startsWith("http") ? httpOptions : fileOptions;
  return (
    <div class="panels">
      <Panel title={t(fields.where)}>
        {transportKind && <OptionFacts schema={transportKind.options} value={transport} words={options} />}
      </Panel>
      <Panel title={t(fields.what)}>
        {templateKind && (
          <OptionFacts schema={templateKind.options} value={template.options ?? {}} words={templateOptions} />
        )}
      </Panel>
      <Which setting={setting} />
      <Delivered setting={setting} />
      <Limits setting={setting} />
      <Alerts setting={setting} />
    </div>
  );
}
