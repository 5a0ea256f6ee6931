// A file as a link: its text, deflated, in the part of the address that no browser sends. The page "Try it" of the
// docs reads and writes the same links.
const AT = "#file=";

async function through(stream: GenericTransformStream, bytes: BlobPart): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}

/** The end of a link that holds a text. */
export async function packed(text: string): Promise<string> {
  const bytes = new Uint8Array(await through(new CompressionStream("deflate-raw"), text));
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return AT + letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const isShared = (hash: string): boolean => hash.startsWith(AT);

/** The text that an address holds; fails for what is no such text. */
export async function unpacked(hash: string): Promise<string> {
  const letters = atob(hash.slice(AT.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes));
}
