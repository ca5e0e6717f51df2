import type { ComponentChildren } from "preact";
import { SelectField, TextField } from "../../components/form.js";
import { Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { LANGUAGES } from "../../word.js";
import { languageNames } from "../../words/common.js";
import { setting as fields } from "../../words/setting.js";
import type { Row } from "../catalogue.js";
import { QuietTimes } from "./quiet-times.js";
import type { Setting } from "./setting.js";

type Errors = ReadonlyMap<string, ComponentChildren>;
interface PartProps {
  readonly setting: Setting;
  readonly errors: Errors;
}

const STATUSES = ["PROCESSING", "WARNING", "DELIVERED", "NOTOK", "CANCELLED"];

/** A part of the form that is folded, unless something in it is wrong. */
function Part({ title, isOpen = false, children }: { title: string; isOpen?: boolean; children: ComponentChildren }) {
  return (
    <details class="panel more" open={isOpen}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {children}
    </details>
  );
}

const isFaulty = (errors: Errors, prefix: string) => [...errors.keys()].some((place) => place.startsWith(prefix));

function Codes({ codes, chosen }: { readonly codes: readonly Row[]; readonly chosen: readonly string[] }) {
  const { t, language } = usePage();
  const unique = [...new Map(codes.map((row) => [row.code, row])).values()];
  return (
    <details class="more" open={chosen.length > 0}>
      <summary>{t(fields.codes)}</summary>
      <p data-with-script>
        <label>
          {t(fields.findCode)} <input type="search" data-filters="status-codes" />
        </label>
      </p>
      <ul class="choices" id="status-codes">
        {unique.map(({ code, descriptions, status }) => (
          <li key={code}>
            <label>
              <input type="checkbox" name="filter.statusCodes" value={code} checked={chosen.includes(code)} />
              <code>{code}</code> <Text>{descriptions[language] ?? status}</Text>
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Which statuses go there. */
export function Which({ setting: { filter = {} }, errors, codes }: PartProps & { readonly codes: readonly Row[] }) {
  const { t } = usePage();
  const { statuses = [], statusCodes = [], sources = [] } = filter;
  const known = new Set(codes.map(({ code }) => code));
  return (
    <Part
      title={t(fields.which)}
      isOpen={isFaulty(errors, "filter") || statuses.length + statusCodes.length + sources.length > 0}
    >
      <p class="muted small">{t(fields.whichHelp)}</p>
      <fieldset>
        <legend>{t(fields.statuses)}</legend>
        {STATUSES.map((status) => (
          <label key={status} class="choice">
            <input type="checkbox" name="filter.statuses" value={status} checked={statuses.includes(status)} /> {status}
          </label>
        ))}
      </fieldset>
      <Codes codes={codes} chosen={statusCodes} />
      <TextField
        name="filter.moreCodes"
        label={t(fields.moreCodes)}
        help={t(fields.moreCodesHelp)}
        error={errors.get("filter.statusCodes")}
        value={statusCodes.filter((code) => !known.has(code)).join(", ")}
      />
      <TextField
        name="filter.sources"
        label={t(fields.sources)}
        help={t(fields.sourcesHelp)}
        error={errors.get("filter.sources")}
        value={sources.join(", ")}
      />
    </Part>
  );
}

/** What counts as delivered, and how it is tried again. */
export function Delivered({ setting: { success = {}, retry = {}, timeoutSeconds }, errors }: PartProps) {
  const { t } = usePage();
  return (
    <Part title={t(fields.retry)} isOpen={["success", "retry", "timeout"].some((part) => isFaulty(errors, part))}>
      <TextField
        name="retry.schedule"
        label={t(fields.schedule)}
        help={t(fields.scheduleHelp)}
        error={errors.get("retry.schedule")}
        value={(retry.schedule ?? []).join(", ")}
      />
      <div class="field-row">
        <TextField
          name="retry.giveUpAfter"
          label={t(fields.giveUpAfter)}
          help={t(fields.durationHelp)}
          error={errors.get("retry.giveUpAfter")}
          value={retry.giveUpAfter}
        />
        <TextField
          name="timeoutSeconds"
          label={t(fields.timeout)}
          help={t(fields.timeoutHelp)}
          error={errors.get("timeoutSeconds")}
          value={timeoutSeconds === undefined ? "" : String(timeoutSeconds)}
        />
      </div>
      <h3>{t(fields.success)}</h3>
      <div class="field-row">
        <TextField
          name="success.statusCodes"
          label={t(fields.successCodes)}
          help={t(fields.successCodesHelp)}
          error={errors.get("success.statusCodes")}
          value={(success.statusCodes ?? []).join(", ")}
        />
        <TextField
          name="success.bodyIncludes"
          label={t(fields.bodyIncludes)}
          help={t(fields.bodyIncludesHelp)}
          error={errors.get("success.bodyIncludes")}
          value={success.bodyIncludes}
        />
      </div>
    </Part>
  );
}

/** How much at a time, how often, in which order, and when not. */
export function Limits({ setting: { limits = {} }, errors }: PartProps) {
  const { t } = usePage();
  const { concurrency, rate, order = "none", overtakeAfter, batch = {}, quietHours = [], shards } = limits;
  const text = (value: unknown) => (value === undefined || value === null ? "" : String(value));
  const field = (name: string, label: string, value: unknown, help?: string) => (
    <TextField
      name={`limits.${name}`}
      label={label}
      help={help}
      error={errors.get(`limits.${name}`)}
      value={text(value)}
    />
  );
  return (
    <Part title={t(fields.limits)} isOpen={isFaulty(errors, "limits")}>
      <div class="field-row">
        {field("concurrency", t(fields.concurrency), concurrency, t(fields.concurrencyHelp))}
        {field("rate.count", t(fields.rateCount), rate?.count, t(fields.rateHelp))}
        <SelectField
          name="limits.rate.per"
          label={t(fields.ratePer)}
          help={t(fields.ratePerHelp)}
          value={rate?.per ?? "second"}
          options={(["second", "minute", "hour"] as const).map((per) => ({ value: per, label: t(fields[per]) }))}
        />
      </div>
      <SelectField
        name="limits.order"
        label={t(fields.order)}
        help={t(fields.orderHelp)}
        error={errors.get("limits.order")}
        value={order}
        options={(["none", "per-order", "latest-only"] as const).map((value) => ({ value, label: t(fields[value]) }))}
      />
      {field("overtakeAfter", t(fields.overtakeAfter), overtakeAfter, t(fields.overtakeHelp))}
      <div class="field-row">
        {field("batch.maxEvents", t(fields.maxEvents), batch.maxEvents, t(fields.maxEventsHelp))}
        {field("batch.maxWait", t(fields.maxWait), batch.maxWait, t(fields.durationHelp))}
        {field("shards", t(fields.shards), shards, t(fields.shardsHelp))}
      </div>
      <QuietTimes times={quietHours} error={errors.get("limits.quietHours")} />
    </Part>
  );
}

/** Who is told of failures, and in which time zone times are. */
export function Alerts({ setting: { alerts = {}, timeZone }, errors }: PartProps) {
  const { t } = usePage();
  const zones = ["", ...Intl.supportedValuesOf("timeZone")];
  return (
    <Part title={t(fields.alerts)} isOpen={["alerts", "timeZone"].some((part) => isFaulty(errors, part))}>
      <TextField
        name="alerts.emails"
        label={t(fields.emails)}
        help={t(fields.emailsHelp)}
        error={errors.get("alerts.emails")}
        value={(alerts.emails ?? []).join(", ")}
      />
      <div class="field-row">
        <SelectField
          name="alerts.language"
          label={t(fields.language)}
          help={t(fields.languageHelp)}
          value={alerts.language}
          options={[
            { value: "", label: t(fields.asCustomer) },
            ...LANGUAGES.map((each) => ({ value: each, label: t(languageNames[each]) })),
          ]}
        />
        <SelectField
          name="timeZone"
          label={t(fields.timeZone)}
          help={t(fields.timeZoneHelp)}
          error={errors.get("timeZone")}
          value={timeZone ?? ""}
          options={zones.map((zone) => ({ value: zone, label: zone === "" ? t(fields.asCustomer) : zone }))}
        />
      </div>
    </Part>
  );
}
