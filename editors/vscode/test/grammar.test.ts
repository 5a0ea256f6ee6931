/**
 * The grammars with those of the editor itself, as packages have them.
 * Of what these depend on, all of an editor, nothing is needed: package.json puts a small package in its place.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { type IGrammar, INITIAL, parseRawGrammar, Registry } from "vscode-textmate";

const EXTENSIONS = "node_modules/@codingame/monaco-vscode-";
const yaml = (name: string) => `${EXTENSIONS}yaml-default-extension/resources/${name}.tmLanguage.json`;
const FILES: Record<string, string> = {
  "source.kairosfile": "syntaxes/kairosfile.tmLanguage.json",
  "kairosfile.run.injection": "syntaxes/run.tmLanguage.json",
  "source.yaml": yaml("yaml"),
  "source.yaml.1.2": yaml("yaml-1.2"),
  "source.yaml.1.1": yaml("yaml-1.1"),
  "source.yaml.embedded": yaml("yaml-embedded"),
  "source.shell": `${EXTENSIONS}shellscript-default-extension/resources/shell-unix-bash.tmLanguage.json`,
};
const SHELL = "meta.embedded.block.shellscript";

async function kairosfile(): Promise<IGrammar> {
  await loaded;
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async (scope) => {
      const file = FILES[scope];
      return file ? parseRawGrammar(readFileSync(file, "utf8"), file) : null;
    },
    getInjections: (scope) => (scope === "source.kairosfile" ? ["kairosfile.run.injection"] : []),
  });
  const grammar = await registry.loadGrammar("source.kairosfile");
  assert.ok(grammar);
  return grammar;
}

const loaded = loadWASM(readFileSync("node_modules/vscode-oniguruma/release/onig.wasm"));

/** Returns the texts of a file that have a scope. */
async function texts(file: string, scope: string): Promise<string[]> {
  const grammar = await kairosfile();
  let state = INITIAL;
  const found: string[] = [];
  for (const line of file.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    for (const token of tokens.filter((one) => one.scopes.some((name) => name.startsWith(scope)))) {
      found.push(line.slice(token.startIndex, token.endIndex));
    }
  }
  return found;
}

/** Returns the lines of a file that are shell, without the YAML before them. */
async function shell(file: string): Promise<string> {
  return (await texts(file, SHELL)).join("").replace(/ +/g, " ").trim();
}

test("the lines of a run block are shell, and those after it are YAML", async () => {
  const file = ["hooks:", "  after_install:", "    - run: |", "        apt-get update", "", "        if true; then", "          echo a # b", "        fi", "      network: none", "version: v1"].join("\n");
  assert.equal(await shell(file), "apt-get update if true; then echo a # b fi");
  assert.deepEqual(await texts(file, "keyword.control"), ["|", "if", "then", "fi"]);
  assert.match((await texts(file, "entity.name.tag.yaml")).join(""), /version$/);
});

test("run below another key of its step is shell", async () => {
  const file = ["tests:", "  - name: a", "    run: |-", "      true && false", "    user: root"].join("\n");
  assert.equal(await shell(file), "true && false");
});

test("run on one line is shell, and ends with it", async () => {
  const file = ["hooks:", "  after_init:", '    - run: if "$HOME', "    - file: /etc/a"].join("\n");
  assert.equal(await shell(file), 'if "$HOME');
});

test("a key that ends with run is no shell, nor is a list, a quoted text or a comment", async () => {
  const file = ["dry-run: |", "  if", "run: [a, b]", "a:", "  run: 'if'", "# run: if"].join("\n");
  assert.equal(await shell(file), "");
});

test("run in the text of another block is no shell", async () => {
  const file = ["hooks:", "  after_init:", "    - file: /etc/a", "      content: |", "        run: if true"].join("\n");
  assert.equal(await shell(file), "");
});
