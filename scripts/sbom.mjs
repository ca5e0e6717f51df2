#!/usr/bin/env node
// Writes what a running Waybell holds as CycloneDX, to the file that is named or to standard output. Read from the lock
// file alone: nothing is asked of a registry, and what happens to be installed does not matter.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const { packages } = readJson("package-lock.json");
const { name, version } = readJson("package.json");

/** Where Node finds a package that is named in another one's folder. */
function found(from, wanted) {
  for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${wanted}`;
    if (packages[path]) return path;
    if (folder === "") return null;
  }
}

/** The packages that Waybell needs when it runs. Optional peers are not among them, and no tool of development is. */
function needed() {
  const paths = new Set([""]);
  for (const path of paths) {
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = packages[path];
    const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
    for (const wanted of Object.keys({ ...dependencies, ...optionalDependencies }).concat(peers)) {
      const at = found(path, wanted);
      if (at !== null) paths.add(at);
    }
  }
  paths.delete("");
  return new Set([...paths].map((path) => `${path.replace(/^.*node_modules\//, "")}@${packages[path].version}`));
}

// Without --omit dev: with it npm leaves out all that a tool of development needs too, ajv and ms among them.
const asked = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
const { status, stdout, stderr } = spawnSync("npm", asked, {
  encoding: "utf8",
  maxBuffer: 2 ** 28,
  shell: process.platform === "win32",
});
if (status !== 0) {
  console.error(`sbom: npm sbom failed\n${stderr}`);
  process.exit(1);
}
const bom = JSON.parse(stdout);
const wanted = needed();
const root = `${name}@${version}`;
const isWanted = (one) => one === root || wanted.has(one);
bom.components = bom.components.filter((one) => wanted.has(`${one.name}@${one.version}`));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => isWanted(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isWanted) }));
// npm names it after the folder that it lies in.
Object.assign(bom.metadata.component, { name, version });
if (bom.components.length !== wanted.size) {
  console.error(`sbom: npm sbom lists ${bom.components.length} of ${wanted.size} packages`);
  process.exit(1);
}
const text = `${JSON.stringify(bom, null, 2)}\n`;
const [, , file] = process.argv;
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
console.error(`sbom: ${wanted.size} packages`);
