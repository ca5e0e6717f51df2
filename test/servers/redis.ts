import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, launch, programs, type Running } from "./launch.js";

/** A Redis of the test's own. */
export interface RedisServer extends Running {
  readonly port: number;
  readonly url: string;
}

export interface RedisOptions {
  /** Syncs to disk each second as a real one does. */
  readonly durable?: boolean;
  /** Whether what was written is there after a restart. Default true, as Waybell asks of a Redis. */
  readonly appendOnly?: boolean;
  readonly maxmemoryPolicy?: string;
  readonly password?: string;
}

/** Accepting is not serving: it accepts while it still reads its file. */
async function serves(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write("PING\r\n");
    const [answer] = await once(socket, "data");
    return /^\+PONG|^-NOAUTH/.test(String(answer));
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Starts a Redis on a port of its own, in a temporary folder. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { durable = false, appendOnly = true, maxmemoryPolicy = "noeviction", password = "" } = options;
  const { redisServer, libraries } = programs();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "waybell-redis-"));
  const args = [
    ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
    // Without a sync nothing that was answered is lost when it is killed: the operating system has it.
    ...["--appendonly", appendOnly ? "yes" : "no", "--appendfsync", durable ? "everysec" : "no"],
    ...["--maxmemory-policy", maxmemoryPolicy],
    ...(password === "" ? [] : ["--requirepass", password]),
  ];
  const ready = () => serves(port);
  const running = await launch({ name: "Redis", command: redisServer, args, port, folder, libraries, ready });
  const login = password === "" ? "" : `:${encodeURIComponent(password)}@`;
  return { port, url: `redis://${login}127.0.0.1:${port}`, ...running };
}
