// Runs the custom managers of a preset over a file by Renovate's own code: extract.mjs DIST PRESET NAME < CONTENT
// Prints the dependencies that it finds, as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [dist, preset, name] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/${path}`));
const { extractPackageFile } = await load("modules/manager/custom/regex/index.js");
const { matchRegexOrGlobList } = await load("util/string-match.js");

const content = readFileSync(0, "utf8");
const managers = JSON.parse(readFileSync(preset, "utf8")).customManagers;
const found = managers
  .filter((manager) => matchRegexOrGlobList(name, manager.managerFilePatterns))
  .flatMap((manager) => extractPackageFile(content, name, manager)?.deps ?? []);
process.stdout.write(JSON.stringify(found));
