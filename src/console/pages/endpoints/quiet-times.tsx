import type { ComponentChildren } from "preact";
import { type QuietTime, WEEKDAYS } from "../../../schemas/endpoint.js";
import { type Column, RowsField } from "../../components/rows.js";
import { usePage } from "../../components/use-page.js";
import { rowsOf } from "../../schema-form/read.js";
import { setting as fields } from "../../words/setting.js";

const HOURS = "limits.quietHours";
const MAINTENANCE = "limits.maintenance";
/** A Sunday, with which WEEKDAYS begins. */
const SUNDAY = Date.UTC(2024, 0, 7);
const DAY_MS = 86_400_000;
const FROM_MONDAY = [...WEEKDAYS.slice(1), ...WEEKDAYS.slice(0, 1)];

/** Where a browser's own control can hold the value: it knows neither 24:00 nor offsets from UTC. */
const clockType = (value: string) => (value === "24:00" ? "text" : "time");
const dateType = (value: string) => (/^(?:\d{4}-\d\d-\d\dT\d\d:\d\d)?$/.test(value) ? "datetime-local" : "text");

type Weekday = (typeof WEEKDAYS)[number];

/** What a weekday is called, in short. */
function dayNames(language: string): (day: Weekday) => string {
  const name = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
  return (day) => name.format(SUNDAY + WEEKDAYS.indexOf(day) * DAY_MS);
}

/** The times when nothing is sent, to be read: one line each. */
export function quietLines(times: readonly QuietTime[], language: string): string[] {
  const name = dayNames(language);
  return times.map(({ from, to = "", until, days = [] }) => {
    const named = FROM_MONDAY.filter((day) => days.includes(day)).map(name);
    return `${from} – ${until ?? to}${named.length > 0 ? ` (${named.join(", ")})` : ""}`;
  });
}

function daysColumn(label: string, language: string): Column {
  const name = dayNames(language);
  return {
    name: "days",
    label,
    control: ({ name: control, "aria-label": group }, value) => (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset in a cell would be announced as a table of its own
      <div class="days" role="group" aria-label={group}>
        {FROM_MONDAY.map((day) => (
          <label key={day} class="choice">
            <input type="checkbox" name={control} value={day} checked={value.split(" ").includes(day)} /> {name(day)}
          </label>
        ))}
      </div>
    ),
  };
}

interface Props {
  readonly times: readonly QuietTime[];
  readonly error: ComponentChildren;
}

/** When nothing is sent: hours of every day or of some, and times of maintenance. */
export function QuietTimes({ times, error }: Props) {
  const { t, language } = usePage();
  const hours = times.filter(({ until }) => until === undefined);
  const maintenance = times.filter(({ until }) => until !== undefined);
  return (
    <>
      <RowsField
        name={HOURS}
        label={t(fields.quietHours)}
        help={t(fields.quietHelp)}
        error={error}
        columns={[
          { name: "from", label: t(fields.from), type: clockType },
          { name: "to", label: t(fields.to), type: clockType },
          daysColumn(t(fields.days), language),
        ]}
        rows={hours.map(({ from, to = "", days = [] }) => ({ from, to, days: days.join(" ") }))}
      />
      <RowsField
        name={MAINTENANCE}
        label={t(fields.maintenance)}
        help={t(fields.maintenanceHelp)}
        columns={[
          { name: "from", label: t(fields.from), type: dateType },
          { name: "until", label: t(fields.until), type: dateType },
        ]}
        rows={maintenance.map(({ from, until = "" }) => ({ from, until }))}
      />
    </>
  );
}

/** The times that were filled in. What is half filled in stays as it is, for the API to refuse. */
export function quietTimesOf(form: URLSearchParams): QuietTime[] {
  const hours = rowsOf(form, HOURS)
    .map((cell) => ({ from: cell("from"), to: cell("to"), days: cell("days").split(" ").filter(Boolean) }))
    .filter(({ from, to, days }) => from !== "" || to !== "" || days.length > 0)
    .map(({ days, ...time }) => ({ ...time, ...(days.length > 0 ? { days } : {}) }));
  const maintenance = rowsOf(form, MAINTENANCE)
    .map((cell) => ({ from: cell("from"), until: cell("until") }))
    .filter(({ from, until }) => from !== "" || until !== "");
  return [...hours, ...maintenance] as QuietTime[];
}
