/** The language server: one process of the `kairosfile` command, restarted when the settings change. */

import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn } from "vscode-languageclient/node";
import { serverArguments } from "./arguments";
import { command, settings } from "./settings";

const SETTINGS = "Open Settings";
const GUIDE = "How to Install";
const ADDRESS = "https://github.com/kairos-io/kairosfile/blob/main/docs/quickstart.md";

export class Server {
  private client: Client | undefined;
  private last: Promise<void> = Promise.resolve();

  /** Starts or restarts the server; calls run one after the other. */
  restart(): Promise<void> {
    this.last = this.last.then(() => this.replace());
    return this.last;
  }

  stop(): Promise<void> {
    this.last = this.last.then(() => this.end());
    return this.last;
  }

  private async replace(): Promise<void> {
    await this.end();
    const client = makeClient();
    try {
      await client.start();
      client.suppressesNotifications = false;
      this.client = client;
    } catch (error) {
      void reportStartError(error);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }
}

class Client extends LanguageClient {
  /** While it is true, errors go only to the log: `Server.replace` reports them. */
  suppressesNotifications = true;

  override error(message: string, data?: unknown, showNotification?: boolean | "force"): void {
    super.error(message, data, this.suppressesNotifications ? false : showNotification);
  }
}

function makeClient(): Client {
  const executable = { command: command(), args: serverArguments(settings()) };
  return new Client("kairosfile", "Kairosfile", executable, {
    // The editor treats included files as YAML; the server ignores all other YAML files.
    documentSelector: [
      { language: "kairosfile" },
      { language: "yaml", scheme: "file" },
    ],
    initializationFailedHandler: () => false,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  });
}

async function reportStartError(error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Kairosfile: cannot start "${command()} lsp": ${reason}. Install the command with pip install kairosfile, or name it in kairosfile.command.`;
  const answer = await vscode.window.showErrorMessage(message, SETTINGS, GUIDE);
  if (answer === SETTINGS) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "kairosfile.command");
  } else if (answer === GUIDE) {
    await vscode.env.openExternal(vscode.Uri.parse(ADDRESS));
  }
}
