// Bundles the page for the server: scripts with their hash in their names, and the one page that names them.
// Two runs make the same bytes.
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "../kairosfile/cli/web/static");

await rm(out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.tsx", "src/app.css"],
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const outputOf = (entry) => Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry);
const addressOf = (path) => `/static/${basename(path)}`;
const [script, { imports }] = outputOf("src/main.tsx");
// What the script imports is fetched beside it, not after it.
const preloads = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => `<link rel="modulepreload" href="${addressOf(path)}">`);
const template = await readFile(join(here, "index.html"), "utf8");
const styles = join(here, outputOf("src/app.css")[0]);
const text = await readFile(styles, "utf8");
const page = template
  .replace("STYLES", () => text.trim()) // with the page, so that it is painted at once
  .replace("PRELOADS", preloads.join("\n"))
  .replace("SCRIPT", addressOf(script));
await rm(styles);
await writeFile(join(out, "THIRD-PARTY.txt"), await licences(Object.keys(metafile.inputs)));
await writeFile(join(out, "index.html"), page); // last: it is what says that all are there

// The licence of each package that the bundle holds a part of.
async function licences(inputs) {
  const packages = new Set(inputs.map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
  const texts = [...packages].sort().map(async (name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const text = await Promise.any(["LICENSE", "LICENSE.md"].map((file) => readFile(join(folder, file), "utf8")));
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}
