import {
  bareSettings,
  type EndpointSettings,
  mapSettingsSecrets,
  maskSettings,
  type Registry,
} from "../delivery/settings.js";
import { SECRET_MASK } from "../schemas/secret.js";

/**
 * What the audit log says of an endpoint's setting: its secrets masked. With `before`, a secret that is another one now is
 * told from one that stayed.
 */
export function notedSettings(
  settings: EndpointSettings,
  { registry }: { readonly registry: Registry },
  before?: EndpointSettings,
): EndpointSettings {
  const known = ({ transport, template }: EndpointSettings) =>
    registry.transportOf(transport.type) && registry.templateOf(template.name);
  // Where nobody can tell which options are secret, none is said.
  if (!known(settings)) return bareSettings(settings);
  if (!before || !known(before)) return maskSettings(settings, registry);
  const held = new Map<string, string>();
  mapSettingsSecrets(before, registry, (text, place) => held.set(place, text));
  return mapSettingsSecrets(settings, registry, (text, place) =>
    held.get(place) === text ? SECRET_MASK : `${SECRET_MASK} (changed)`,
  );
}
