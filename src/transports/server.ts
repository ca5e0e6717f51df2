import { hostText } from "../schemas/host-text.js";
import { hostOf } from "./address-guard.js";
import type { Server } from "./transport.js";

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The server of a URL; what is none has no host. */
function serverOfUrl(text: string): Server {
  if (!URL.canParse(text)) return { scheme: "", host: undefined, port: 0 };
  const { protocol, hostname, port } = new URL(text);
  return { scheme: protocol.slice(0, -1), host: hostOf(hostname), port: Number(port) || (PORTS[protocol] ?? 0) };
}

/** What a request's secrets go to: the receiver, and the token server where one is asked first. */
export function httpServers({ url, auth }: Readonly<Record<string, unknown>>): readonly Server[] {
  const { tokenUrl } = (auth ?? {}) as { tokenUrl?: unknown };
  return [url, ...(tokenUrl === undefined ? [] : [tokenUrl])].map((text) => serverOfUrl(String(text)));
}

/** Host and port as a URL has them, the same for all ways to write the host. */
export const authority = (host: string, port: number): string =>
  `${hostText(hostOf(host) ?? host.toLowerCase())}:${port}`;
