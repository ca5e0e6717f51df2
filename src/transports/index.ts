import { hostRefusal } from "./address-guard.js";
import { ftp } from "./ftp.js";
import { httpGet } from "./http-get.js";
import { httpPost } from "./http-post.js";
import { sftp } from "./sftp.js";
import type { Transport } from "./transport.js";

/** Every transport there is, by its name. */
export const transports: Readonly<Record<string, Transport>> = {
  "http-get": httpGet,
  "http-post": httpPost,
  ftp,
  sftp,
};

/** The transport of this name, or undefined. */
export function transportOf(name: string): Transport | undefined {
  return Object.hasOwn(transports, name) ? transports[name] : undefined;
}

type Options = Readonly<Record<string, unknown>>;

/** The hosts that a setting names, each with the option that names it. */
function hostsOf({ url, host, auth }: Options): { path: string; host: string }[] {
  const { tokenUrl } = (auth ?? {}) as { tokenUrl?: unknown };
  const ofUrl = (path: string, text: unknown) =>
    typeof text === "string" && URL.canParse(text) ? [{ path, host: new URL(text).hostname }] : [];
  const named = typeof host === "string" ? [{ path: "/host", host }] : [];
  return [...ofUrl("/url", url), ...ofUrl("/auth/tokenUrl", tokenUrl), ...named];
}

/**
 * `transportOf` for settings that are to be saved: its transports also refuse a literal address that is not public and
 * not in `egressAllow`. What a name stands for is checked at each connection.
 */
export function guardedTransports(egressAllow: readonly string[]): typeof transportOf {
  const guarded = Object.entries(transports).map(([name, transport]): [string, Transport] => {
    const validate = (options: Options) => {
      const refused = hostsOf(options).flatMap(({ path, host }) => {
        const refusal = hostRefusal(host, egressAllow);
        return refusal ? [{ path, ...refusal }] : [];
      });
      return [...(transport.validate?.(options) ?? []), ...refused];
    };
    return [name, { ...transport, validate }];
  });
  const byName = new Map(guarded);
  return (name) => byName.get(name);
}
