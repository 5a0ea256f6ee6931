import type { Build } from "../api";
import { ago, builds, duration, runningCount, sign } from "../parts/builds";
import { shortName } from "../parts/projects";
import { Title } from "../parts/title";

export function BuildsPage() {
  const queue = builds.value?.filter((build) => build.state === "queued").reverse() ?? [];
  return (
    <>
      <Title>Builds</Title>
      {builds.value?.length === 0 && <p>No builds yet. Open a Kairosfile to start one.</p>}
      {!!builds.value?.length && (
        <div class="wide" tabIndex={0} role="region" aria-label="All builds">
          <table>
            <thead>
              <tr><th scope="col">State</th><th scope="col">File</th><th scope="col">Target</th><th scope="col">Platforms</th>
                <th scope="col">Started from</th><th scope="col">Requested</th><th scope="col">Duration</th><th scope="col">Steps</th></tr>
            </thead>
            <tbody>{builds.value.map((build) => <Row key={build.id} build={build} position={queue.indexOf(build) + 1} />)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ build, position }: { build: Build; position: number }) {
  const time = build.ended && build.asked ? duration((build.ended - build.asked) / 1000) : "";
  return (
    <tr>
      <td><span class={`state ${build.state}`} aria-hidden="true">{sign(build.state)}</span>{" "}
        {build.state}{position ? `, position ${position} in the queue (${runningCount.value} running)` : ""}</td>
      <td><a href={`/builds/${build.id}`}>{shortName(build)}</a></td>
      <td>{build.target || "image"}</td>
      <td>{build.platforms?.join(", ")}</td>
      <td>{build.origin}</td>
      <td>{ago(build.asked)}</td>
      <td>{time}</td>
      <td>{build.ran === null ? "" : `${build.ran} ran, ${build.cached} cached`}</td>
    </tr>
  );
}
