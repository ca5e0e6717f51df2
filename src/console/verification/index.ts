import { csharpCode } from "./csharp.js";
import { nodeCode } from "./node.js";
import { phpCode } from "./php.js";
import { pythonCode } from "./python.js";
import type { OwnHmac, Scheme } from "./scheme.js";

/** The languages of programs in which a receiver can verify what it gets. */
export const PROGRAMS = [
  { id: "php", name: "PHP", code: phpCode },
  { id: "node", name: "Node", code: nodeCode },
  { id: "python", name: "Python", code: pythonCode },
  { id: "csharp", name: "C#", code: csharpCode },
] as const;

/** What an endpoint's answer tells of its signatures. */
interface Signed {
  readonly transport: Readonly<Record<string, unknown>>;
  readonly publicKeys?: readonly unknown[] | undefined;
}

/** How an endpoint's requests are signed: none, one way or two. */
export function schemesOf({ transport, publicKeys = [] }: Signed): readonly Scheme[] {
  const { signingSecret, hmac } = transport as { signingSecret?: unknown; hmac?: Partial<OwnHmac> | null };
  const standard: Scheme[] = publicKeys.length > 0 ? [{ kind: "ed25519" }] : [{ kind: "standard" }];
  const own = hmac?.header
    ? {
        kind: "hmac" as const,
        header: hmac.header,
        over: hmac.over ?? ("body" as const),
        algorithm: hmac.algorithm ?? ("sha256" as const),
        encoding: hmac.encoding ?? ("hex" as const),
        prefix: hmac.prefix ?? "",
      }
    : null;
  return [...(signingSecret === undefined || signingSecret === null ? [] : standard), ...(own ? [own] : [])];
}
