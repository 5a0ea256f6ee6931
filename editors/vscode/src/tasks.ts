/** Commands on a file as tasks of the editor: in a terminal, run again by its keys, and named in tasks.json. */

import * as path from "node:path";
import * as vscode from "vscode";
import { type Command, commandArguments, isCommand } from "./arguments";
import { command, folder, SECTION, settings } from "./settings";

/** Saves the file that is shown and runs a command on it. */
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

/** Gives tasks.json the tasks of type `kairosfile`. */
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
  // In the folder of the file: there `diff` finds it in git, and `build` writes its artifacts.
  const argv = commandArguments(name, path.basename(file), settings());
  const execution = new vscode.ProcessExecution(command(), argv, { cwd: path.dirname(file) });
  const task = new vscode.Task(definition, vscode.TaskScope.Workspace, `${name} ${path.basename(file)}`, SECTION, execution);
  task.presentationOptions = { clear: true, reveal: vscode.TaskRevealKind.Always };
  return task;
}
