import assert from "node:assert/strict";
import { test } from "node:test";
import { commandArguments, isCommand, serverArguments } from "../src/arguments";

const NONE = { platforms: [], buildArgs: {}, context: "" };
const SOME = {
  platforms: ["linux/arm64", "linux/amd64"],
  buildArgs: { VERSION: "v1.0.0", TEXT: "a b" },
  context: "/work space",
};

test("the server starts without options where there are no settings", () => {
  assert.deepEqual(serverArguments(NONE), ["lsp"]);
});

test("the server gets all settings", () => {
  assert.deepEqual(serverArguments(SOME), [
    ...["lsp", "--build-arg", "VERSION=v1.0.0", "--build-arg", "TEXT=a b"],
    ...["--platform", "linux/arm64", "--platform", "linux/amd64", "--context", "/work space"],
  ]);
});

test("plan and diff show the first platform alone", () => {
  for (const command of ["plan", "diff"] as const) {
    const argv = commandArguments(command, "Kairosfile", SOME);
    assert.deepEqual(argv.filter((word) => word.startsWith("linux/")), ["linux/arm64"]);
  }
});

test("check and build are for all platforms", () => {
  for (const command of ["check", "build"] as const) {
    const argv = commandArguments(command, "Kairosfile", SOME);
    assert.deepEqual(argv.filter((word) => word.startsWith("linux/")), ["linux/arm64", "linux/amd64"]);
  }
});

test("a file is never taken for an option", () => {
  assert.deepEqual(commandArguments("check", "--fix", NONE), ["check", "--file", "--fix"]);
});

test("a task names one of the commands", () => {
  assert.ok(isCommand("build"));
  assert.ok(!isCommand("doctor"));
});
