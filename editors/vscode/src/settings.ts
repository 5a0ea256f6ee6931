/** The settings of the editor, and the settings whose change restarts the language server. */

import * as path from "node:path";
import * as vscode from "vscode";
import type { Settings } from "./arguments";

export const SECTION = "kairosfile";
const OF_SERVER = ["command", "platforms", "buildArgs", "context"];

export function command(): string {
  return section().get<string>("command") || SECTION;
}

export function settings(): Settings {
  const context = section().get<string>("context", "");
  return {
    platforms: section().get<string[]>("platforms", []),
    buildArgs: section().get<Record<string, string>>("buildArgs", {}),
    context: context && path.resolve(folder() ?? "", context),
  };
}

/** Returns the path of the first workspace folder, if there is one. */
export function folder(): string | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

export function changesServer(event: vscode.ConfigurationChangeEvent): boolean {
  return OF_SERVER.some((name) => event.affectsConfiguration(`${SECTION}.${name}`));
}

function section(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(SECTION);
}
