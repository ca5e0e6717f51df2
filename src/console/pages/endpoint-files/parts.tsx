import type { Difference, Shown } from "../../../endpoint-files/differences.js";
import { targetOf } from "../../../endpoint-files/plan.js";
import type { FileFault } from "../../../endpoint-files/yaml.js";
import { Csrf, Field } from "../../components/form.js";
import { Badge, Panel, Text } from "../../components/parts.js";
import { Table } from "../../components/table.js";
import { usePage } from "../../components/use-page.js";
import { faultText } from "../../told.js";
import { common } from "../../words/common.js";
import { fileActions, endpointFiles as words } from "../../words/endpoint-files.js";
import type { Plan, PlannedStep } from "./plan.js";

const TONES = { create: "good", change: "warn", same: "plain", refused: "bad" } as const;

/** What is wrong, each with its line and place. */
export function FileFaults({ faults }: { readonly faults: readonly FileFault[] }) {
  const { t, format } = usePage();
  if (faults.length === 0) return null;
  return (
    <ul class="faults" aria-label={t(words.faults)}>
      {faults.map(({ line, ...fault }) => (
        <li key={fault.path + fault.message}>
          {line !== null && <strong>{t(words.line)(format.number(line))} </strong>}
          {fault.path !== "" && <code>{fault.path.slice(0, 300)}</code>} {faultText(fault)}
        </li>
      ))}
    </ul>
  );
}

function Value({ shown }: { readonly shown: Shown }) {
  const { t } = usePage();
  if (shown === "not set") return <em>{t(words.notSet)}</em>;
  if (shown === "not shown") return <em>{t(words.notShown)}</em>;
  return <code>{shown.text.length > 500 ? `${shown.text.slice(0, 500)}…` : shown.text}</code>;
}

function Differences({ list }: { readonly list: readonly Difference[] }) {
  const { t } = usePage();
  return (
    <ul class="bare">
      {list.map((difference) => (
        <li key={difference.place}>
          <code>{difference.place}</code>:{" "}
          {difference.again ? (
            <em>{t(words.again)}</em>
          ) : (
            <>
              <Value shown={difference.before} /> → <Value shown={difference.after} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

interface Row extends Pick<PlannedStep, "name" | "action" | "differences" | "faults"> {
  readonly place: string;
  readonly target: string;
}

/** One row an item: what happens to it, how it differs, and what is wrong with it. */
export function PlanTable({ plan, caption }: { readonly plan: Plan; readonly caption: string }) {
  const { t } = usePage();
  const { customer, steps } = plan;
  const settings: Row[] =
    customer.put === null
      ? []
      : [{ place: "", name: "", target: "", action: "change", differences: customer.differences, faults: plan.faults }];
  const endpoints = steps.map((step, at) => ({
    ...step,
    place: String(at),
    target: step.action === "create" ? targetOf(step.body) : "",
  }));
  return (
    <Table<Row>
      caption={caption}
      rows={[...settings, ...endpoints]}
      rowKey={({ place }) => place}
      empty={t(words.nothing)}
      columns={[
        {
          label: t(common.name),
          cell: ({ place, name }) => (place === "" ? <em>{t(words.settings)}</em> : <Text>{name}</Text>),
        },
        {
          label: t(words.what),
          cell: ({ action, faults }) => {
            const shown = faults.length > 0 ? "refused" : action;
            return <Badge tone={TONES[shown]}>{t(fileActions[shown])}</Badge>;
          },
        },
        {
          label: t(words.differences),
          cell: ({ target, differences, faults }) => (
            <>
              {target !== "" && <Text>{target}</Text>}
              <Differences list={differences} />
              <FileFaults faults={faults} />
            </>
          ),
        },
      ]}
    />
  );
}

/** Where a file is given: its text is never shown again, as it may hold secrets. */
export function FileForm({ action }: { readonly action: string }) {
  const { t } = usePage();
  return (
    <Panel>
      <form method="post" action={action} encType="multipart/form-data">
        <Csrf />
        <Field name="file" label={t(words.file)} help={t(words.fileHelp)}>
          {(attributes) => <input {...attributes} type="file" accept=".yaml,.yml,.json" />}
        </Field>
        <Field name="text" label={t(words.text)} help={t(words.textHelp)}>
          {(attributes) => <textarea {...attributes} rows={14} spellcheck={false} autocomplete="off" />}
        </Field>
        <button type="submit" class="button primary">
          {t(words.look)}
        </button>
      </form>
    </Panel>
  );
}
