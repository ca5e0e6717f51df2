import { type HttpOptions, httpTarget } from "./http-options.js";
import { newSigningSecret, signingKey } from "./signature.js";
import type { PublicKey, Signing } from "./transport.js";

type Options = Readonly<Record<string, unknown>>;

/** Not by way of the target: an endpoint is shown too when its setting cannot be read. */
function publicKeys(options: Options): PublicKey[] {
  const { signingSecret, previousSigningSecret, previousSigningSecretUntil = 0 } = options as Partial<HttpOptions>;
  const keys: PublicKey[] = [];
  const add = (secret: string | undefined, until: number | null) => {
    const key = secret === undefined ? undefined : signingKey(secret);
    if (key?.kind === "ed25519") keys.push({ key: key.publicKey, until });
  };
  add(signingSecret, null);
  add(previousSigningSecret, previousSigningSecretUntil);
  return keys;
}

/** Standard Webhooks, in the headers of GET and POST alike. */
export const httpSigning: Signing = {
  newSecret: newSigningSecret,
  kindOf: (secret) => signingKey(secret)?.kind ?? "hmac",
  publicKeys,
};

/** One pass over a stream is too few for ed25519. */
export function holdsForSigning(options: Options): boolean {
  const { key, previousKey } = httpTarget(options);
  return key?.kind === "ed25519" || previousKey?.kind === "ed25519";
}
