import { randomBytes } from "node:crypto";
import type { ComponentChildren } from "preact";
import { NOT_KEPT } from "../kept-form.js";
import { ONCE } from "../once.js";
import { ownerOf } from "../session.js";
import { usePage } from "./use-page.js";

/** What every form that posts holds: which tells it from one of another site, whose it is, and that it is sent once. */
export function Csrf() {
  const { session } = usePage();
  if (!session) return null;
  return (
    <>
      <input type="hidden" name="csrf" value={session.csrf} />
      <input type="hidden" name="owner" value={ownerOf(session)} />
      <input type="hidden" name={ONCE} value={randomBytes(12).toString("base64url")} />
    </>
  );
}

/** Says that what is typed into a field is never kept; `*` in its name: the number of a row. */
export const NotKept = ({ name }: { readonly name: string }) => <input type="hidden" name={NOT_KEPT} value={name} />;

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly help?: ComponentChildren;
  /** What is wrong with it. */
  readonly error?: ComponentChildren;
  /** More of what is wrong, in an element of its own that is there as long as this is not undefined. */
  readonly detail?: ComponentChildren;
  /** Gets the attributes that tie label, help and error to it. */
  children(attributes: FieldAttributes): ComponentChildren;
}

interface FieldAttributes {
  readonly id: string;
  readonly name: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": "true" | undefined;
}

/** Of a field's control. */
export const fieldId = (name: string): string => `field-${name.replaceAll(/[^\w-]/g, "-")}`;

interface SaidProps {
  /** Of what it is about. */
  readonly id: string;
  readonly help: ComponentChildren;
  readonly error: ComponentChildren;
}

/** What helps with a field, and what is wrong with it. */
export function Said({ id, help, error }: SaidProps) {
  return (
    <>
      {help !== undefined && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error !== undefined && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </>
  );
}

/** A label, its control, and what is said about it. */
export function Field({ name, label, help, error, detail, children }: FieldProps) {
  const id = fieldId(name);
  const parts = { help, error, detail };
  const described = (["help", "error", "detail"] as const)
    .filter((part) => parts[part] !== undefined)
    .map((part) => `${id}-${part}`);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        name,
        "aria-describedby": described.length > 0 ? described.join(" ") : undefined,
        "aria-invalid": error === undefined ? undefined : "true",
      })}
      <Said id={id} help={help} error={error} />
      {detail !== undefined && (
        <div id={`${id}-detail`} aria-live="polite">
          {detail}
        </div>
      )}
    </div>
  );
}

interface TextProps extends Omit<FieldProps, "children"> {
  readonly value?: string | undefined;
  readonly type?: "text" | "email" | "password" | "search" | "number" | "url" | "date" | "datetime-local";
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly autoComplete?: string;
  /** `/` on the keyboard goes to it. */
  readonly isSearch?: boolean;
}

export function TextField({ value, type = "text", required, maxLength, autoComplete, isSearch, ...field }: TextProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <>
          {type === "password" && <NotKept name={attributes.name} />}
          <input
            {...attributes}
            type={type as "text"}
            value={value}
            required={required}
            maxLength={maxLength}
            autocomplete={autoComplete}
            data-search={isSearch ? "" : undefined}
          />
        </>
      )}
    </Field>
  );
}

interface SelectProps extends Omit<FieldProps, "children"> {
  readonly value?: string | undefined;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export function SelectField({ value, options, ...field }: SelectProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <select {...attributes}>
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === (value ?? "")}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface ActionProps {
  /** Where it posts to. */
  readonly action: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  /** Asked before it is sent, where there is JavaScript. */
  readonly confirm?: string;
  /** Sent along, hidden. */
  readonly values?: Readonly<Record<string, string>>;
}

/** A button that does something: a form of its own, so that it works without JavaScript. */
export function ActionButton({ action, children, class: style = "button", confirm, values = {} }: ActionProps) {
  return (
    <form method="post" action={action} data-confirm={confirm}>
      <Csrf />
      {Object.entries(values).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={style}>
        {children}
      </button>
    </form>
  );
}
