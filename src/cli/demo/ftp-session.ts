import { truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type SecureContext, TLSSocket } from "node:tls";
import type { FolderFiles } from "./folder-files.js";

/** What a server does otherwise than it should. */
export interface FtpMisbehaviour {
  /** Accepts and then says nothing. */
  readonly silent?: boolean;
  readonly greeting?: string;
  /** Replies leave in pieces of one character, so far apart. */
  readonly dripMs?: number;
  /** What a command is answered with, instead of being done; "" breaks the connection. */
  readonly answers?: Readonly<Record<string, string>>;
  /** What a command is answered with after it was done; "" breaks the connection. */
  readonly answersAfter?: Readonly<Record<string, string>>;
  /** Breaks all connections once an upload has so many bytes; what came is kept. */
  readonly dieAfterBytes?: number;
  /** Keeps no more than so many bytes of an upload, and says that all went well. */
  readonly keepBytes?: number;
  /** Lists files until the connection is closed. */
  readonly endlessListing?: boolean;
  /** Like ProFTPD: neither STOR nor RNTO replaces a file. */
  readonly refuseOverwrite?: boolean;
  /** The address that PASV names, as `10,0,0,1`. */
  readonly pasvHost?: string;
}

export interface SessionSetting {
  readonly username: string;
  readonly password: string;
  readonly store: FolderFiles;
  readonly secureContext: SecureContext | undefined;
  /** Of data connections, where it is another. */
  readonly dataContext: SecureContext | undefined;
  readonly implicit: boolean;
  misbehaviour(): FtpMisbehaviour;
  onCommand(line: string): void;
  /** Every socket of a session, so that the server can end them all. */
  onSocket(socket: Socket): void;
}

const MAX_LINE = 4096;
const MAX_FILE = 64 * 1024 * 1024;

function* endlessListing(): Generator<string> {
  for (let at = 0; ; at++) yield `-rw-r--r-- 1 demo demo 0 Jan 01 2024 file-${at}\r\n`.repeat(1_000);
}

/** One control connection. */
export class FtpSession {
  readonly #setting: SessionSetting;
  #control: Socket;
  #rest = "";
  #user = "";
  #loggedIn = false;
  #folder = "/";
  #renameFrom: string | undefined;
  #data: { server: Server; socket: Promise<Socket> } | undefined;
  #busy: Promise<void> = Promise.resolve();

  constructor(socket: Socket, setting: SessionSetting) {
    this.#setting = setting;
    this.#control = setting.implicit ? this.#secure(socket, setting.secureContext) : socket;
    this.#listen();
    const { silent, greeting } = setting.misbehaviour();
    if (!silent) this.#reply(greeting ?? "220 Waybell demo FTP server");
  }

