// The folders that the server was started for.
import { signal } from "@preact/signals";
import { get, type Build, type Project } from "../api";

export const projects = signal<Project[]>([]);

export async function reload(): Promise<void> {
  projects.value = await get<Project[]>("/projects");
}

/** The project and the path of a file by its whole path, as builds name it. */
export function placeOf(file: string): { project: Project; path: string } | null {
  const found = projects.value.find((project) => file.startsWith(`${project.path}/`));
  return found ? { project: found, path: file.slice(found.path.length + 1) } : null;
}

export function shortName(build: Build): string {
  return placeOf(build.file)?.path ?? build.file;
}

/** A file of a project as a person reads it: with the folder's name where there are several. */
export function fullName(project: Project, path: string): string {
  return projects.value.length > 1 ? `${project.path.split("/").at(-1)}/${path}` : path;
}
