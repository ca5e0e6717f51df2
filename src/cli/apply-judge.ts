import {
  callbackTemplateErrors,
  completeSettings,
  type EndpointSettings,
  mapSettingsSecrets,
  type Registry,
} from "../delivery/settings.js";
import { mergePatch } from "../delivery/settings-patch.js";
import type { FieldError } from "../errors.js";
import { CustomerId, CustomerInput } from "../schemas/customer.js";
import { EndpointInput } from "../schemas/endpoint.js";
import { SECRET_MASK } from "../schemas/secret.js";
import { compileSchema } from "../schemas/validate.js";
import { chooseFormat } from "../templates/choose-format.js";
import { templateOf } from "../templates/index.js";
import { transportOf } from "../transports/index.js";
import type { Client } from "./client.js";
import { type Item, isItem, text } from "./context.js";
import { canonicalJson } from "./event-id.js";
import { ApiError, CliError, EXIT, fieldLines } from "./fail.js";

const registry: Registry = { transportOf, templateOf, chooseFormat };
const checkId = compileSchema(CustomerId);
const checkCustomer = compileSchema(CustomerInput);

const STAND_IN = "stand-in";
const SIGNING_STAND_IN = `whsec_${"A".repeat(43)}=`;

function requireSound(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new CliError(EXIT.refused, `It has faulty fields.\n${fieldLines(errors)}`);
}

/** Throws CliError where the server would not take this customer: it has no call that only judges one. */
export function judgeCustomer(id: string, input: Item): void {
  const errors = [...checkId(id).map(({ message }) => ({ path: "/customer", message })), ...checkCustomer(input)];
  const { callbackTemplate } = input as CustomerInput;
  if (errors.length === 0 && callbackTemplate) errors.push(...callbackTemplateErrors(callbackTemplate, registry));
  requireSound(errors);
}

interface Draft {
  readonly setting: unknown;
  /** JSON pointers of what only stands for a secret that the server keeps: what is said of them means nothing. */
  readonly unknown: ReadonlySet<string>;
}

/** Puts something of the right form in the place of each secret that is set, as its mask itself would be refused. */
function withStandIns(setting: Item): Draft {
  const unknown = new Set<string>();
  const { transport, template } = setting as unknown as Pick<EndpointSettings, "transport" | "template">;
  if (!isItem(transport) || !isItem(template)) return { setting, unknown };
  if (!transportOf(text(transport, "type")) || !templateOf(text(template, "name"))) return { setting, unknown };
  const whole = { ...setting, transport, template: { ...template, options: template.options ?? {} } };
  const replaced = mapSettingsSecrets(whole, registry, (secret, place) => {
    if (secret !== SECRET_MASK) return secret;
    unknown.add(`/${place.replaceAll(".", "/")}`);
    return place.endsWith("igningSecret") ? SIGNING_STAND_IN : STAND_IN;
  });
  const certificate = "/transport/clientCertificate";
  if (unknown.has(`${certificate}/passphrase`)) unknown.add(`${certificate}/key`);
  if (unknown.has("/transport/passphrase")) unknown.add("/transport/privateKey");
  if (!unknown.has("/transport/privateKey")) return { setting: replaced, unknown };
  // No key can stand for another, but a password serves where a key does.
  const { privateKey: _key, passphrase: _phrase, ...others } = replaced.transport as Item;
  return { setting: { ...replaced, transport: { password: STAND_IN, ...others } }, unknown };
}

/** The setting as it would be: what the file says over what is there. */
function toDraft(body: Item, there: Item | null): Draft {
  if (there === null) return { setting: body, unknown: new Set() };
  const kept = Object.entries(there).filter(([name]) => name in EndpointInput.properties);
  const merged = mergePatch(Object.fromEntries(kept) as unknown as EndpointSettings, body, registry);
  return isItem(merged) ? withStandIns(merged) : { setting: merged, unknown: new Set() };
}

function requireSameCallback(there: Item, setting: unknown): void {
  const fixed = ({ transport, template }: Item) =>
    canonicalJson([text(transport, "type"), text(transport, "url"), template]);
  if (!isItem(setting) || fixed(setting) === fixed(there)) return;
  throw new CliError(
    EXIT.refused,
    "It stands for a callback URL: its URL cannot be changed, and its template is the customer's callbackTemplate.",
  );
}

/**
 * Throws CliError where the server would not take this setting; changes nothing. `there`: the endpoint that it changes.
 * `owner`: a customer that exists, in whose name it is tried; without one the setting is judged by this version's rules.
 */
export async function judgeEndpoint(
  client: Client,
  owner: string | null,
  body: Item,
  there: Item | null,
): Promise<void> {
  const { setting, unknown } = toDraft(body, there);
  if (there?.origin === "callback") requireSameCallback(there, setting);
  if (owner === null) return requireSound(completeSettings(setting, registry).fields);
  try {
    await client.request("POST", "/v1/test", { body: { customer: owner, action: "preview", endpoint: setting } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422 || error.problem.errors.length === 0) throw error;
    // A setting that cannot render the sample may well render the customer's events: it would be taken.
    const errors = error.problem.errors
      .filter(({ path }) => path === "/endpoint" || path.startsWith("/endpoint/"))
      .map(({ path, message }) => ({ path: path.slice("/endpoint".length), message }))
      .filter(({ path }) => !unknown.has(path));
    if (errors.length > 0) throw new ApiError(error.status, { ...error.problem, errors }, error.retryAfterMs);
  }
}
