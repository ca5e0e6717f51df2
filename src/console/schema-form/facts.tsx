import type { ComponentChildren } from "preact";
import { SECRET_MASK } from "../../schemas/secret.js";
import { Code, Facts, Text } from "../components/parts.js";
import { usePage } from "../components/use-page.js";
import { common } from "../words/common.js";
import type { OptionWords } from "../words/options/option.js";
import { schemaForm as words } from "../words/schema-form.js";
import { choiceName } from "./fields.js";
import { insideVariant, type Member, membersOf, type Parent, ROOT, type Schema, variantsOf } from "./members.js";

type Value = Readonly<Record<string, unknown>>;

interface FactsProps {
  readonly schema: Schema;
  /** As the API shows it. */
  readonly value: Value;
  readonly words: OptionWords;
  readonly parent?: Parent;
}

interface OneProps {
  readonly member: Member;
  readonly held: unknown;
  readonly words: OptionWords;
}

const recordOf = (value: unknown): Value =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Value) : {};

/** Whether there is nothing to be read; of a secret that it is not set is something. */
function isLeftOut({ isSecret }: Member, held: unknown): boolean {
  if (isSecret) return false;
  if (held === undefined || held === null || held === "") return true;
  return typeof held === "object" && Object.keys(held).length === 0;
}

/** A list of what stands in no order of its own. */
function Lines({ lines }: { readonly lines: readonly ComponentChildren[] }) {
  return (
    <ul class="lines">
      {lines.map((line, at) => (
        <li key={at}>{line}</li>
      ))}
    </ul>
  );
}

/** What a partner calls a status. */
function Theirs({ held }: { readonly held: unknown }) {
  const { code, text } = recordOf(held);
  return (
    <>
      <code>{String(code ?? "")}</code>
      {text !== undefined && (
        <>
          {" "}
          <Text>{String(text)}</Text>
        </>
      )}
    </>
  );
}

/** A secret, or names with secret values: never what they are, only whether they are set. */
function Secrets({ member, held }: Omit<OneProps, "words">) {
  const { t } = usePage();
  const said = (value: unknown) => t(value === SECRET_MASK ? words.isSet : words.isNotSet);
  if (member.kind !== "pairs") return <>{said(held)}</>;
  const lines = Object.entries(recordOf(held)).map(([name, value]) => (
    <>
      <Text>{name}</Text>: {said(value)}
    </>
  ));
  return <Lines lines={lines} />;
}

function Variant({ member, held, words: options }: OneProps) {
  const { t } = usePage();
  const value = recordOf(held);
  const type = String(value.type ?? "");
  const schema = variantsOf(member).get(type);
  return (
    <>
      {choiceName(t, member, type)}
      {schema && <OptionFacts schema={schema} value={value} words={options} parent={insideVariant(member, type)} />}
    </>
  );
}

function One({ member, held, words: options }: OneProps) {
  const { t } = usePage();
  const { kind, schema, isSecret, path, name } = member;
  if (isSecret || kind === "pairs") return <Secrets member={member} held={held} />;
  if (kind === "group") {
    return <OptionFacts schema={schema} value={recordOf(held)} words={options} parent={member} />;
  }
  if (kind === "variants") return <Variant member={member} held={held} words={options} />;
  if (kind === "status") return <Theirs held={held} />;
  if (kind === "statuses") {
    const lines = Object.entries(recordOf(held)).map(([ours, theirs]) => (
      <>
        <code>{ours}</code> → <Theirs held={theirs} />
      </>
    ));
    return <Lines lines={lines} />;
  }
  if (kind === "list")
    return <Lines lines={[held].flat().map((one) => <Text key={String(one)}>{String(one)}</Text>)} />;
  if (kind === "yesNo") return <>{t(held === true ? common.yes : common.no)}</>;
  if (kind === "choice") return <>{choiceName(t, member, String(held))}</>;
  if (kind === "long") {
    const word = options[member.place];
    return (
      <Code id={`fact-${path.replaceAll(/[^\w-]/g, "-")}`} label={word ? t(word.label) : name}>
        {String(held)}
      </Code>
    );
  }
  return <Text>{String(held)}</Text>;
}

/** The options of a transport or template to be read, made from its schema; what is not set is left out. */
export function OptionFacts({ schema, value, words: options, parent = ROOT }: FactsProps) {
  const { t } = usePage();
  const facts = membersOf(schema, parent)
    .filter((member) => !isLeftOut(member, value[member.name]))
    .map((member) => {
      const word = options[member.place];
      const shown = <One key={member.path} member={member} held={value[member.name]} words={options} />;
      return [word ? t(word.label) : member.name, shown] as const;
    });
  return facts.length > 0 ? <Facts facts={facts} /> : <p class="muted">{t(words.usual)}</p>;
}
