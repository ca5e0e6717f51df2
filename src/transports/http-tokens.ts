import { TransportError } from "../errors.js";
import type { StepTold } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import { watchAbort } from "./abort-watch.js";
import type { HttpTarget } from "./http-options.js";
import { makeJwt } from "./jwt.js";
import { oauth2Source } from "./oauth2.js";
import type { SendContext } from "./transport.js";

/** A credential that ends. */
export interface Token {
  readonly header: string;
  /** The header's whole value. */
  readonly value: string;
  /** The part of it that must not be kept. */
  readonly secret: string;
  /** Where it is from, and how long it is valid. */
  readonly told: StepTold;
  /** Whether it may still be sent: it does not end soon. */
  serves(clock: Clock): boolean;
}

/** Where tokens come from. */
export interface TokenSource {
  /** Whether the receiver may refuse one that has not ended, so that a 401 is worth a new one. */
  readonly canBeRevoked: boolean;
  /** Not bound to the deadline of `context`, which is that of the first send alone. */
  obtain(context: SendContext): Promise<Token>;
}

/** The tokens of one endpoint: one is kept, and one is obtained at a time, for all sends that wait for it. */
export interface Tokens {
  readonly canBeRevoked: boolean;
  /** At once while the one that is kept serves. Throws TransportError. */
  current(context: SendContext): Token | Promise<Token>;
  /** A new one in the place of `refused`, unless another send has put one there already. Throws TransportError. */
  renew(context: SendContext, refused?: Token): Promise<Token>;
}

/** Waits for `token`, but no longer than the attempt may last. */
function orAborted(token: Promise<Token>, signal: AbortSignal): Promise<Token> {
  return new Promise((resolve, reject) => {
    const message = "The deadline passed while a token was asked for; nothing was sent.";
    const abort = () => reject(new TransportError({ fault: "connection", code: "oauth_unavailable", message }));
    if (signal.aborted) return abort();
    const waiting = { abort };
    const watched = watchAbort(signal, waiting);
    token.then(resolve, reject).finally(() => watched.delete(waiting));
  });
}

/** Keeps the tokens of a source. */
export function keepTokens({ canBeRevoked, obtain }: TokenSource): Tokens {
  let kept: Token | undefined;
  let underWay: Promise<Token> | undefined;

  const keep = (token: Token): Token => {
    kept = token;
    return token;
  };
  const next = (context: SendContext): Promise<Token> => {
    underWay ??= obtain(context)
      .then(keep)
      .finally(() => {
        underWay = undefined;
      });
    // Also when every send has stopped waiting: a failure then concerns nobody.
    underWay.catch(() => undefined);
    return orAborted(underWay, context.signal);
  };

  return {
    canBeRevoked,
    current: (context) => (kept?.serves(context.clock) ? kept : next(context)),
    async renew(context, refused) {
      // Many sends are refused with the same token: the first one's new token serves them all.
      if (refused && kept && kept !== refused && kept.serves(context.clock)) return kept;
      // One that nobody refused goes on serving the road should a check get no new one.
      if (kept === refused) kept = undefined;
      return next(context);
    },
  };
}

const all = new WeakMap<HttpTarget, Tokens>();

/** The tokens of a target with `tokenAuth`: kept as long as its options are in use, and not across restarts. */
export function tokensOf(target: HttpTarget): Tokens {
  let tokens = all.get(target);
  if (!tokens) {
    const { tokenAuth: auth } = target;
    if (!auth) throw new Error("An endpoint without tokens was asked for one.");
    tokens = keepTokens(auth.type === "jwt" ? makeJwt(auth) : oauth2Source(auth));
    all.set(target, tokens);
  }
  return tokens;
}
