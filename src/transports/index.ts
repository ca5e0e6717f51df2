import { httpGet } from "./http-get.js";
import { httpPost } from "./http-post.js";
import type { Transport } from "./transport.js";

/** Every transport there is, by its name. */
export const transports: Readonly<Record<string, Transport>> = {
  "http-get": httpGet,
  "http-post": httpPost,
};

/** The transport of this name, or undefined. */
export function transportOf(name: string): Transport | undefined {
  return Object.hasOwn(transports, name) ? transports[name] : undefined;
}
