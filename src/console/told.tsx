import type { VNode } from "preact";
import { failureReason } from "../reasons/reasons.js";
import { partsOf } from "../schemas/rules/rules.js";
import { Text } from "./components/parts.js";
import { usePage } from "./components/use-page.js";
import { forms, paramWords } from "./words/faults/params.js";
import { places } from "./words/faults/places.js";
import { asTold, forPeople, sentenceOf } from "./words/faults/sentences.js";
import { serverSays, stepWords } from "./words/faults/steps.js";

type Params = Readonly<Record<string, string | number>>;

/** What the API tells of a field or a refusal. */
interface Told {
  readonly message: string;
  readonly rule?: string | undefined;
  readonly params?: Params | undefined;
}

const own = <T,>(words: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined;

/** One parameter of a sentence: a word in the reader's language where it is one, else as it was given. */
function Param({ name, params }: { readonly name: string; readonly params: Params }) {
  const { t } = usePage();
  // What a pattern is described by in the schemas is English.
  if (name === "form" && params.pattern !== undefined) {
    const form = own(forms, String(params.pattern));
    return form ? t(form) : <code>{params.pattern}</code>;
  }
  const value = String(params[name] ?? "");
  const words = paramWords[name];
  if (!words) return <Text>{value}</Text>;
  const named = value.split(",").map((each) => {
    const word = own(words, each);
    return word ? t(word) : each;
  });
  return <Text>{named.join(" / ")}</Text>;
}

/** What cannot be translated, inside the reader's language. */
function AsTold({ message }: Pick<Told, "message">) {
  const { t } = usePage();
  return (
    <>
      {t(asTold)} <bdi lang="en">{message}</bdi>
    </>
  );
}

/** A sentence of the API in the reader's language; one that has no words there is told as it is. */
function Sentence({ told: { message, rule, params = {} } }: { readonly told: Told }) {
  const { t, language } = usePage();
  if (language === "en") return <Text>{forPeople(rule) ?? message}</Text>;
  const sentence = sentenceOf(rule);
  if (!sentence) return <AsTold message={message} />;
  return <Parts sentence={t(sentence)} params={params} />;
}

function Parts({ sentence, params }: { readonly sentence: string; readonly params: Params }) {
  const parts = partsOf(sentence);
  return <>{parts.map((part, at) => (at % 2 === 0 ? part : <Param key={part} name={part} params={params} />))}</>;
}

interface Step {
  readonly ok: boolean;
  readonly detail: string;
  readonly code?: string;
  readonly params?: Params;
}

/** What a step of a connection test says, with the server's own words as they are. */
export function StepText({ step: { ok, detail, code = "", params = {} } }: { readonly step: Step }) {
  const { t, language } = usePage();
  if (language === "en" || code === "") return <Text>{detail}</Text>;
  const sentence = own(stepWords, code);
  if (ok) return sentence ? <Parts sentence={sentence[language]} params={params} /> : <AsTold message={detail} />;
  const why = failureReason({ fault: null, code, text: detail }, language);
  return (
    <>
      {why === detail ? <AsTold message={detail} /> : <Text>{why}</Text>}
      {params.reply !== undefined && (
        <>
          {" "}
          {t(serverSays)} <Text>{String(params.reply)}</Text>
        </>
      )}
    </>
  );
}

/** What is wrong with a field; `row`: in which row, of a field that is a table. */
export const faultText = (fault: Told, row?: string): VNode => (
  <>
    {row !== undefined && (
      <>
        <Text>{row}</Text>:{" "}
      </>
    )}
    <Sentence told={fault} />
  </>
);

/** What a refusal as a whole says. */
export function RefusalText({ problem: { detail: message, rule, params } }: { readonly problem: Refused }) {
  return <Sentence told={{ message, rule, params }} />;
}

interface Refused extends Omit<Told, "message"> {
  readonly detail: string;
}

/** A path in the form of the places: of the API's parameters as of a body's members, of a setting without what is around it. */
const placeOf = (path: string): string =>
  path
    .replace(/^\?|^\{(\w+)\}$/, "/$1")
    .replace(/^\/(?:endpoint|customerSettings|endpoints\/\d+)(?=\/)/, "")
    .replace(/^\/(?:template\/options|callbackTemplate\/options)/, "/template")
    .slice(1)
    .replaceAll("/", ".");

/** What the form calls the field at a path, with what is below it; the path itself where no form has it. */
export function FaultPlace({ path }: { readonly path: string }) {
  const { t } = usePage();
  if (path === "") return null;
  const steps = placeOf(path).split(".");
  for (let length = steps.length; length > 0; length--) {
    const word = own(places, steps.slice(0, length).join("."));
    if (!word) continue;
    const below = steps.slice(length).map((step) => (/^\d+$/.test(step) ? String(Number(step) + 1) : step));
    return (
      <>
        <strong>{t(word)}</strong>
        {below.length > 0 && (
          <>
            {" "}
            <code>{below.join(" ")}</code>
          </>
        )}
      </>
    );
  }
  return <code>{path}</code>;
}
