import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { access, signedIn } from "./api";
import { builderState, watchBuilders, type BuilderState } from "./parts/builders";
import { runningCount, watchBuilds } from "./parts/builds";
import { KeyList, useKeys } from "./parts/keys";
import { BuildPage } from "./pages/build";
import { BuildsPage } from "./pages/builds";
import { BuilderPage } from "./pages/builder";
import { ImportPage } from "./pages/import";
import { NewPage } from "./pages/new";
import { ProjectsPage } from "./pages/projects";
import { ReferencePage } from "./pages/reference";
import { SharedPage } from "./pages/shared";
import { SignIn } from "./pages/signin";
import { isShared } from "./parts/share";
import { address, hash } from "./router";
import { loadFilePage } from "./session";

type FilePage = Awaited<ReturnType<typeof loadFilePage>>["FilePage"];

/** The page of a file, loaded on demand. It avoids `lazy` of preact/compat, which makes `onChange` fire for each key. */
function LazyFilePage(props: { project: string; path: string }) {
  const filePage = useSignal<{ FilePage: FilePage } | null>(null);
  useEffect(() => void loadFilePage().then((module) => (filePage.value = module)), []);
  return filePage.value ? <filePage.value.FilePage {...props} /> : <p role="status">Loading …</p>;
}

export function App() {
  if (signedIn.value === null) return <p class="alone" role="status">Connecting …</p>;
  if (!signedIn.value) return <SignIn />;
  return <Frame />;
}

function Frame() {
  useEffect(watchBuilds, []);
  useEffect(watchBuilders, []);
  useKeys();
  const here = address.value;
  const current = (path: string) => (here === path ? "page" : undefined);
  return (
    <>
      <a class="skip" href="#content">Skip to the content</a>
      <header>
        <nav aria-label="Pages">
          <a class="brand" href="/" aria-current={current("/")}>kairosfile</a>
          <a href="/builds" aria-current={current("/builds")}>
            Builds{runningCount.value ? ` (${runningCount.value} running)` : ""}
          </a>
          <a href="/builder" aria-current={current("/builder")}>Builder{builderState.value && <BuilderSign state={builderState.value} />}</a>
          {!access.value.changes && <span class="hint">This session is read-only.</span>}
          <KeyList />
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {isShared(hash.value) ? <SharedPage hash={hash.value} /> : <View path={here} />}
      </main>
    </>
  );
}

function BuilderSign({ state }: { state: BuilderState }) {
  return <span class={state === "ok" ? undefined : "fault"}> <span aria-hidden="true">{state === "ok" ? "✓" : "✗"} </span>{state}</span>;
}

function View({ path }: { path: string }) {
  const [, first, second, ...rest] = path.split("/").map(decodeURIComponent);
  if (first === "p" && second) return <LazyFilePage key={path} project={second} path={rest.join("/")} />;
  if (first === "builds" && second) return <BuildPage key={path} id={second} />;
  if (first === "builds") return <BuildsPage />;
  if (first === "new") return <NewPage />;
  if (first === "import") return <ImportPage />;
  if (first === "builder") return <BuilderPage />;
  if (first === "reference") return <ReferencePage />;
  if (!first) return <ProjectsPage />;
  return (
    <>
      <h1>Page not found</h1>
      <p><a href="/">All Kairosfiles</a></p>
    </>
  );
}
