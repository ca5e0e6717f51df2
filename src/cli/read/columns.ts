import { EventInput } from "../../schemas/event.js";
import { CliError, EXIT } from "../fail.js";

/** How the text of a cell becomes a value. What cannot become one stays text, and the server names the field. */
type Kind = "text" | "number" | "integer-or-text" | "boolean" | "list" | "urls" | "json";

interface Field {
  readonly path: readonly string[];
  readonly kind: Kind;
}

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: object;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** ON TIME's own names, and what else says the same, to the event's fields. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["statusnl", "descriptions.nl"],
  ["statusfr", "descriptions.fr"],
  ["statusen", "descriptions.en"],
  ["referentie", "reference"],
  ["picture", "pictures"],
]);
/** Groups whose members the user names: any language, any field of one's own. */
const OPEN_GROUPS = ["descriptions", "details.extra"];

/** Names are compared without capitals, spaces, dashes and underscores. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "");
}

function kindOf(node: SchemaNode, name: string): Kind {
  if (name === "callbackUrls") return "urls";
  if (node.type === "array") return node.items?.type === "string" ? "list" : "json";
  if (node.type === "number" || node.type === "integer") return "number";
  if (node.type === "boolean") return "boolean";
  return node.anyOf?.some(({ type }) => type === "integer") ? "integer-or-text" : "text";
}

function collect(node: SchemaNode, path: readonly string[], fields: Map<string, Field>): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const place = [...path, name];
    if (child.properties) collect(child, place, fields);
    else if (!child.patternProperties) fields.set(plain(place.join(".")), { path: place, kind: kindOf(child, name) });
  }
}

function knownFields(): Map<string, Field> {
  const fields = new Map<string, Field>();
  collect(EventInput as unknown as SchemaNode, [], fields);
  fields.set("signature", { path: ["signature"], kind: "text" });
  fields.set("signedby", { path: ["signedBy"], kind: "text" });
  return fields;
}

const FIELDS = knownFields();

function fieldOf(title: string): Field | null {
  const name = plain(title);
  const known = FIELDS.get(plain(OTHER_NAMES.get(name) ?? name));
  if (known) return known;
  const spelled = OTHER_NAMES.get(name) ?? title.trim();
  const group = OPEN_GROUPS.find((open) => plain(spelled).startsWith(`${open}.`));
  if (!group) return null;
  const own = spelled.slice(spelled.indexOf(".", group.length - 1) + 1);
  return own === "" ? null : { path: [...group.split("."), own], kind: "text" };
}

function parseCellJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function convert(kind: Kind, text: string): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number": {
      // A decimal comma is what a Belgian spreadsheet writes.
      const value = Number(/^-?\d+,\d+$/.test(text) ? text.replace(",", ".") : text);
      return Number.isFinite(value) ? value : text;
    }
    case "integer-or-text":
      return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
    case "boolean":
      return /^(true|yes|1)$/i.test(text) ? true : /^(false|no|0)$/i.test(text) ? false : text;
    case "list":
      return text.trimStart().startsWith("[") ? parseCellJson(text) : [text];
    case "urls":
      return text.trimStart().startsWith("[") ? parseCellJson(text) : text.split(/\s+/).filter((url) => url !== "");
    case "json":
      return parseCellJson(text);
  }
}

function place(event: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let into = event;
  for (const name of path.slice(0, -1)) {
    if (!Object.hasOwn(into, name)) into[name] = {};
    into = into[name] as Record<string, unknown>;
  }
  // A column may be called details.extra.__proto__: defined, not assigned.
  const options = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(into, path.at(-1) ?? "", options);
}

function withSignature(event: Record<string, unknown>): Record<string, unknown> {
  const { signature, signedBy, ...rest } = event;
  if (signature === undefined && signedBy === undefined) return event;
  return { ...rest, signatures: [{ image: signature ?? "", ...(signedBy === undefined ? {} : { signedBy }) }] };
}

/** Makes events of rows. Empty cells are left out. Throws CliError (exit code 1) for a heading that names unknown columns. */
export function createRowMapper(heading: readonly string[], ignore: readonly string[]) {
  const ignored = new Set(ignore.map(plain));
  const unknown: string[] = [];
  const taken = new Map<string, string>();
  const fields = heading.map((title) => {
    if (title.trim() === "" || ignored.has(plain(title))) return null;
    const field = fieldOf(title);
    if (!field) unknown.push(`"${title.trim().slice(0, 60)}"`);
    const where = field?.path.join(".") ?? "";
    const other = taken.get(where);
    if (field && other !== undefined) {
      throw new CliError(EXIT.refused, `The columns "${other}" and "${title.trim()}" both say ${where}: remove one.`);
    }
    taken.set(where, title.trim());
    return field;
  });
  if (unknown.length > 0) {
    throw new CliError(
      EXIT.refused,
      `No field of an event is called ${unknown.slice(0, 10).join(", ")}. Rename the column (waybell send --help lists the names), or leave it out with --ignore-columns.`,
    );
  }
  return {
    columns: heading.length,
    toEvent(cells: readonly string[]): Record<string, unknown> {
      const event: Record<string, unknown> = {};
      fields.forEach((field, at) => {
        const text = cells[at] ?? "";
        if (field && text.trim() !== "") place(event, field.path, convert(field.kind, text));
      });
      return withSignature(event);
    },
  };
}
