import { usePage } from "../components/use-page.js";
import { schemaForm as words } from "../words/schema-form.js";

/** Where in a text the fault lies; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column?: number | undefined;
}

/** A line may be as long as the whole text: what is shown of it, on each side of the fault. */
const AROUND = 60;

interface Shown {
  readonly text: string;
  /** Of the caret in the text that is shown; null: it is not known. */
  readonly caret: number | null;
}

function shownPart(line: string, column: number | undefined): Shown {
  const at = Math.min(column ?? 1, line.length + 1) - 1;
  const from = Math.max(0, at - AROUND);
  const to = Math.min(line.length, at + AROUND);
  const [before, after] = [from > 0 ? "…" : "", to < line.length ? "…" : ""];
  // A tab would move the caret away from what it points at.
  const text = `${before}${line.slice(from, to).replaceAll("\t", " ")}${after}`;
  return { text, caret: column === undefined ? null : before.length + at - from };
}

/** The line of a text in which the fault lies, with its number, its neighbours and a caret at the column. */
export function FaultLine({ text, place: { line, column } }: { readonly text: string; readonly place: TextPlace }) {
  const { t } = usePage();
  const lines = text.split("\n");
  const faulty = lines[line - 1];
  if (faulty === undefined) return null;
  const width = String(line + 1).length;
  const numbered = (number: number, shown: string) => `${String(number).padStart(width)} │ ${shown}`;
  const neighbour = (number: number) => {
    const held = lines[number - 1];
    return held === undefined ? null : <span class="muted">{numbered(number, shownPart(held, undefined).text)}</span>;
  };
  const shown = shownPart(faulty, column);
  return (
    <div class="fault-line">
      <p>{t(words.inLine)(String(line), column === undefined ? null : String(column))}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>
        {neighbour(line - 1)}
        {line > 1 && "\n"}
        <mark>{numbered(line, shown.text)}</mark>
        {shown.caret !== null && <span aria-hidden="true">{`\n${" ".repeat(width + 3 + shown.caret)}^`}</span>}
        {line < lines.length && "\n"}
        {neighbour(line + 1)}
      </pre>
    </div>
  );
}
