import type { Registry } from "../delivery/settings.js";
import { mapTemplateSecrets } from "../delivery/settings-patch.js";
import { SECRET_MASK } from "../schemas/secret.js";
import type { Customer, TemplateSetting } from "../types.js";
import type { Secrets } from "./secrets.js";

/** What turns rows into customers and back. */
export interface CustomerCodec {
  readonly registry: Registry;
  readonly secrets: Secrets;
}

export interface CustomerRow {
  readonly id: string;
  readonly name: string;
  readonly time_zone: string | null;
  readonly emails: string;
  readonly language: string;
  readonly callback_template: string;
  readonly created_at: number | bigint;
  readonly updated_at: number | bigint;
  readonly retention_days: number | null;
  readonly payload_days: number | null;
  readonly portal_enabled: number;
  readonly portal_may: string;
}

const placeOf = (id: string, path: string) => `customers/${id}/callbackTemplate.${path}`;

/**
 * A callback template as JSON with every secret encrypted, bound to this customer and field. `kept`: texts that stand for
 * their masks as they are, by path, for nobody can read them now.
 */
export function sealTemplate(
  id: string,
  template: TemplateSetting,
  { registry, secrets }: CustomerCodec,
  kept: ReadonlyMap<string, string> = new Map(),
): string {
  const sealed = mapTemplateSecrets(
    template,
    registry,
    (text, path) => (text === SECRET_MASK ? kept.get(path) : undefined) ?? secrets.encrypt(text, placeOf(id, path)),
  );
  return JSON.stringify(sealed);
}

/** The secrets of a stored template that no key opens, as they are kept, by path. */
export function unreadableSecrets(
  id: string,
  stored: TemplateSetting,
  { registry, secrets }: CustomerCodec,
): Map<string, string> {
  const found = new Map<string, string>();
  mapTemplateSecrets(stored, registry, (sealed, path) => {
    try {
      secrets.decrypt(sealed, placeOf(id, path));
    } catch {
      found.set(path, sealed);
    }
    return sealed;
  });
  return found;
}

/** The template with its secrets in clear; a mask stands where one cannot be read, and `problem` says why. */
function openTemplate(id: string, stored: TemplateSetting, { registry, secrets }: CustomerCodec) {
  let problem: string | undefined;
  const template = mapTemplateSecrets(stored, registry, (sealed, path) => {
    try {
      return secrets.decrypt(sealed, placeOf(id, path));
    } catch (error) {
      problem ??= (error as Error).message;
      return SECRET_MASK;
    }
  });
  return { template, problem };
}

/** The customer of a row. */
export function toCustomer(row: CustomerRow, codec: CustomerCodec): Customer {
  const { template, problem } = openTemplate(row.id, JSON.parse(row.callback_template), codec);
  return {
    id: row.id,
    name: row.name,
    timeZone: row.time_zone,
    emails: JSON.parse(row.emails),
    language: row.language as Customer["language"],
    callbackTemplate: template,
    retentionDays: row.retention_days,
    payloadDays: row.payload_days,
    portal: { enabled: row.portal_enabled === 1, may: JSON.parse(row.portal_may) },
    ...(problem === undefined ? {} : { callbackProblem: problem }),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
