import type { ComponentChildren } from "preact";
import { SECRET_MASK } from "../../schemas/secret.js";
import { Field, fieldId, NotKept, SelectField, TextField } from "../components/form.js";
import { usePage } from "../components/use-page.js";
import type { Translate } from "../word.js";
import { common } from "../words/common.js";
import { optionChoices } from "../words/options/choices.js";
import type { OptionWords } from "../words/options/option.js";
import { schemaForm as words } from "../words/schema-form.js";
import { FaultLine, type TextPlace } from "./fault-line.js";
import {
  insideVariant,
  type Member,
  type MemberKind,
  membersOf,
  type Parent,
  ROOT,
  type Schema,
  variantsOf,
} from "./members.js";
import { SecretRows, StatusRow, StatusRows } from "./rows.js";

type Value = Readonly<Record<string, unknown>>;
type Errors = ReadonlyMap<string, ComponentChildren>;

interface FieldsProps {
  readonly prefix: string;
  readonly schema: Schema;
  /** As the API shows it, or as it was typed. */
  readonly value: Value;
  readonly words: OptionWords;
  /** By the place of the field, with the prefix. */
  readonly errors: Errors;
  /** Where in texts of several lines the faults lie, in the same way. */
  readonly places?: ReadonlyMap<string, TextPlace>;
  readonly parent?: Parent;
}

