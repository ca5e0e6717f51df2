import { FTP, SFTP } from "../test/app/hostile-files.js";
import { HTTP } from "../test/app/hostile-http.js";
import { answerCalls } from "./child.js";

// The receivers that do something else than receive, in a process of their own: those of the test that holds how each ends.

const WAYS = [
  "http silent after accept",
  "http dripping body",
  "http endless headers",
  "http endless chunk extension",
  "http endless body of a refusal",
  "http endless interim answers",
  "http reset after the request",
  "http half-close after the request",
  "https silent in the handshake",
  "https expired",
  "ftp silent after accept",
  "ftp endless greeting",
  "ftp endless answers",
  "ftp silent after the file",
  "ftp PASV to another host",
  "ftp 0 bytes kept",
  "sftp silent after accept",
  "sftp gigantic banner",
  "sftp silent after the login",
  "sftp 0 bytes kept",
];

const calls = {
  /** The ways in which they are hostile. */
  ways: (): readonly string[] => WAYS,
  /** Begins to be hostile in this way; the transport that leads there. */
  async open(way: string): Promise<object> {
    const found = [...HTTP, ...FTP, ...SFTP].find(({ id }) => id === way);
    if (!found) throw new Error(`the test knows no receiver that is hostile as "${way}"`);
    return found.start();
  },
};

export type HostileCalls = typeof calls;

answerCalls(calls);
