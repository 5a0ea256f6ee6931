import { useSignal } from "@preact/signals";
import { message, post } from "../api";
import { Create } from "../parts/create";
import { Title } from "../parts/title";

interface Note { field: string; why: string }
interface ImportResult { text: string; notes: Note[] }

/** Convert a Dockerfile, or a build exported by AuroraBoot's page, into a Kairosfile; a Kairosfile stays as it is. */
export function ImportPage() {
  const input = useSignal("");
  const result = useSignal<ImportResult | null>(null);
  const fault = useSignal("");
  const convert = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      result.value = await read(input.value);
      fault.value = "";
    } catch (error) {
      result.value = null;
      fault.value = message(error);
    }
  };
  const upload = async (files: FileList | null) => {
    if (files?.[0]) input.value = await files[0].text();
  };
  return (
    <>
      <Title>Import</Title>
      <div class="panes">
        <form onSubmit={convert}>
          <div class="input">
            <label class="name" for="given">A Dockerfile that calls kairos-init, a build exported from AuroraBoot as JSON, or a Kairosfile</label>
            <textarea id="given" class="given" rows={18} required value={input} spellcheck={false} onInput={(event) => (input.value = event.currentTarget.value)} />
          </div>
          <p class="row">
            <label for="upload">Or upload a file</label>
            <input id="upload" type="file" onChange={(event) => void upload(event.currentTarget.files)} />
            <button type="submit" class="primary">Convert</button>
          </p>
        </form>
        <section aria-label="The Kairosfile">
          {fault.value && <p class="fault" role="alert">{fault.value}</p>}
          {result.value && (
            <>
              <pre tabIndex={0} aria-label="Text of the Kairosfile">{result.value.text}</pre>
              {result.value.notes.length > 0 && (
                <>
                  <h2>Changed or not converted</h2>
                  <ul>{result.value.notes.map((note) => <li key={note.field}><code>{note.field}</code>: {note.why}</li>)}</ul>
                </>
              )}
              <Create text={result.value.text} />
            </>
          )}
        </section>
      </div>
    </>
  );
}

const INSTRUCTION = /^[ \t]*FROM[ \t]/im; // every Dockerfile has one, and a Kairosfile has none

async function read(text: string): Promise<ImportResult> {
  if (text.trimStart().startsWith("{")) return post<ImportResult>("/import", { text });
  if (!INSTRUCTION.test(text)) return { text, notes: [] };
  const { kairosfile } = await post<{ kairosfile: string }>("/adopt", { text });
  return { text: kairosfile, notes: [] };
}
