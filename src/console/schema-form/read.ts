import { SECRET_MASK } from "../../schemas/secret.js";
import { insideVariant, type Member, membersOf, type Parent, ROOT, type Schema, variantsOf } from "./members.js";

type Value = Readonly<Record<string, unknown>>;

export const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** A row of a table that was filled in: what stands in one of its columns, without spaces around it. */
type Cells = (column: string) => string;

/** More than any table may have: the API refuses what is as long, and what is longer is not worth the reading. */
const MOST_ROWS = 1000;

/**
 * The rows of `RowsField`, in their order. Of several controls of one cell, such as days, all that were chosen, with
 * spaces between. Gone through once, however many fields a form holds.
 */
export function rowsOf(form: URLSearchParams, name: string): readonly Cells[] {
  const rows = new Map<number, Map<string, string>>();
  const before = `${name}.`;
  for (const [key, value] of form) {
    if (!key.startsWith(before)) continue;
    const [row = "", column = ""] = key.slice(before.length).split(".", 2);
    if (!/^\d{1,6}$/.test(row)) continue;
    const at = Number(row);
    const cells = rows.get(at) ?? new Map<string, string>();
    if (rows.size >= MOST_ROWS && !rows.has(at)) continue;
    rows.set(at, cells);
    const held = cells.get(column);
    cells.set(column, held === undefined ? value : `${held} ${value}`);
  }
  const inOrder = [...rows].sort(([one], [other]) => one - other);
  return inOrder.map(
    ([, cells]) =>
      (column) =>
        (cells.get(column) ?? "").trim(),
  );
}

/** What a partner calls a status. */
function statusOf(cell: Cells): { code: string; text?: string } | undefined {
  const [code, text] = [cell("code"), cell("text")];
  if (code === "" && text === "") return undefined;
  return { code, ...(text === "" ? {} : { text }) };
}

/** By our codes, or by our statuses, which stand in each row whether or not something was filled in. */
function statusesOf(rows: readonly Cells[], { schema }: Member): Record<string, unknown> {
  const isFixed = schema.properties !== undefined;
  const read = rows.map((cell) => [cell("ours"), statusOf(cell)] as const);
  const filled = read.filter(([ours, theirs]) => theirs !== undefined || (ours !== "" && !isFixed));
  // A code alone is nobody's wish: the API says what is missing.
  return Object.fromEntries(filled.map(([ours, theirs]) => [ours, theirs ?? { code: "" }]));
}

/** Names with their values; a value that is left empty stays as it is, where one was set: elsewhere the API refuses it. */
function pairsOf(rows: readonly Cells[], held: unknown): Record<string, unknown> {
  const before = new Map(Object.entries((held ?? {}) as Value));
  const pairs = rows.map((cell) => [cell("name"), cell("value")] as const);
  const filled = pairs.filter(([name, value]) => name !== "" || value !== "");
  return Object.fromEntries(filled.map(([name, value]) => [name, value || (before.get(name) ?? null)]));
}

/** A table as the map that it fills in; undefined where nothing was. */
function tableOf(form: URLSearchParams, name: string, member: Member, held: unknown): unknown {
  const rows = rowsOf(form, name);
  if (member.kind === "status") return rows.map(statusOf)[0];
  const map = member.kind === "pairs" ? pairsOf(rows, held) : statusesOf(rows, member);
  return Object.keys(map).length === 0 ? undefined : map;
}

/** Secrets that are left empty stay as they are, where one was set: its mask is sent back. */
function secretOf(form: URLSearchParams, name: string, held: unknown): unknown {
  const given = form.get(name) ?? "";
  if (form.get(`${name}.remove`) === "yes") return undefined;
  return given.trim() === "" ? held : given;
}

function memberOf(form: URLSearchParams, prefix: string, member: Member, held: unknown): unknown {
  const name = `${prefix}.${member.path}`;
  const { kind, isSecret } = member;
  if (kind === "pairs" || kind === "statuses" || kind === "status") return tableOf(form, name, member, held);
  if (isSecret) return secretOf(form, name, held);
  const text = form.get(name) ?? "";
  if (kind === "group" || kind === "variants") return groupOf(form, prefix, member, held);
  if (text.trim() === "") return undefined;
  switch (kind) {
    case "whole":
      // What is no number stays as it was typed, for the API to refuse.
      return /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : text;
    case "yesNo":
      return text === "yes";
    case "list":
      return linesOf(text);
    case "long":
      // Browsers send every line end as CRLF; nobody has typed one.
      return text.replaceAll("\r\n", "\n");
    default:
      return text.trim();
  }
}

/** A group that is switched on, or of which something was filled in. */
function groupOf(form: URLSearchParams, prefix: string, member: Member, held: unknown): unknown {
  const before = (typeof held === "object" && held !== null ? held : {}) as Value;
  if (member.kind === "variants") {
    const chosen = form.get(`${prefix}.${member.path}.type`) ?? "";
    const schema = variantsOf(member).get(chosen);
    if (!schema) return undefined;
    const same = before.type === chosen ? before : {};
    return { type: chosen, ...readOptions(form, prefix, schema, same, insideVariant(member, chosen)) };
  }
  const value = readOptions(form, prefix, member.schema, before, member);
  const typed = Object.values(value).some((each) => each !== SECRET_MASK);
  return typed ? value : undefined;
}

/**
 * What was filled in, as the options of a transport or template. `held`: as the API shows them now, with masks; a secret
 * that is left empty is its mask again. Names are `prefix.path`.
 */
export function readOptions(
  form: URLSearchParams,
  prefix: string,
  schema: Schema,
  held: Value = {},
  parent: Parent = ROOT,
): Record<string, unknown> {
  const read = membersOf(schema, parent).map((member) => [
    member.name,
    memberOf(form, prefix, member, held[member.name]),
  ]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

/** A patch takes away what was there and is no longer: null in its place. */
export function asPatch(value: Value, held: Value): Record<string, unknown> {
  const gone = Object.keys(held).filter((name) => value[name] === undefined && !name.startsWith("previousSigning"));
  return { ...value, ...Object.fromEntries(gone.map((name) => [name, null])) };
}
