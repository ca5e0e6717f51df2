import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** What it costs to try one password. */
export interface PasswordCost {
  /** The exponent of N. */
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** As OWASP advises: 128 MiB and some 300 ms each. */
const COST: PasswordCost = { log2N: 17, r: 8, p: 1 };
/** Each takes a core and 128 MiB: more at once would slow down what is sent. */
const AT_ONCE = 2;
const MOST_WAITING = 16;

const LENGTH = 32;
const SALT_LENGTH = 16;
export const LEAST_CHARACTERS = 12;
export const MOST_BYTES = 200;

/** So many passwords are looked at already that this one would wait for too long. */
export class BusyError extends Error {
  override readonly name = "BusyError";
}

/** What is wrong with a password that somebody chooses; null: nothing. */
export function passwordFault(password: string): "short" | "long" | null {
  const text = password.normalize("NFKC");
  if (Buffer.byteLength(text) > MOST_BYTES) return "long";
  return [...text].length < LEAST_CHARACTERS ? "short" : null;
}

function derive(password: string, salt: Buffer, { log2N, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** log2N;
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    // The same characters can be typed in several ways, by keyboards of several systems.
    scrypt(password.normalize("NFKC"), salt, LENGTH, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** Lets a few works run at once, and a bounded number wait. Throws BusyError beyond. */
function bounded(atOnce: number, mostWaiting: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting) throw new BusyError("too many passwords are looked at");
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

const parse = (hash: string) => {
  const [, log2N, r, p, salt = "", key = ""] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/.exec(hash) ?? [];
  if (log2N === undefined) return null;
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, "base64url"), key: Buffer.from(key, "base64url") };
};

export interface Passwords {
  /** What is kept of a password: scrypt with its parameters and a salt of its own. Throws BusyError. */
  hash(password: string): Promise<string>;
  /**
   * Whether it is the one. `null`, of whom there is no password, takes as long as a wrong one. Throws BusyError.
   */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Passwords, slowly: a few are looked at at once, off the main thread. */
export function createPasswords(cost: PasswordCost = COST): Passwords {
  const run = bounded(AT_ONCE, MOST_WAITING);
  const nobodys = { cost, salt: randomBytes(SALT_LENGTH), key: randomBytes(LENGTH) };
  return {
    async hash(password) {
      const salt = randomBytes(SALT_LENGTH);
      const key = await run(() => derive(password, salt, cost));
      const { log2N, r, p } = cost;
      return `scrypt$${log2N}$${r}$${p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
    },
    async verify(password, hash) {
      const kept = hash === null ? null : parse(hash);
      const { cost: asked, salt, key } = kept ?? nobodys;
      const derived = await run(() => derive(password, salt, asked));
      return timingSafeEqual(derived, key) && kept !== null;
    },
  };
}
