// The exchange of the one-time code, which the printed address carries, for a session.
import { access, get, send, signedIn, type Access, type Project } from "./api";
import { projects } from "./parts/projects";

export async function exchange(code: string): Promise<void> {
  await send("POST", "/session", { code });
}

export async function load(): Promise<void> {
  try {
    access.value = await get<Access>("/access");
    projects.value = await get<Project[]>("/projects");
    signedIn.value = true;
  } catch {
    signedIn.value = false;
  }
}

/** Sign in by the code of the address, if it has one, which leaves the address bar, and so the history, at once. */
export async function start(): Promise<void> {
  const code = new URLSearchParams(location.search).get("code");
  if (code) {
    history.replaceState(null, "", location.pathname + location.hash);
    await exchange(code).catch(() => undefined); // a used code in a browser that is known already does no harm
  }
  await load();
}
