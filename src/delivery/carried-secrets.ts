import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import { isSent, SECRET_MASK } from "../schemas/secret.js";
import { type EndpointSettings, mapSettingsSecrets, type Registry } from "./settings.js";
import { isObject } from "./settings-check.js";

/** Whether two settings send their secrets to the same servers. What cannot be told for sure is another server. */
function haveSameServers(one: EndpointSettings, other: EndpointSettings, registry: Registry): boolean {
  const [those, these] = [one, other].map(({ transport }) => registry.transportOf(transport.type)?.servers(transport));
  if (!those || !these || those.length !== these.length) return false;
  return those.every(({ scheme, host, port }, at) => {
    const server = these[at];
    return host !== undefined && server?.scheme === scheme && server.host === host && server.port === port;
  });
}

/** The secrets that go out as they are, by their places. */
function sentSecrets(settings: EndpointSettings, registry: Registry): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  mapSettingsSecrets(settings, registry, (text, place, marked) => {
    if (isSent(marked)) secrets.set(place, text);
    return text;
  });
  return secrets;
}

/** The members that a dotted place leads through; the name of a header may hold dots itself. */
function stepsOf(value: unknown, place: string): string[] {
  const at = place.indexOf(".");
  if (at < 0 || (isObject(value) && Object.hasOwn(value, place))) return [place];
  const first = place.slice(0, at);
  return [first, ...stepsOf(isObject(value) ? value[first] : undefined, place.slice(at + 1))];
}

const given = (input: unknown, steps: readonly string[]): unknown =>
  steps.reduce((value, name) => (isObject(value) ? value[name] : undefined), input);

/**
 * The secrets that `changed`, a sound setting, would take along from `current` to another server: whoever may change an
 * endpoint could have them sent to a server of their own, and read there what no answer shows. `input` is what was sent:
 * what stands in it is known to who sent it.
 */
export function carriedSecretErrors(
  current: EndpointSettings,
  changed: EndpointSettings,
  input: unknown,
  registry: Registry,
): FieldError[] {
  if (!registry.transportOf(current.transport.type) || !registry.templateOf(current.template.name)) return [];
  if (haveSameServers(current, changed, registry)) return [];
  const held = sentSecrets(current, registry);
  const carried = [...sentSecrets(changed, registry)]
    .filter(([place, secret]) => held.get(place) === secret)
    .map(([place]) => stepsOf(changed, place))
    .filter((steps) => [undefined, SECRET_MASK].includes(given(input, steps) as string));
  return carried.map((steps) => fault(`/${steps.join("/")}`, "secret_again"));
}
