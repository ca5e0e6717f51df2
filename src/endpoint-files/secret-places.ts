import { isSecret, membersOf } from "../schemas/secret.js";
import { type Item, isItem, text } from "./item.js";

/** The schemas of the options that transports and templates have, by their names; undefined: there is none of this name. */
export interface Kinds {
  transport(type: string): object | undefined;
  template(name: string): object | undefined;
}

/** Whether the value at a dotted place may not be shown. */
export type IsHidden = (place: string, value: unknown) => boolean;

/** Whether an option, or something below it, is secret or of a name that the schema does not know. */
function hides(schema: unknown, names: readonly string[], value: unknown): boolean {
  const [name, ...rest] = names;
  if (isSecret(schema)) return true;
  const options = membersOf(schema);
  // Of free names and single values nothing is marked: it was looked at above.
  if (options.size === 0) return false;
  if (name !== undefined) {
    const option = options.get(name);
    return option === undefined || hides(option, rest, value);
  }
  return isItem(value) && Object.entries(value).some(([each, held]) => hides(schema, [each], held));
}

/**
 * What may not be shown of an endpoint's, or a customer's, values. `root`: the dotted place of a template that stands
 * elsewhere than in an endpoint. Of an unknown transport or template nobody can tell what is secret: nothing is shown.
 */
export function hiddenIn(item: Item, kinds: Kinds): IsHidden {
  const parts = [
    { at: "transport", schema: kinds.transport(text(item.transport, "type")) },
    { at: "template.options", schema: kinds.template(text(item.template, "name")) },
    { at: "callbackTemplate.options", schema: kinds.template(text(item.callbackTemplate, "name")) },
  ];
  return (place, value) => {
    for (const { at, schema } of parts) {
      const [group = ""] = at.split(".");
      if (place === group && isItem(value)) {
        const inside = at === group ? value : value.options;
        return isItem(inside) && Object.keys(inside).length > 0;
      }
      if (place === at) return isItem(value) && Object.keys(value).length > 0;
      if (!place.startsWith(`${at}.`)) continue;
      const names = place.slice(at.length + 1).split(".");
      if (place === "transport.type") return false;
      return schema === undefined || hides(schema, names, value);
    }
    return false;
  };
}
