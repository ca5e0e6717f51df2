import { afterAll, afterEach, beforeAll } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Connections } from "../../src/transports/connections.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";

/** For all tests of the file: a receiver, and the connections to it. */
export function useHttpReceiver() {
  let receiver: HttpReceiver;
  let connections: Connections;
  beforeAll(async () => {
    receiver = await startHttpReceiver();
    connections = new Connections({ clock: systemClock });
  });
  afterEach(() => receiver.received.splice(0));
  afterAll(async () => {
    await connections.close();
    await receiver.stop();
  });
  return {
    get receiver() {
      return receiver;
    },
    get connections() {
      return connections;
    },
    /** The request that arrived last. */
    get last() {
      const request = receiver.received.at(-1);
      if (!request) throw new Error("nothing arrived");
      return request;
    },
  };
}