  #secure(socket: Socket, secureContext: SecureContext | undefined): Socket {
    if (!secureContext) return socket;
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    secure.on("error", () => secure.destroy());
    return secure;
  }

  #listen(): void {
    this.#control.on("data", (chunk: Buffer) => {
      this.#rest += chunk.toString("utf8");
      if (this.#rest.length > MAX_LINE) this.#control.destroy();
      const lines = this.#rest.split("\r\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#busy = this.#busy.then(() => this.#command(line));
    });
    this.#control.on("close", () => this.#data?.server.close());
  }

  #reply(text: string): void {
    const { dripMs } = this.#setting.misbehaviour();
    const bytes = Buffer.from(`${text}\r\n`);
    if (dripMs === undefined) {
      this.#control.write(bytes);
      return;
    }
    let at = 0;
    const timer = setInterval(() => {
      if (at >= bytes.length || !this.#control.writable) clearInterval(timer);
      else this.#control.write(bytes.subarray(at, ++at));
    }, dripMs);
  }

  async #command(line: string): Promise<void> {
    const [word = "", ...rest] = line.split(" ");
    const command = word.toUpperCase();
    const { silent, answers, answersAfter } = this.#setting.misbehaviour();
    this.#setting.onCommand(command === "PASS" ? "PASS" : line);
    if (silent) return;
    const reply = answers?.[command] ?? (await this.#run(command, rest.join(" ")));
    const said = answersAfter?.[command] ?? reply;
    if (said === "") this.#control.resetAndDestroy();
    else this.#reply(said);
    if (command === "AUTH" && said.startsWith("234")) this.#upgrade();
    if (command === "QUIT") this.#control.end();
  }

  #upgrade(): void {
    this.#control.removeAllListeners("data");
    this.#control = this.#secure(this.#control, this.#setting.secureContext);
    this.#listen();
  }

  #run(command: string, argument: string): string | Promise<string> {
    switch (command) {
      case "USER":
        this.#user = argument;
        return "331 Password, please";
      case "PASS":
        this.#loggedIn = this.#user === this.#setting.username && argument === this.#setting.password;
        return this.#loggedIn ? "230 Logged in" : "530 Login incorrect";
      case "AUTH":
        return this.#setting.secureContext && !this.#setting.implicit ? "234 Go ahead" : "502 No TLS here";
      case "FEAT":
        return "211-Features:\r\n EPSV\r\n SIZE\r\n UTF8\r\n211 End";
      case "NOOP":
      case "OPTS":
      case "PBSZ":
      case "PROT":
        return "200 OK";
      case "QUIT":
        return "221 Goodbye";
      default:
        return this.#loggedIn ? this.#file(command, argument) : "530 Log in first";
    }
  }

  #file(command: string, argument: string): string | Promise<string> {
    const { store } = this.#setting;
    const path = store.resolve(this.#folder, argument);
    switch (command) {
      case "TYPE":
        return "200 OK";
      case "PWD":
        return `257 "${this.#folder.replaceAll('"', '""')}"`;
      case "CWD":
        if (!store.isFolder(path)) return "550 No such folder";
        this.#folder = path;
        return "250 OK";
      case "MKD":
        return store.makeFolder(path) ? `257 "${path.replaceAll('"', '""')}"` : "550 Cannot be made";
      case "SIZE":
        return store.size(path) === undefined ? "550 No such file" : `213 ${store.size(path)}`;
      case "DELE":
        return store.remove(path) ? "250 Deleted" : "550 No such file";
      case "RNFR":
        this.#renameFrom = store.size(path) === undefined ? undefined : path;
        return this.#renameFrom === undefined ? "550 No such file" : "350 To which name?";
      case "RNTO":
        return this.#rename(path);
      case "EPSV":
      case "PASV":
        return this.#passive(command);
      case "STOR":
        return this.#store(path);
      case "LIST":
      case "NLST":
        return this.#list(command, path);
      default:
        return "502 Not known";
    }
  }

  #rename(path: string): string {
    const from = this.#renameFrom;
    this.#renameFrom = undefined;
    if (from === undefined) return "503 RNFR first";
    if (!this.#mayReplace(path)) return "550 Rename permission denied";
    this.#setting.store.rename(from, path);
    return "250 Renamed";
  }

  #mayReplace(path: string): boolean {
    const { misbehaviour, store } = this.#setting;
    const refused = misbehaviour().refuseOverwrite === true && store.size(path) !== undefined;
    return !refused && store.mayHold(path);
  }

  async #passive(command: "EPSV" | "PASV"): Promise<string> {
    this.#data?.server.close();
    const server = createServer({ noDelay: true });
    const socket = new Promise<Socket>((resolve) => {
      server.once("connection", (raw: Socket) => {
        server.close();
        this.#setting.onSocket(raw);
        const { secureContext, dataContext = secureContext } = this.#setting;
        resolve(this.#control instanceof TLSSocket ? this.#secure(raw, dataContext) : raw);
      });
    });
    this.#data = { server, socket };
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    if (command === "EPSV") return `229 Extended passive (|||${port}|)`;
    const host = this.#setting.misbehaviour().pasvHost ?? "127,0,0,1";
    return `227 Passive (${host},${port >> 8},${port & 255})`;
  }

  async #store(path: string): Promise<string> {
    const { dieAfterBytes = Number.POSITIVE_INFINITY, keepBytes } = this.#setting.misbehaviour();
    if (!this.#data) return "425 No data connection";
    if (!this.#mayReplace(path)) return "553 Permission denied";
    this.#reply("150 Send it");
    const socket = await this.#data.socket;
    this.#data = undefined;
    const place = this.#setting.store.onDisk(path);
    writeFileSync(place, "");
    let length = 0;
    try {
      for await (const chunk of socket) {
        length += (chunk as Buffer).length;
        if (length > MAX_FILE) return "552 Too large";
        writeFileSync(place, chunk as Buffer, { flag: "a" });
        if (length < dieAfterBytes) continue;
        socket.destroy();
        return "";
      }
    } catch {
      return "426 The data connection broke";
    }
    if (keepBytes !== undefined) truncateSync(place, keepBytes);
    return "226 It is here";
  }

  async #list(command: "LIST" | "NLST", path: string): Promise<string> {
    const { store } = this.#setting;
    if (!this.#data) return "425 No data connection";
    if (!store.isFolder(path) && store.size(path) === undefined) return "550 No such file or folder";
    this.#reply("150 Here it comes");
    const socket = await this.#data.socket;
    this.#data = undefined;
    if (this.#setting.misbehaviour().endlessListing) {
      await pipeline(Readable.from(endlessListing()), socket).catch(() => undefined);
      return "426 The data connection broke";
    }
    const paths = store.isFolder(path) ? store.list(path) : [path];
    const lines = paths.map((each) => {
      if (command === "NLST") return basename(each);
      const kind = store.isFolder(each) ? "d" : "-";
      return `${kind}rw-r--r-- 1 demo demo ${store.size(each) ?? 0} Jan 01 2024 ${basename(each)}`;
    });
    socket.end(lines.map((line) => `${line}\r\n`).join(""));
    return "226 Done";
  }
}
