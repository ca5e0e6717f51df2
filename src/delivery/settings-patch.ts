import type { TSchema } from "typebox";
import { mapSecrets, SECRET_MASK } from "../schemas/secret.js";
import type { TemplateSetting } from "../types.js";
import { BY_KIND, type EndpointSettings, type Registry } from "./settings.js";
import { isObject } from "./settings-check.js";

/** Puts the secrets that are set in the place of the masks that were sent back for them. */
function unmask(schema: TSchema | undefined, current: Record<string, unknown>, sent: Record<string, unknown>) {
  if (!schema) return sent;
  const secrets = new Map<string, string>();
  mapSecrets(schema, current, (text, path) => {
    secrets.set(path, text);
    return text;
  });
  return mapSecrets(schema, sent, (text, path) => (text === SECRET_MASK ? (secrets.get(path) ?? text) : text));
}

/** A copy of a template's setting in which `change` was applied to every secret of its options; as it is where it is unknown. */
export function mapTemplateSecrets(
  template: TemplateSetting,
  registry: Registry,
  change: (secret: string, path: string) => unknown,
): TemplateSetting {
  const schema = registry.templateOf(template.name)?.optionsSchema;
  if (!schema || !template.options) return template;
  return {
    ...template,
    options: mapSecrets(schema, template.options, (text, path) => change(text, `options.${path}`)),
  };
}

/** A template's setting that was sent back for `current`, with the secrets that are set in the place of their masks. */
export function unmaskTemplate(
  current: TemplateSetting,
  { name, options = {} }: TemplateSetting,
  registry: Registry,
): TemplateSetting {
  if (name !== current.name) return { name, options };
  return { name, options: unmask(registry.templateOf(name)?.optionsSchema, current.options ?? {}, options) };
}

/** `changes` over `current`, where null takes a member away, but for one that is null already. */
function mergeOptions(current: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  const merged = Object.entries({ ...current, ...changes });
  return Object.fromEntries(merged.filter(([name, value]) => value !== null || current[name] === null));
}

function mergeTransport(current: EndpointSettings["transport"], patch: Record<string, unknown>, registry: Registry) {
  const { type = current.type } = patch;
  if (type !== current.type) return patch;
  const schema = registry.transportOf(current.type)?.optionsSchema;
  return { ...mergeOptions(current, unmask(schema, current, patch)), type };
}

function mergeTemplate(current: EndpointSettings["template"], patch: Record<string, unknown>, registry: Registry) {
  const { name = current.name, options = {} } = patch;
  if (name !== current.name || !isObject(options)) return patch;
  const schema = registry.templateOf(current.name)?.optionsSchema;
  return { ...patch, name, options: mergeOptions(current.options, unmask(schema, current.options, options)) };
}

/** Leaves out what was only the default of the old kind of transport, so that the new kind's serves. */
function forgetKindDefaults(merged: Record<string, unknown>, current: EndpointSettings, registry: Registry): void {
  const before = registry.transportOf(current.transport.type)?.kind;
  const type = isObject(merged.transport) ? merged.transport.type : undefined;
  const after = typeof type === "string" ? registry.transportOf(type)?.kind : undefined;
  if (!before || !after || before === after) return;
  const defaults = BY_KIND[before];
  if (merged.timeoutSeconds === defaults.timeoutSeconds) delete merged.timeoutSeconds;
  if (isObject(merged.limits) && merged.limits.concurrency === defaults.concurrency) {
    const { concurrency: _default, ...limits } = merged.limits;
    merged.limits = limits;
  }
}

/** A whole setting that was sent back for `current`, with the secrets that are set in the place of their masks. */
export function unmaskSettings(current: EndpointSettings, input: unknown, registry: Registry): unknown {
  if (!isObject(input)) return input;
  const { transport, template } = input;
  const unmasked = { ...input };
  if (isObject(transport) && transport.type === current.transport.type) {
    const schema = registry.transportOf(current.transport.type)?.optionsSchema;
    unmasked.transport = unmask(schema, current.transport, transport);
  }
  if (isObject(template) && template.name === current.template.name && isObject(template.options)) {
    const schema = registry.templateOf(current.template.name)?.optionsSchema;
    unmasked.template = { ...template, options: unmask(schema, current.template.options, template.options) };
  }
  return unmasked;
}

/**
 * The setting with a patch applied, still to be judged by `completeSettings`. Objects are merged one level deep; a
 * secret that is left out or sent back as `********` stays as it is; null takes a member away (RFC 7396), so that its
 * default serves, but no object as a whole. Another transport type or template name replaces the old options whole.
 */
export function mergePatch(current: EndpointSettings, patch: unknown, registry: Registry): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map<string, unknown>(Object.entries(current));
  for (const [key, value] of Object.entries(patch)) {
    const held = members.get(key);
    if (value === null && !isObject(held) && held !== null) members.delete(key);
    else if (!isObject(value)) members.set(key, value);
    else if (key === "transport") members.set(key, mergeTransport(current.transport, value, registry));
    else if (key === "template") members.set(key, mergeTemplate(current.template, value, registry));
    else members.set(key, mergeOptions(isObject(held) ? held : {}, value));
  }
  // Unlike an assignment, this makes a member of a patch's `__proto__`, to be refused like any other unknown one.
  const merged = Object.fromEntries(members);
  forgetKindDefaults(merged, current, registry);
  return merged;
}
