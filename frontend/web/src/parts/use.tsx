import type { BuildDetails } from "../api";

/** What can be done with what a build made: commands to copy, of other programs too. */
export function Use({ build }: { build: BuildDetails }) {
  const commands = commandsOf(build);
  if (!commands.length) return null;
  return (
    <details>
      <summary>Use it</summary>
      <dl class="use">
        {commands.map(([what, command]) => (
          <div key={command}>
            <dt>{what}</dt>
            <dd>
              <code>{command}</code>{" "}
              <button type="button" onClick={() => void navigator.clipboard.writeText(command)}>Copy</button>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function commandsOf(build: BuildDetails): [string, string][] {
  const words = build.command?.split(" ") ?? [];
  const image = words.find((word) => word.startsWith("--tag="))?.slice("--tag=".length);
  const found: [string, string][] = [];
  if (image && words.includes("--load")) {
    found.push(["Look inside", `docker run --rm -it --entrypoint /bin/sh ${image}`]);
    found.push(["Push it, for nodes to upgrade to", `docker push ${image}`]);
  }
  if (image && words.includes("--push")) {
    found.push(["Upgrade a node to it", `sudo kairos-agent upgrade --source oci:${image}`]);
    found.push(["Make an ISO of it with AuroraBoot", `docker run --rm -v "$PWD:/output" quay.io/kairos/auroraboot build-iso --output /output oci:${image}`]);
  }
  for (const { name } of build.artifacts) {
    const quoted = /^[\w./:+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
    if (name.endsWith(".iso")) {
      found.push(["Write it to a stick, /dev/sdX", `sudo dd if=${quoted} of=/dev/sdX bs=4M conv=fsync status=progress`]);
      found.push(["Start it in QEMU", `qemu-system-x86_64 -enable-kvm -m 4096 -cdrom ${quoted}`]);
    }
    if (name === "image.tar") found.push(["Copy it to a registry", "skopeo copy oci-archive:image.tar docker://HOST/ORG/NAME:TAG"]);
  }
  return found;
}
