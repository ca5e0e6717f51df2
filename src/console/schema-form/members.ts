/** A JSON Schema, as far as forms look at it. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
  readonly items?: Schema;
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly "x-secret"?: boolean;
}

/** How a member is put into a form. */
export type MemberKind =
  | "text"
  | "long"
  | "choice"
  | "whole"
  | "yesNo"
  | "list"
  | "pairs"
  | "statuses"
  | "status"
  | "group"
  | "variants";

export interface Member {
  readonly name: string;
  /** From the setting's root, with dots and the alternative that it is of: the name of its control, behind a prefix. */
  readonly path: string;
  /** The same without alternatives: what its words and faults are found by. */
  readonly place: string;
  readonly kind: MemberKind;
  readonly schema: Schema;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
}

/** From this length on a text gets room of several lines. */
const LONG = 5000;
/** Kept by what rotates secrets; nobody types them. */
const NOT_TYPED: ReadonlySet<string> = new Set(["previousSigningSecret", "previousSigningSecretUntil", "type"]);

const isMapped = (schema: Schema | undefined) => schema?.properties?.code !== undefined;

function kindOf(name: string, schema: Schema): MemberKind {
  const { type, patternProperties, properties } = schema;
  if (schema.enum) return "choice";
  if (schema.oneOf) return "variants";
  if (schema.anyOf || type === "array") return "list";
  if (type === "boolean") return "yesNo";
  if (type === "integer" || type === "number") return "whole";
  const [values] = Object.values(patternProperties ?? {});
  if (values) return isMapped(values) ? "statuses" : "pairs";
  // A map of statuses has one of the five in the place of each name.
  if (name === "statuses") return "statuses";
  if (isMapped(schema)) return "status";
  if (properties) return "group";
  return (schema.maxLength ?? 0) > LONG ? "long" : "text";
}

/** What members lie in. */
export type Parent = Pick<Member, "path" | "place">;
export const ROOT: Parent = { path: "", place: "" };

/** Where the members of an alternative lie: apart from those of the others, as all of them stand in one form. */
export const insideVariant = ({ path, place }: Member, type: string): Parent => ({ path: `${path}.${type}`, place });

/** The members of a setting's schema that people fill in, in its order. */
export function membersOf(schema: Schema, { path, place }: Parent = ROOT): readonly Member[] {
  const { properties = {}, required = [] } = schema;
  const inside = (parent: string, name: string) => (parent === "" ? name : `${parent}.${name}`);
  return Object.entries(properties)
    .filter(([name, member]) => !(NOT_TYPED.has(name) && (member.const !== undefined || name !== "type")))
    .map(([name, member]) => ({
      name,
      path: inside(path, name),
      place: inside(place, name),
      kind: kindOf(name, member),
      schema: member,
      isSecret: member["x-secret"] === true,
      isRequired: required.includes(name),
    }));
}

/** The alternatives of a member, by the constant that tells them apart. */
export function variantsOf({ schema }: Member): ReadonlyMap<string, Schema> {
  const { oneOf = [], discriminator } = schema;
  const tag = discriminator?.propertyName ?? "type";
  return new Map(oneOf.map((one) => [String(one.properties?.[tag]?.const ?? ""), one]));
}
