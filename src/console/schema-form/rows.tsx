import type { ComponentChildren } from "preact";
import { SECRET_MASK } from "../../schemas/secret.js";
import { NotKept } from "../components/form.js";
import { RowsField } from "../components/rows.js";
import { usePage } from "../components/use-page.js";
import { schemaForm as words } from "../words/schema-form.js";
import type { Member } from "./members.js";

/** The element of the page that lists the catalogue's codes, for fields that take one. */
export const CODES_LIST = "catalogue-codes";

interface Props {
  /** Of its control. */
  readonly name: string;
  readonly label: string;
  readonly help: string | undefined;
  readonly error: ComponentChildren;
  readonly member: Member;
  /** As the API shows it, or as it was typed. */
  readonly held: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const textOf = (held: unknown, part: string): string => (isRecord(held) ? String(held[part] ?? "") : "");

/** Our codes, or our statuses, with what the partner calls each. */
export function StatusRows({ member, held, ...field }: Props) {
  const { t } = usePage();
  const map = isRecord(held) ? held : {};
  // A map of statuses has one of the five in the place of each name.
  const statuses = member.schema.properties && Object.keys(member.schema.properties);
  return (
    <RowsField
      {...field}
      columns={[
        statuses
          ? { name: "ours", label: t(words.ourStatus), isFixed: true }
          : { name: "ours", label: t(words.ours), list: CODES_LIST },
        { name: "code", label: t(words.theirs) },
        { name: "text", label: t(words.theirText) },
      ]}
      rows={(statuses ?? Object.keys(map)).map((ours) => ({
        ours,
        code: textOf(map[ours], "code"),
        text: textOf(map[ours], "text"),
      }))}
      isFixed={statuses !== undefined}
    />
  );
}

/** What a partner calls all that nothing else fits. */
export function StatusRow({ member: _, held, ...field }: Props) {
  const { t } = usePage();
  return (
    <RowsField
      {...field}
      columns={[
        { name: "code", label: t(words.theirs) },
        { name: "text", label: t(words.theirText) },
      ]}
      rows={[{ code: textOf(held, "code"), text: textOf(held, "text") }]}
      isFixed
    />
  );
}

/** Names with secret values, such as headers: a value is never in the page, only whether it is set. */
export function SecretRows({ member: _, held, ...field }: Props) {
  const { t } = usePage();
  return (
    <>
      <NotKept name={`${field.name}.*.value`} />
      <RowsField
        {...field}
        columns={[
          { name: "name", label: t(words.header) },
          {
            name: "value",
            label: t(words.headerValue),
            type: () => "password",
            placeholder: ({ isSet }) => (isSet ? t(words.valueSet) : undefined),
          },
        ]}
        rows={Object.entries(isRecord(held) ? held : {}).map(([name, value]) => ({
          name,
          ...(value === SECRET_MASK ? { isSet: "yes" } : {}),
        }))}
      />
    </>
  );
}
