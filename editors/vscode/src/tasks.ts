/** Commands on a file as editor tasks: they run in a terminal, and tasks.json can define them. */

import * as path from "node:path";
import * as vscode from "vscode";
import { type Command, commandArguments, isCommand } from "./arguments";
import { command, folder, SECTION, settings } from "./settings";

/** Saves the active file and runs a command on it. */
export async function runOnActiveFile(name: Command): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.uri.scheme !== "file") {
    await vscode.window.showWarningMessage("Kairosfile: open a Kairosfile of this machine first.");
    return;
  }
  if (await document.save()) {
    await vscode.tasks.executeTask(taskOf(name, document.uri.fsPath, { type: SECTION, command: name, file: document.uri.fsPath }));
  }
}

/** Resolves the tasks of type `kairosfile` in tasks.json. */
export const PROVIDER: vscode.TaskProvider = {
  provideTasks: () => [],
  resolveTask: ({ definition }) => {
    const { command: name, file } = definition;
    if (typeof name !== "string" || !isCommand(name) || typeof file !== "string") {
      return undefined;
    }
    return taskOf(name, path.resolve(folder() ?? "", file), definition);
  },
};

function taskOf(name: Command, file: string, definition: vscode.TaskDefinition): vscode.Task {
  // Run in the file's folder: `diff` reads git there, and `build` writes the artifacts there.
  const argv = commandArguments(name, path.basename(file), settings());
  const execution = new vscode.ProcessExecution(command(), argv, { cwd: path.dirname(file) });
  const task = new vscode.Task(definition, vscode.TaskScope.Workspace, `${name} ${path.basename(file)}`, SECTION, execution);
  task.presentationOptions = { clear: true, reveal: vscode.TaskRevealKind.Always };
  return task;
}
