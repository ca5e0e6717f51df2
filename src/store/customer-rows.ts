import type { Registry } from "../delivery/settings.js";
import { mapTemplateSecrets } from "../delivery/settings-patch.js";
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
}

const placeOf = (id: string, path: string) => `customers/${id}/callbackTemplate.${path}`;

/** A callback template as JSON with every secret encrypted, bound to this customer and field. */
export function sealTemplate(id: string, template: TemplateSetting, { registry, secrets }: CustomerCodec): string {
  const sealed = mapTemplateSecrets(template, registry, (text, path) => secrets.encrypt(text, placeOf(id, path)));
  return JSON.stringify(sealed);
}

/** The template with its secrets in clear; without any option where they cannot be read, as its endpoints rest then. */
function openTemplate(id: string, stored: TemplateSetting, { registry, secrets }: CustomerCodec): TemplateSetting {
  try {
    return mapTemplateSecrets(stored, registry, (text, path) => secrets.decrypt(text, placeOf(id, path)));
  } catch {
    return { name: stored.name, options: {} };
  }
}

/** The customer of a row. */
export function toCustomer(row: CustomerRow, codec: CustomerCodec): Customer {
  return {
    id: row.id,
    name: row.name,
    timeZone: row.time_zone,
    emails: JSON.parse(row.emails),
    language: row.language as Customer["language"],
    callbackTemplate: openTemplate(row.id, JSON.parse(row.callback_template), codec),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
