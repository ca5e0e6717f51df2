import type { ComponentChildren } from "preact";
import { common } from "../words/common.js";
import { fieldId, Said } from "./form.js";
import { usePage } from "./use-page.js";

/** What the script puts the number of a row in the place of, counted from 0 in names and from 1 for people. */
const ROW = "__row__";
const NUMBER = "__number__";
/** Rows to fill in that stand there without JavaScript too. */
const EMPTY_ROWS = 2;

type Row = Readonly<Record<string, string>>;

interface CellAttributes {
  readonly name: string;
  readonly "aria-label": string;
}

/** A column of a table that people fill in. */
export interface Column {
  /** The last part of its controls' names: `limits.quietHours.0.from`. */
  readonly name: string;
  readonly label: string;
  /** Of a control that holds the value; text where it is left out. */
  readonly type?: (value: string) => "text" | "password" | "time" | "datetime-local";
  /** The element that holds what may be typed. */
  readonly list?: string;
  /** It says what the row is of, and cannot be changed. */
  readonly isFixed?: boolean;
  readonly placeholder?: (row: Row) => string | undefined;
  /** In the place of a text. */
  readonly control?: (attributes: CellAttributes, value: string) => ComponentChildren;
}

interface RowsProps {
  readonly name: string;
  readonly label: string;
  readonly help?: ComponentChildren;
  readonly error?: ComponentChildren;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The rows are given; none are added. */
  readonly isFixed?: boolean;
}

interface CellProps extends Pick<RowsProps, "name"> {
  readonly column: Column;
  readonly row: Row;
  readonly at: string | number;
}

function Cell({ name, column, row, at }: CellProps) {
  const number = typeof at === "number" ? String(at + 1) : NUMBER;
  const attributes = { name: `${name}.${at}.${column.name}`, "aria-label": `${column.label} ${number}` };
  const value = row[column.name] ?? "";
  const type = column.type?.(value) ?? "text";
  if (column.isFixed) {
    return (
      <th scope="row">
        <input type="hidden" name={attributes.name} value={value} />
        <code>{value}</code>
      </th>
    );
  }
  return (
    <td data-label={column.label}>
      {column.control?.(attributes, value) ?? (
        <input
          {...attributes}
          type={type as "text"}
          value={value}
          list={column.list}
          placeholder={column.placeholder?.(row)}
          autocomplete={type === "password" ? "new-password" : "off"}
          spellcheck={false}
        />
      )}
    </td>
  );
}

function Line({ name, columns, row, at }: Pick<RowsProps, "name" | "columns"> & Omit<CellProps, "column">) {
  return (
    <tr>
      {columns.map((column) => (
        <Cell key={column.name} name={name} column={column} row={row} at={at} />
      ))}
    </tr>
  );
}

/** A table that people fill in; `rowsOf` reads it. Rows are taken away by emptying them. */
export function RowsField({ name, label, help, error, columns, rows, isFixed = false }: RowsProps) {
  const { t } = usePage();
  const id = fieldId(name);
  const parts = { help, error };
  const described = (["help", "error"] as const).filter((part) => parts[part] !== undefined);
  const empty = Array.from({ length: isFixed ? 0 : EMPTY_ROWS }, (): Row => ({}));
  return (
    <fieldset
      class="rows"
      id={id}
      aria-describedby={described.map((part) => `${id}-${part}`).join(" ") || undefined}
      data-invalid={error === undefined ? undefined : ""}
    >
      <legend>{label}</legend>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col">
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody id={`${id}-rows`}>
          {[...rows, ...empty].map((row, at) => (
            <Line key={at} name={name} columns={columns} row={row} at={at} />
          ))}
        </tbody>
      </table>
      {!isFixed && (
        <>
          <template id={`${id}-row`}>
            <Line name={name} columns={columns} row={{}} at={ROW} />
          </template>
          <button type="button" class="button small" data-adds-row={id} data-with-script>
            {t(common.addRow)}
          </button>
        </>
      )}
      <Said id={id} help={help} error={error} />
    </fieldset>
  );
}
