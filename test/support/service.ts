import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type Service, startService } from "../../src/app.js";
import type { Role } from "../../src/app-road.js";
import { readConfig } from "../../src/config.js";
import type { Sessions } from "../../src/console/session.js";
import type { ManualClock } from "./clock.js";

export const ADMIN_KEY = "test-admin-key-0123456789";

/** What the API answered. */
export interface ApiAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
}

/** Speaks to a service's API with the admin key. */
export async function callApi<T = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiAnswer<T>> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as T };
}

/** The environment of a service for a test: its files in `folder`, a free port, loopback addresses allowed. */
export function testEnvironment(folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PORT: "0",
    ADMIN_KEY,
    DATABASE_URL: `file:${join(folder, "waybell.db")}`,
    EGRESS_ALLOW: "127.0.0.0/8,::1/128",
    ...more,
  };
}

export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "waybell-service-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A service in this process. */
export interface TestService {
  readonly url: string;
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<ApiAnswer<T>>;
  /** Makes a customer with an endpoint that posts to `url`; returns the endpoint's id. */
  endpoint(url: string, more?: Record<string, unknown>): Promise<string>;
  publish(...items: Record<string, unknown>[]): Promise<ApiAnswer<Record<string, unknown>[]>>;
  close(): Promise<void>;
}

/** Starts the service in this process, on the files in `folder`; what it logs goes into `lines`. */
export async function startTestService(
  folder: string,
  options: {
    clock?: ManualClock;
    env?: Record<string, string>;
    lines?: string[];
    role?: Role;
    /** Who is signed in to the pages, in place of the accounts. */
    sessions?: Sessions;
    /** What was shown to whoever started it. */
    shown?: string[];
  } = {},
): Promise<TestService> {
  const { clock, env = {}, lines, role = "all", sessions, shown = [] } = options;
  const log = lines ? pino({ level: "trace" }, { write: (line) => lines.push(line) }) : pino({ level: "silent" });
  const service: Service = await startService(readConfig(testEnvironment(folder, env)), {
    log,
    role,
    sessions,
    show: (text) => void shown.push(text),
    ...(clock ? { clock } : {}),
  });
  const { url } = service;
  const call: TestService["call"] = (method, path, body) => callApi(url, method, path, body);
  return {
    url,
    call,
    async endpoint(target, more = {}) {
      await call("PUT", "/v1/customers/acme", {});
      const answer = await call<{ id: string }>("POST", "/v1/customers/acme/endpoints", {
        name: target,
        transport: { type: "http-post", url: target },
        template: { name: "ontime", options: { format: "json" } },
        ...more,
      });
      if (answer.status !== 201) throw new Error(`no endpoint: ${JSON.stringify(answer)}`);
      return answer.body.id;
    },
    publish: (...items) =>
      call(
        "POST",
        "/v1/events",
        items.map((item) => ({ customer: "acme", statusCode: "take", statusTime: "2026-01-02T03:04:05Z", ...item })),
      ),
    async close() {
      const closing = service.close();
      // A stop waits by the clock: one that stands still has to be moved.
      const timer = clock && setInterval(() => void clock.advance(100), 10);
      await closing.finally(() => clearInterval(timer));
    },
  };
}

/** Looks again and again until `seen`; fails after `ms`. */
export async function until(seen: () => boolean | Promise<boolean>, ms = 10_000, what = "it"): Promise<void> {
  const end = performance.now() + ms;
  while (!(await seen())) {
    if (performance.now() > end) throw new Error(`${what} has not happened within ${ms} ms`);
    await new Promise((turn) => setTimeout(turn, 10));
  }
}
