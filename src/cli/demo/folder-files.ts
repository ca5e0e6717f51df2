import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** A folder on disk as the root of a file server. Paths are absolute within it, and never lead out of it. */
export interface FolderFiles {
  /** The path on the server that `path` means in `folder`. */
  resolve(folder: string, path: string): string;
  /** Where a path of the server is on disk. */
  onDisk(path: string): string;
  isFolder(path: string): boolean;
  /** Bytes of a file; undefined if there is none. */
  size(path: string): number | undefined;
  /** true: a file may be put there, as its folder exists. */
  mayHold(path: string): boolean;
  makeFolder(path: string): boolean;
  remove(path: string): boolean;
  /** Replaces what is there. */
  rename(from: string, to: string): void;
  list(folder: string): string[];
}

/** `root` must exist. */
export function folderFiles(root: string): FolderFiles {
  const onDisk = (path: string) => join(root, posix.resolve("/", path));
  const kind = (path: string) => (existsSync(onDisk(path)) ? statSync(onDisk(path)) : undefined);
  const isFolder = (path: string) => kind(path)?.isDirectory() ?? false;
  const size = (path: string) => {
    const found = kind(path);
    return found?.isFile() ? found.size : undefined;
  };
  return {
    resolve: (folder, path) => posix.resolve("/", folder, path),
    onDisk,
    isFolder,
    size,
    mayHold: (path) => isFolder(posix.dirname(path)) && !isFolder(path),
    makeFolder(path) {
      if (kind(path) || !existsSync(dirname(onDisk(path)))) return false;
      mkdirSync(onDisk(path));
      return true;
    },
    remove(path) {
      if (size(path) === undefined) return false;
      rmSync(onDisk(path));
      return true;
    },
    rename: (from, to) => renameSync(onDisk(from), onDisk(to)),
    list: (folder) => readdirSync(onDisk(folder)).map((name) => posix.join(folder, name)),
  };
}
