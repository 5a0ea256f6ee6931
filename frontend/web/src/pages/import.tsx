import { useSignal } from "@preact/signals";
import { message, post } from "../api";
import { Create } from "../parts/create";
import { Title } from "../parts/title";

interface Note { field: string; why: string }
interface Made { text: string; notes: Note[] }

/** A Dockerfile, or a build that AuroraBoot's page exported, as a Kairosfile; a Kairosfile as it is. */
export function ImportPage() {
  const given = useSignal("");
  const made = useSignal<Made | null>(null);
  const fault = useSignal("");
  const take = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      made.value = await read(given.value);
      fault.value = "";
    } catch (error) {
      made.value = null;
      fault.value = message(error);
    }
  };
  const upload = async (files: FileList | null) => {
    if (files?.[0]) given.value = await files[0].text();
  };
  return (
    <>
      <Title>Import</Title>
      <div class="panes">
        <form onSubmit={take}>
          <div class="input">
            <label class="name" for="given">A Dockerfile for Kairos, a build that AuroraBoot's page exported as JSON, or a Kairosfile</label>
            <textarea id="given" class="given" rows={18} required value={given} spellcheck={false} onInput={(event) => (given.value = event.currentTarget.value)} />
          </div>
          <p class="row">
            <label for="upload">Or a file</label>
            <input id="upload" type="file" onChange={(event) => void upload(event.currentTarget.files)} />
            <button type="submit" class="primary">Read it</button>
          </p>
        </form>
        <section aria-label="The Kairosfile">
          {fault.value && <p class="fault" role="alert">{fault.value}</p>}
          {made.value && (
            <>
              <pre tabIndex={0} aria-label="Text of the Kairosfile">{made.value.text}</pre>
              {made.value.notes.length > 0 && (
                <>
                  <h2>Not converted as it was</h2>
                  <ul>{made.value.notes.map((note) => <li key={note.field}><code>{note.field}</code>: {note.why}</li>)}</ul>
                </>
              )}
              <Create text={made.value.text} />
            </>
          )}
        </section>
      </div>
    </>
  );
}

const INSTRUCTION = /^[ \t]*FROM[ \t]/im; // which every Dockerfile has, and no YAML

async function read(text: string): Promise<Made> {
  if (text.trimStart().startsWith("{")) return post<Made>("/import", { text });
  if (!INSTRUCTION.test(text)) return { text, notes: [] };
  const { kairosfile } = await post<{ kairosfile: string }>("/adopt", { text });
  return { text: kairosfile, notes: [] };
}
