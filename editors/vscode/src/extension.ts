/** The extension's entry points: start the language server and register the commands. */

import * as vscode from "vscode";
import { COMMANDS } from "./arguments";
import { Server } from "./server";
import { changesServer, SECTION } from "./settings";
import { PROVIDER, runOnActiveFile } from "./tasks";

const server = new Server();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  for (const name of COMMANDS) {
    context.subscriptions.push(vscode.commands.registerCommand(`${SECTION}.${name}`, () => runOnActiveFile(name)));
  }
  context.subscriptions.push(
    vscode.commands.registerCommand(`${SECTION}.restart`, () => server.restart()),
    vscode.tasks.registerTaskProvider(SECTION, PROVIDER),
    vscode.workspace.onDidChangeConfiguration((event) => (changesServer(event) ? server.restart() : undefined)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.restart()),
  );
  await server.restart();
}

export function deactivate(): Promise<void> {
  return server.stop();
}
