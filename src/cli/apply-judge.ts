import { canonicalJson } from "../canonical-json.js";
import {
  callbackTemplateErrors,
  completeSettings,
  type EndpointSettings,
  type Registry,
} from "../delivery/settings.js";
import { mergePatch } from "../delivery/settings-patch.js";
import type { FieldError } from "../errors.js";
import { CustomerId, CustomerInput } from "../schemas/customer.js";
import { compileSchema } from "../schemas/validate.js";
import { chooseFormat } from "../templates/choose-format.js";
import { templateOf } from "../templates/index.js";
import { transportOf } from "../transports/index.js";
import type { Client } from "./client.js";
import { type Item, isItem, text } from "./context.js";
import { ApiError, CliError, EXIT, fieldLines } from "./fail.js";

const registry: Registry = { transportOf, templateOf, chooseFormat };
const checkId = compileSchema(CustomerId);
const checkCustomer = compileSchema(CustomerInput);

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

function requireSameCallback(there: Item, body: Item): void {
  const fixed = ({ transport, template }: Item) =>
    canonicalJson([text(transport, "type"), text(transport, "url"), template]);
  const merged = mergePatch(there as unknown as EndpointSettings, body, registry);
  if (!isItem(merged) || fixed(merged) === fixed(there)) return;
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
  if (there?.origin === "callback") requireSameCallback(there, body);
  if (owner === null) return requireSound(completeSettings(body, registry).fields);
  // Only the server knows the secrets that are set.
  const basedOn = there ? { basedOn: there.id } : {};
  try {
    await client.request("POST", "/v1/test", {
      body: { customer: owner, action: "preview", ...basedOn, endpoint: body },
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422 || error.problem.errors.length === 0) throw error;
    // A setting that cannot render the sample may well render the customer's events: it would be taken.
    const errors = error.problem.errors
      .filter(({ path }) => path === "/endpoint" || path.startsWith("/endpoint/"))
      .map(({ path, message }) => ({ path: path.slice("/endpoint".length), message }));
    if (errors.length > 0) throw new ApiError(error.status, { ...error.problem, errors }, error.retryAfterMs);
  }
}
