import type { ComponentChildren } from "preact";
import { common } from "../words/common.js";
import { usePage } from "./use-page.js";

interface Column<T> {
  readonly label: string;
  readonly isNumber?: boolean;
  cell(row: T): ComponentChildren;
}

interface TableProps<T> {
  /** What the table holds, for those who do not see it. */
  readonly caption: string;
  readonly showCaption?: boolean;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  rowKey(row: T): string;
  /** Said in place of rows. */
  readonly empty?: ComponentChildren;
}

/** A table; on a narrow screen each row is a card that names its values. The first column names the row. */
export function Table<T>({ caption, showCaption = false, columns, rows, rowKey, empty }: TableProps<T>) {
  const { t } = usePage();
  if (rows.length === 0) return <p class="empty panel">{empty ?? t(common.nothing)}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="table stacks" tabIndex={0} aria-label={caption}>
      <table>
        <caption class={showCaption ? undefined : "visually-hidden"}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, isNumber }) => (
              <th key={label} scope="col" class={isNumber ? "number" : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ label, isNumber, cell }) => (
                <td key={label} data-label={label} class={isNumber ? "number" : undefined}>
                  <div class="cell">{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The way to the next page of a list, and back to its first. `next`: the cursor; null: this is the last. */
export function Pager({ next }: { readonly next: string | null }) {
  const { t, query, request } = usePage();
  const [path] = request.url.split("?", 1);
  const at = (cursor: string | null) => {
    const parameters = new URLSearchParams(query);
    parameters.delete("notice");
    if (cursor === null) parameters.delete("cursor");
    else parameters.set("cursor", cursor);
    return `${path}?${parameters}`;
  };
  if (next === null && !query.has("cursor")) return null;
  return (
    <nav class="pager" aria-label={t(common.older)}>
      {query.has("cursor") ? (
        <a class="button small" href={at(null)}>
          {t(common.newer)}
        </a>
      ) : (
        <span />
      )}
      {next !== null && (
        <a class="button small" rel="next" href={at(next)}>
          {t(common.older)}
        </a>
      )}
    </nav>
  );
}
