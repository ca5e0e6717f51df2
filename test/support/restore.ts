import { expect } from "vitest";
import { startHttpReceiver } from "./http-receiver.js";
import { startTestService, type TestService, until } from "./service.js";

const event = (at: number) => ({
  id: `tms-${at}`,
  order: `R${at}`,
  statusTime: `2026-01-02T03:04:0${at}Z`,
});
const BEFORE = [1, 2, 3, 4, 5].map(event);
const AFTER = [6, 7, 8].map(event);

interface Ways {
  /** The environment of a service on the database, and on its restored backup. */
  readonly env: Readonly<Record<string, string>>;
  readonly restoredEnv: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly restoredFolder: string;
  /** Makes a backup; no service runs. */
  backUp(): Promise<void>;
  restore(): Promise<void>;
}

interface Ready {
  readonly parts: { readonly events: { readonly detail: string } };
}

/** Publishes, backs up, publishes more, restores, and posts everything again by id. */
export async function expectNoDoubles(ways: Ways): Promise<void> {
  const receiver = await startHttpReceiver();
  const ordersSent = () => receiver.received.map(({ body }) => String(JSON.parse(body.toString()).order)).sort();
  const start = (folder: string, env: Readonly<Record<string, string>>, lines: string[] = []): Promise<TestService> =>
    startTestService(folder, { env: { ...env }, lines });
  let service = await start(ways.folder, ways.env);
  try {
    await service.endpoint(receiver.url);
    expect((await service.publish(...BEFORE)).status).toBe(202);
    await until(() => receiver.received.length === BEFORE.length);
    const { items } = (await service.call<{ items: { receivedAt: string }[] }>("GET", "/v1/events")).body;
    await service.close();
    await ways.backUp();

    service = await start(ways.folder, ways.env);
    await service.publish(...AFTER);
    await until(() => receiver.received.length === BEFORE.length + AFTER.length);
    await service.close();

    await ways.restore();
    const lines: string[] = [];
    service = await start(ways.restoredFolder, ways.restoredEnv, lines);
    const newest = items[0]?.receivedAt ?? "";
    expect(lines.map((line) => JSON.parse(line) as { newestEvent?: string })).toContainEqual(
      expect.objectContaining({ newestEvent: newest }),
    );
    expect((await service.call<Ready>("GET", "/readyz")).body.parts.events.detail).toBe(`the newest is of ${newest}`);
    const again = await service.publish(...BEFORE, ...AFTER);
    expect(again.body.map(({ duplicate }) => duplicate)).toEqual([
      ...BEFORE.map(() => true),
      ...AFTER.map(() => false),
    ]);
    const all = [...BEFORE, ...AFTER, ...AFTER].map(({ order }) => order).sort();
    await until(() => receiver.received.length >= all.length);
    const { body } = await service.publish(...BEFORE, ...AFTER);
    expect(body.every(({ duplicate }) => duplicate === true)).toBe(true);
    await until(async () => {
      const open = await service.call<{ items: unknown[] }>("GET", "/v1/deliveries?state=pending");
      return open.body.items.length === 0;
    });
    expect(ordersSent()).toEqual(all);
  } finally {
    await service.close().catch(() => undefined);
    await receiver.stop();
  }
}