interface OneProps extends Omit<FieldsProps, "schema" | "parent" | "value"> {
  readonly member: Member;
  readonly held: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as it stands in a control. */
function textOf({ kind }: Member, held: unknown): string {
  if (held === undefined || held === null) return "";
  if (kind === "list") return Array.isArray(held) ? held.join("\n") : String(held);
  if (kind === "yesNo") return held === true ? "yes" : "no";
  return String(held);
}

/** What a choice of a member is called. */
export const choiceName = (t: Translate, { place }: Member, value: string): string => {
  const word = optionChoices[place]?.[value];
  return word ? t(word) : value;
};

/** A secret is never in the page: only whether it is set. */
function Secret({ prefix, member, held, words: options, errors }: OneProps) {
  const { t } = usePage();
  const name = `${prefix}.${member.path}`;
  const isSet = held === SECRET_MASK;
  const word = options[member.place];
  const help = [word && t(word.help), t(isSet ? words.secretSet : words.secretNotSet)].filter(Boolean).join(" ");
  const isLong = member.kind === "long" || (member.schema.maxLength ?? 0) > 2000;
  return (
    <>
      <NotKept name={name} />
      <Field
        name={name}
        label={word ? t(word.label) : member.name}
        help={help}
        error={errors.get(`${prefix}.${member.place}`)}
      >
        {(attributes) =>
          isLong ? (
            <textarea {...attributes} rows={3} autocomplete="off" spellcheck={false} />
          ) : (
            <input {...attributes} type="password" autocomplete="new-password" />
          )
        }
      </Field>
      {isSet && !member.isRequired && (
        <p>
          <label>
            <input type="checkbox" name={`${name}.remove`} value="yes" /> {t(words.removeSecret)}
          </label>
        </p>
      )}
    </>
  );
}

function Group({ prefix, member, held, words: options, errors }: OneProps) {
  const { t } = usePage();
  const word = options[member.place];
  const value = isRecord(held) ? held : {};
  const isOpen =
    Object.keys(value).length > 0 || [...errors.keys()].some((at) => at.startsWith(`${prefix}.${member.place}`));
  return (
    <details class="more" open={isOpen}>
      <summary>{word ? t(word.label) : member.name}</summary>
      {word && <p class="muted small">{t(word.help)}</p>}
      <OptionFields
        prefix={prefix}
        schema={member.schema}
        value={value}
        words={options}
        errors={errors}
        parent={member}
      />
    </details>
  );
}

/** All alternatives stand in the page; the script shows the chosen one, and without it each says what it is of. */
function Variants({ prefix, member, held, words: options, errors }: OneProps) {
  const { t } = usePage();
  const word = options[member.place];
  const value = isRecord(held) ? held : {};
  const name = `${prefix}.${member.path}.type`;
  const variants = [...variantsOf(member)];
  return (
    <>
      <SelectField
        name={name}
        label={word ? t(word.label) : member.name}
        help={word && t(word.help)}
        error={errors.get(`${prefix}.${member.place}`)}
        value={typeof value.type === "string" ? value.type : ""}
        options={[
          { value: "", label: t(common.none) },
          ...variants.map(([type]) => ({ value: type, label: choiceName(t, member, type) })),
        ]}
      />
      {variants.map(([type, schema]) => (
        <fieldset key={type} data-shown-for={name} data-shown-value={type}>
          <legend>{choiceName(t, member, type)}</legend>
          <OptionFields
            prefix={prefix}
            schema={schema}
            value={value.type === type ? value : {}}
            words={options}
            errors={errors}
            parent={insideVariant(member, type)}
          />
        </fieldset>
      ))}
    </>
  );
}

function Plain({ prefix, member, held, words: options, errors, places }: OneProps) {
  const { t } = usePage();
  const { kind, schema, isRequired } = member;
  const name = `${prefix}.${member.path}`;
  const word = options[member.place];
  const label = (word ? t(word.label) : member.name) + (isRequired ? " *" : "");
  const field = { name, label, help: word && t(word.help), error: errors.get(`${prefix}.${member.place}`) };
  const text = textOf(member, held);
  if (kind === "choice" || kind === "yesNo") {
    const values = kind === "choice" ? (schema.enum ?? []) : ["yes", "no"];
    const shown = (value: string) =>
      kind === "choice" ? choiceName(t, member, value) : t(value === "yes" ? common.yes : common.no);
    const none = isRequired ? [] : [{ value: "", label: t(words.usual) }];
    return (
      <SelectField
        {...field}
        value={text}
        options={[...none, ...values.map((value) => ({ value, label: shown(value) }))]}
      />
    );
  }
  if (kind === "text" || kind === "whole") {
    return <TextField {...field} value={text} />;
  }
  const rows = member.name === "body" ? 14 : 4;
  const place = places?.get(`${prefix}.${member.place}`);
  const detail = kind === "long" ? place ? <FaultLine text={text} place={place} /> : null : undefined;
  return (
    <Field {...field} detail={detail}>
      {(attributes) => (
        <textarea {...attributes} rows={rows} spellcheck={false} data-lines={kind === "long" ? "" : undefined}>
          {text}
        </textarea>
      )}
    </Field>
  );
}

/** What is a table of its own. */
const TABLES = { statuses: StatusRows, status: StatusRow, pairs: SecretRows } as const;

const isTable = (kind: MemberKind): kind is keyof typeof TABLES => kind in TABLES;

function Rows({ prefix, member, held, words: options, errors, kind }: OneProps & { kind: keyof typeof TABLES }) {
  const { t } = usePage();
  const word = options[member.place];
  const Table = TABLES[kind];
  return (
    <Table
      name={`${prefix}.${member.path}`}
      label={word ? t(word.label) : member.name}
      help={word && t(word.help)}
      error={errors.get(`${prefix}.${member.place}`)}
      member={member}
      held={held}
    />
  );
}

function One(props: OneProps) {
  const { kind, isSecret } = props.member;
  if (isTable(kind)) return <Rows {...props} kind={kind} />;
  if (isSecret) return <Secret {...props} />;
  if (kind === "group") return <Group {...props} />;
  return kind === "variants" ? <Variants {...props} /> : <Plain {...props} />;
}

/** The fields of a transport's or template's options, made from its schema. */
export function OptionFields(props: FieldsProps) {
  const { prefix, schema, value, words: options, errors, places, parent = ROOT } = props;
  return (
    <>
      {membersOf(schema, parent).map((member) => (
        <One
          key={member.path}
          prefix={prefix}
          member={member}
          held={value[member.name]}
          words={options}
          errors={errors}
          {...(places ? { places } : {})}
        />
      ))}
    </>
  );
}

type FaultsProps = Pick<FieldsProps, "prefix" | "schema" | "value"> & {
  readonly places: ReadonlyMap<string, TextPlace>;
};

/** The faults of the long texts of a form that is in the page already, to be put to their fields there. */
export function FaultsInPlace({ prefix, schema, value, places }: FaultsProps) {
  const texts = membersOf(schema).filter(({ kind, isSecret }) => kind === "long" && !isSecret);
  return (
    <>
      {texts.map((member) => {
        const place = places.get(`${prefix}.${member.place}`);
        return (
          <div
            key={member.path}
            id={`${fieldId(`${prefix}.${member.path}`)}-detail`}
            aria-live="polite"
            hx-swap-oob="true"
          >
            {place && <FaultLine text={textOf(member, value[member.name])} place={place} />}
          </div>
        );
      })}
    </>
  );
}
