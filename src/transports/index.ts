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

/** The host that a setting names, and the option that names it. */
function hostOf({ url, host }: Options): { path: string; host: string } | undefined {
  if (typeof url === "string") return URL.canParse(url) ? { path: "/url", host: new URL(url).hostname } : undefined;
  return typeof host === "string" ? { path: "/host", host } : undefined;
}

/**
 * `transportOf` for settings that are to be saved: its transports also refuse a literal address that is not public and
 * not in `egressAllow`. What a name stands for is checked at each connection.
 */
export function guardedTransports(egressAllow: readonly string[]): typeof transportOf {
  const guarded = Object.entries(transports).map(([name, transport]): [string, Transport] => {
    const validate = (options: Options) => {
      const found = hostOf(options);
      const message = found && hostRefusal(found.host, egressAllow);
      return [...(transport.validate?.(options) ?? []), ...(message ? [{ path: found.path, message }] : [])];
    };
    return [name, { ...transport, validate }];
  });
  const byName = new Map(guarded);
  return (name) => byName.get(name);
}
