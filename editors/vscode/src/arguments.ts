/** The command lines of the `kairosfile` command, from the editor's settings. */

export const COMMANDS = ["check", "plan", "diff", "build"] as const;
export type Command = (typeof COMMANDS)[number];

export interface Settings {
  readonly platforms: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly context: string;
}

/** Commands that show one platform; the others take several. */
const ONE_PLATFORM: readonly Command[] = ["plan", "diff"];

export function isCommand(name: string): name is Command {
  return (COMMANDS as readonly string[]).includes(name);
}

/** Returns the arguments that start the language server. */
export function serverArguments(settings: Settings): string[] {
  return ["lsp", ...options(settings, settings.platforms)];
}

/** Returns the arguments of a command on a file. */
export function commandArguments(command: Command, file: string, settings: Settings): string[] {
  const platforms = ONE_PLATFORM.includes(command) ? settings.platforms.slice(0, 1) : settings.platforms;
  return [command, ...options(settings, platforms), "--file", file];
}

function options(settings: Settings, platforms: readonly string[]): string[] {
  return [
    ...Object.entries(settings.buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...platforms.flatMap((platform) => ["--platform", platform]),
    ...(settings.context ? ["--context", settings.context] : []),
  ];
}
