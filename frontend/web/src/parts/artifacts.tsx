import type { BuildDetails } from "../api";
import { size } from "./builds";

/** The artifacts of a build with their checksums, and the digest of its image. */
export function Artifacts({ build }: { build: BuildDetails }) {
  const { digest } = build;
  if (!build.artifacts.length && !digest) return null;
  return (
    <section aria-labelledby="artifacts">
      <h2 id="artifacts">Artifacts</h2>
      {build.artifacts.length > 0 && <ul class="artifacts">
        {build.artifacts.map(({ number, name, sha256, there, ...artifact }) => (
          <li key={name}>
            {there ? <a href={`/api/v1/builds/${build.id}/artifacts/${number}`} download={name}>{name}</a> : <s>{name}</s>}{" "}
            {size(artifact.size)} <code>sha256:{sha256}</code>
            {!there && <span class="hint"> removed: the artifacts of old builds are removed first</span>}
          </li>
        ))}
      </ul>}
      {digest && (
        <p class="row">
          <span>Image digest <code>{digest}</code></span>
          <button type="button" aria-label="Copy the image digest" onClick={() => void navigator.clipboard.writeText(digest)}>Copy</button>
        </p>
      )}
    </section>
  );
}
