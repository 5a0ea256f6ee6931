import type { BuildDetails } from "../api";
import { size } from "./builds";

/** The files that a build made, with the checksums to hold them against. */
export function Artifacts({ build }: { build: BuildDetails }) {
  if (!build.artifacts.length) return null;
  return (
    <section aria-labelledby="artifacts">
      <h2 id="artifacts">Artifacts</h2>
      <ul class="artifacts">
        {build.artifacts.map((artifact, number) => (
          <li key={artifact.name}>
            <a href={`/api/v1/builds/${build.id}/artifacts/${number}`} download={artifact.name}>{artifact.name}</a>{" "}
            {size(artifact.size)} <code>sha256:{artifact.sha256}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
