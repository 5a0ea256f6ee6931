import type { BuildDetails } from "../api";

/** Commands to copy that use the result of a build, including commands of other programs. */
export function Use({ build }: { build: BuildDetails }) {
  const commands = commandsOf(build);
  if (!commands.length) return null;
  return (
    <details>
      <summary>Use this build</summary>
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
  const argv = build.command?.split(" ") ?? [];
  const image = argv.find((arg) => arg.startsWith("--tag="))?.slice("--tag=".length);
  const commands: [string, string][] = [];
  if (image && argv.includes("--load")) {
    commands.push(["Open a shell in the image", `docker run --rm -it --entrypoint /bin/sh ${image}`]);
    commands.push(["Push it to its registry, so that nodes can upgrade to it", `docker push ${image}`]);
  }
  if (image && argv.includes("--push")) {
    commands.push(["Upgrade a node to this image", `sudo kairos-agent upgrade --source oci:${image}`]);
    commands.push(["Build an ISO from it with AuroraBoot", `docker run --rm -v "$PWD:/output" quay.io/kairos/auroraboot build-iso --output /output oci:${image}`]);
  }
  for (const { name } of build.artifacts) {
    const shellWord = /^[\w./:+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
    if (name.endsWith(".iso")) {
      commands.push(["Write it to a USB stick, /dev/sdX", `sudo dd if=${shellWord} of=/dev/sdX bs=4M conv=fsync status=progress`]);
      commands.push(["Boot it in QEMU", `qemu-system-x86_64 -enable-kvm -m 4096 -cdrom ${shellWord}`]);
    }
    if (name === "image.tar") commands.push(["Copy it to a registry", "skopeo copy oci-archive:image.tar docker://HOST/ORG/NAME:TAG"]);
  }
  return commands;
}
