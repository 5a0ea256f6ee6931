// A file as a link: its compressed text is in the fragment of the address, which browsers do not send. The page "Try it"
// of the docs reads and writes the same links.
const AT = "#file=";

async function transform(stream: GenericTransformStream, bytes: BlobPart): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}

/** Compress a text into the fragment of a link. */
export async function pack(text: string): Promise<string> {
  const bytes = new Uint8Array(await transform(new CompressionStream("deflate-raw"), text));
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return AT + letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const isShared = (hash: string): boolean => hash.startsWith(AT);

/** Return the text of a fragment; throws if the fragment is malformed. */
export async function unpack(hash: string): Promise<string> {
  const letters = atob(hash.slice(AT.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(await transform(new DecompressionStream("deflate-raw"), bytes));
}
