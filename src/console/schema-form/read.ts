import { SECRET_MASK } from "../../schemas/secret.js";
import { insideVariant, type Member, membersOf, type Parent, ROOT, type Schema, variantsOf } from "./members.js";

type Value = Readonly<Record<string, unknown>>;

/** A name, a colon, a value on each line. */
function pairsOf(text: string): Record<string, string> {
  const pairs = linesOf(text).map((line) => {
    const [name = "", ...rest] = line.split(":");
    return [name.trim(), rest.join(":").trim()] as const;
  });
  return Object.fromEntries(pairs);
}

export const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** `their code | text`. */
function statusOf(text: string): { code: string; text?: string } {
  const [code = "", ...rest] = text.split("|");
  const said = rest.join("|").trim();
  return { code: code.trim(), ...(said === "" ? {} : { text: said }) };
}

/** `our code = their code | text` on each line. */
function statusesOf(text: string): Record<string, unknown> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const at = line.indexOf("=");
      const [ours, theirs] = at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
      return [ours.trim(), statusOf(theirs)];
    }),
  );
}

/** Secrets that are left empty stay as they are, where one was set: its mask is sent back. */
function secretOf(form: URLSearchParams, name: string, { kind }: Member, held: unknown): unknown {
  const given = form.get(name) ?? "";
  if (form.get(`${name}.remove`) === "yes") return undefined;
  if (given.trim() === "") return held;
  return kind === "pairs" ? pairsOf(given) : given;
}

function memberOf(form: URLSearchParams, prefix: string, member: Member, held: unknown): unknown {
  const name = `${prefix}.${member.path}`;
  const { kind, isSecret } = member;
  if (isSecret) return secretOf(form, name, member, held);
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
    case "pairs":
      return pairsOf(text);
    case "statuses":
      return statusesOf(text);
    case "status":
      return statusOf(text);
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
