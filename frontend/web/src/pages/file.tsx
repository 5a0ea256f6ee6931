import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { access } from "../api";
import { Editor } from "../editor/editor";
import { OpenFile } from "../editor/open";
import { BuildBar } from "../parts/buildbar";
import { Conflict } from "../parts/conflict";
import { Dockerfile } from "../parts/dockerfile";
import { Form } from "../parts/form";
import { PlanPane } from "../parts/plan";
import { Link } from "../parts/link";
import { Panes } from "../parts/panes";
import { Problems } from "../parts/problems";
import { fullName, projects } from "../parts/projects";
import { Tabs } from "../parts/tabs";
import { Title } from "../parts/title";

export function FilePage({ project, path }: { project: string; path: string }) {
  const file = useRef<OpenFile>(null);
  file.current ??= OpenFile.of(project, path);
  const open = file.current;
  const projectEntry = projects.value.find((one) => one.id === project);
  useEffect(() => void open.load(), [open]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (open.isChanged.value) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [open]);
  return (
    <>
      <div class="bar">
        <Title>{projectEntry ? fullName(projectEntry, path) : path}</Title>
        <span role="status">{open.status.value || (open.isChanged.value ? "● not saved" : open.text.value === null ? "" : "saved")}</span>
        <Link text={open.text.value ?? ""} />
        {open.isChanged.value && !open.conflict.value && (
          <button type="button" aria-pressed={open.isCompared.value} onClick={() => open.compare(!open.isCompared.value)}>Changes</button>
        )}
        <button type="button" onClick={() => void open.save()} disabled={!open.isChanged.value || !access.value.changes} aria-keyshortcuts="Control+S">
          Save
        </button>
      </div>
      {open.fault.value && <p role="alert" class="fault">{open.fault.value}</p>}
      <Conflict file={open} />
      {open.text.value !== null && (
        <Panes selectedPane={open.pane} names={["Text", "Views"]}
          left={
            <div class="left">
              <EditorPane file={open} label={path} />
              <Problems file={open} />
              <BuildBar file={open} />
            </div>
          }
          right={
            <Tabs label="Views of the file" tabs={[
              { name: "Form", content: () => <Form file={open} /> },
              { name: "Plan and cost", content: () => <PlanPane file={open} /> },
              { name: "Dockerfile", content: () => <Dockerfile file={open} /> },
            ]} />
          }
        />
      )}
    </>
  );
}

function EditorPane({ file, label }: { file: OpenFile; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const ready = useSignal(false);
  useEffect(() => {
    const editor = new Editor(place.current!, file.text.value ?? "", {
      label: `Text of ${label}`,
      change: (text) => file.onChange(text),
      line: (line) => (file.line.value = line),
      save: () => void file.save(),
      build: () => file.build.value?.(),
      servedText: () => file.servedText,
    });
    file.attach(editor);
    ready.value = true;
    return () => {
      file.detach();
      editor.destroy();
    };
  }, [file]);
  return <div class="editor" ref={place} />;
}
