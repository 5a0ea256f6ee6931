import { useSignal } from "@preact/signals";
import { message } from "../api";
import { exchange, load } from "../session";

export function SignIn() {
  const code = useSignal("");
  const fault = useSignal("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await exchange(code.value.trim());
      await load();
    } catch (error) {
      fault.value = message(error);
    }
  };
  return (
    <main class="alone">
      <h1>kairosfile</h1>
      <p>This browser is not signed in. Open the address that <code>kairosfile web</code> printed, or enter its one-time code.</p>
      <form onSubmit={submit}>
        <label for="code">One-time code</label>
        <input id="code" value={code} onInput={(event) => (code.value = event.currentTarget.value)} autocomplete="off" required />
        <button type="submit">Sign in</button>
      </form>
      <p role="alert" class="fault">{fault}</p>
    </main>
  );
}
