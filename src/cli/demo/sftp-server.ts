import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type SFTPWrapper } from "ssh2";
import { type FolderFiles, folderFiles } from "./folder-files.js";

/** What a server does otherwise than it should. */
export interface SftpMisbehaviour {
  /** Accepts logins and never opens the SFTP subsystem. */
  readonly hangAfterLogin?: boolean;
  /** Knows no plain password, only the dialogue for it. */
  readonly keyboardOnly?: boolean;
  /** The status that an operation is answered with, instead of being done: `OPEN`, `WRITE`, `STAT`, `RENAME`, `REMOVE`. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Breaks the connection once an upload has so many bytes; what came is kept. */
  readonly dieAfterBytes?: number;
  /** Does the rename and breaks the connection before it says so. */
  readonly loseRename?: boolean;
  /** Keeps no more than so many bytes of an upload, and says that all went well. */
  readonly keepBytes?: number;
}

export interface SftpServerOptions {
  /** The folder on disk that holds what it gets. */
  readonly root: string;
  readonly username: string;
  readonly password: string;
  /** The public key that may log in, as OpenSSH writes it. */
  readonly publicKey?: string;
  /** 0 for a free one. */
  readonly port?: number;
}

/** A small SFTP server on 127.0.0.1. */
export interface SftpServer {
  readonly port: number;
  /** Of its host key, as `SHA256:…`. */
  readonly fingerprint: string;
  /** Connections accepted since the start. */
  readonly accepted: number;
  misbehave(misbehaviour: SftpMisbehaviour): void;
  /** Goes down: breaks all connections and frees the port. */
  pause(): Promise<void>;
  /** Comes back on the same port, with its files and its host key. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

const { STATUS_CODE } = ssh2.utils.sftp;
const MAX_FILE = 64 * 1024 * 1024;
const FOLDER_MODE = 0o040755;
const FILE_MODE = 0o100644;

interface Setting {
  readonly options: SftpServerOptions;
  readonly store: FolderFiles;
  misbehaviour(): SftpMisbehaviour;
}

function mayEnter(context: AuthContext, { options, misbehaviour }: Setting): boolean {
  if (context.username !== options.username) return false;
  if (context.method === "password") return !misbehaviour().keyboardOnly && context.password === options.password;
  if (context.method !== "publickey" || options.publicKey === undefined) return false;
  const allowed = ssh2.utils.parseKey(options.publicKey);
  if (allowed instanceof Error || !allowed.getPublicSSH().equals(context.key.data)) return false;
  const { signature, blob, hashAlgo } = context;
  // Without a signature the client only asks whether the key would do.
  return !signature || !blob || allowed.verify(blob, signature, hashAlgo) === true;
}

function authenticate(context: AuthContext, setting: Setting): void {
  if (context.method === "keyboard-interactive" && context.username === setting.options.username) {
    context.prompt([{ prompt: "Password: ", echo: false }], (answers) =>
      answers[0] === setting.options.password ? context.accept() : context.reject(),
    );
  } else if (mayEnter(context, setting)) context.accept();
  else context.reject(["password", "publickey", "keyboard-interactive"]);
}

/** Answers the operations that an upload needs. */
function serveFiles(sftp: SFTPWrapper, setting: Setting, breakOff: () => void): void {
  const { store, misbehaviour } = setting;
  const serve = (id: number, operation: string, action: () => number) => {
    sftp.status(id, misbehaviour().statuses?.[operation] ?? action());
  };
  const at = (path: string) => store.resolve("/", path);
  const done = (was: boolean) => (was ? STATUS_CODE.OK : STATUS_CODE.FAILURE);

  const stat = (id: number, name: string) => {
    const refusal = misbehaviour().statuses?.STAT;
    const size = store.size(at(name));
    if (refusal !== undefined) sftp.status(id, refusal);
    else if (size !== undefined) sftp.attrs(id, { ...noAttributes, mode: FILE_MODE, size });
    else if (store.isFolder(at(name))) sftp.attrs(id, noAttributes);
    else sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  };
  sftp.on("STAT", stat).on("LSTAT", stat);
  sftp.on("RENAME", (id, from, to) => {
    serve(id, "RENAME", () => {
      if (store.size(at(from)) === undefined) return STATUS_CODE.NO_SUCH_FILE;
      if (store.size(at(to)) !== undefined) return STATUS_CODE.FAILURE;
      store.rename(at(from), at(to));
      if (misbehaviour().loseRename) breakOff();
      return STATUS_CODE.OK;
    });
  });
  sftp.on("REMOVE", (id, name) => serve(id, "REMOVE", () => done(store.remove(at(name)))));
  sftp.on("MKDIR", (id, name) => serve(id, "MKDIR", () => done(store.makeFolder(at(name)))));
  sftp.on("REALPATH", (id, name) => sftp.name(id, [{ filename: at(name), longname: at(name), attrs: noAttributes }]));
  serveWriting(sftp, setting, breakOff);
}

function serveWriting(sftp: SFTPWrapper, { store, misbehaviour }: Setting, breakOff: () => void): void {
  const open = new Set<number>();
  const fileOf = (handle: Buffer) => {
    const file = handle.length === 4 ? handle.readUInt32BE(0) : -1;
    return open.has(file) ? file : undefined;
  };
  sftp.on("OPEN", (id, name) => {
    const path = store.resolve("/", name);
    const refusal = misbehaviour().statuses?.OPEN;
    if (refusal !== undefined) return sftp.status(id, refusal);
    if (!store.mayHold(path)) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    const file = openSync(store.onDisk(path), "w");
    open.add(file);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(file);
    sftp.handle(id, handle);
  });
  sftp.on("WRITE", (id, handle, offset, data) => {
    const { statuses, dieAfterBytes = MAX_FILE, keepBytes } = misbehaviour();
    const file = fileOf(handle);
    const end = offset + data.length;
    const refusal = statuses?.WRITE ?? (file === undefined ? STATUS_CODE.FAILURE : undefined);
    if (refusal !== undefined || file === undefined) return sftp.status(id, refusal ?? STATUS_CODE.FAILURE);
    writeSync(file, data, 0, data.length, offset);
    if (keepBytes !== undefined && end > keepBytes) ftruncateSync(file, keepBytes);
    if (end >= dieAfterBytes) breakOff();
    else sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("CLOSE", (id, handle) => {
    const file = fileOf(handle);
    if (file === undefined) return sftp.status(id, STATUS_CODE.FAILURE);
    open.delete(file);
    closeSync(file);
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("close", () => {
    for (const file of open) closeSync(file);
    open.clear();
  });
}

const noAttributes = { mode: FOLDER_MODE, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function serveConnection(connection: Connection, setting: Setting, breakOff: () => void): void {
  connection.on("error", () => undefined);
  connection.on("authentication", (context) => authenticate(context, setting));
  connection.on("session", (accept) => {
    const session = accept();
    session.on("sftp", (acceptSftp) => {
      if (!setting.misbehaviour().hangAfterLogin) serveFiles(acceptSftp(), setting, breakOff);
    });
  });
}

/** Begins to listen. Throws when the port is taken. */
export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  // Not ed25519: of one key in 256 ssh2 drops a leading zero, and cannot read what it wrote.
  const hostKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const publicKey = Buffer.from(hostKey.public.split(" ")[1] ?? "", "base64");
  const sockets = new Set<Socket>();
  let misbehaviour: SftpMisbehaviour = {};
  let accepted = 0;
  const setting: Setting = { options, store: folderFiles(options.root), misbehaviour: () => misbehaviour };

  const listen = async (port: number) => {
    let breakOff: () => void = () => undefined;
    const ssh = new ssh2.Server({ hostKeys: [hostKey.private] });
    ssh.on("connection", (connection) => serveConnection(connection, setting, breakOff));
    // Sockets are accepted here and handed in, as ssh2 does not show those of its connections.
    const server = createServer({ noDelay: true }, (socket) => {
      accepted++;
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      breakOff = () => socket.resetAndDestroy();
      ssh.injectSocket(socket);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };

  let server = await listen(options.port ?? 0);
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const pause = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    fingerprint: `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`,
    get accepted() {
      return accepted;
    },
    misbehave(next) {
      misbehaviour = next;
    },
    pause,
    async resume() {
      if (!server.listening) server = await listen(port);
    },
    close: pause,
  };
}
