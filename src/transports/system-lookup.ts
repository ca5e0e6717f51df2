import { lookup } from "node:dns/promises";

/** The addresses of a name, by whatever way this machine looks names up. */
export type SystemLookup = (name: string) => Promise<readonly string[]>;

/** getaddrinfo: it holds one of libuv's four threads until it answers, and nothing ends it before. */
export const askSystem: SystemLookup = async (name) => {
  const found = await lookup(name, { all: true, verbatim: false });
  return found.map(({ address }) => address);
};

const timedOut = () => Object.assign(new Error("look-up by the system timed out"), { code: "ETIMEOUT" });

/**
 * `ask` with no more than `atOnce` look-ups under way, and a wait of `timeoutMs` at most, for a place too. A look-up that
 * nobody waits for any more keeps its place until it answers, and is what the next who ask for that name wait for.
 */
export function boundedLookup(ask: SystemLookup, atOnce: number, timeoutMs: number): SystemLookup {
  const underWay = new Map<string, Promise<readonly string[]>>();
  const waiting = new Set<() => void>();

  function goOn(): void {
    for (const start of waiting) {
      if (underWay.size >= atOnce) return;
      start();
    }
  }

  function begin(name: string): Promise<readonly string[]> {
    const answer = ask(name).finally(() => {
      underWay.delete(name);
      goOn();
    });
    underWay.set(name, answer);
    return answer;
  }

  return (name) =>
    new Promise((resolve, reject) => {
      const start = () => {
        waiting.delete(start);
        const answer = underWay.get(name) ?? begin(name);
        answer.then(resolve, reject).finally(() => clearTimeout(timer));
      };
      const timer = setTimeout(() => {
        waiting.delete(start);
        reject(timedOut());
      }, timeoutMs);
      if (underWay.has(name) || underWay.size < atOnce) start();
      else waiting.add(start);
    });
}
