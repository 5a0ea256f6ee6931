# What is in the artifacts of a folder: the folders and files in them with mode, owner and content, without what says
# when they were made. A signature differs with the times in what is signed, so signed programs are taken apart. Runs in
# AuroraBoot's image, which has the tools.
mkdir -p /made
tree() {
    (cd "$1" && find . -printf '%p %y %m %U:%G %l\n' && find . -type f -exec sha256sum {} +) | sort
}
program() {
    mkdir -p "$2/initrd"
    python3 - "$1" "$2" <<'PYTHON' || return 0
import sys, pefile
program = pefile.PE(sys.argv[1])
certificates = program.OPTIONAL_HEADER.DATA_DIRECTORY[4]
if not certificates.Size:
    sys.exit(1)
for section in program.sections:
    name = section.Name.rstrip(b"\0").decode()
    if name != ".pcrsig":
        open(f"{sys.argv[2]}/{name}", "wb").write(section.get_data(length=section.Misc_VirtualSize))
PYTHON
    if [ -e "$2/.initrd" ]; then
        zstd -dc "$2/.initrd" | (cd "$2/initrd" && cpio -i --quiet)
        rm "$2/.initrd"
    fi
    rm "$1"
}
efi() {
    mkdir -p "$2"
    mcopy -s -i "$1" ::/ "$2"
    find "$2" -name '*.efi' -o -name '*.EFI' | while read -r each; do program "$each" "$each.parts"; done
    rm "$1"
}
for file in *.iso; do
    [ -e "$file" ] || continue
    osirrox -indev "$file" -extract / "/made/$file"
    chmod -R u+rwX "/made/$file"
    (
        cd "/made/$file"
        find . -name '*.img' -size +300k | while read -r each; do efi "$each" "$each.files"; done
        if [ -e rootfs.squashfs ]; then
            unsquashfs -q -d root rootfs.squashfs
            rm rootfs.squashfs
        fi
    )
done
for file in *.squashfs; do [ ! -e "$file" ] || unsquashfs -q -d "/made/$file" "$file"; done
for file in *.raw; do
    [ -e "$file" ] || continue
    mkdir -p "/made/$file"
    sfdisk --quiet --dump "$file" | grep name= | sed 's/.*start= *\([0-9]*\), size= *\([0-9]*\),.*name="\([^"]*\)".*/\3 \1 \2/' |
        while read -r name start size; do
            part=/made/$file/$name
            dd if="$file" of="$part.img" bs=512 skip="$start" count="$size" status=none
            if [ "$name" = efi ]; then
                efi "$part.img" "$part"
            else
                mkdir "$part"
                debugfs -R "rdump / $part" "$part.img"
                rm "$part.img"
            fi
        done
done
find /made -name '*.img' | while read -r file; do
    mkdir "$file.files"
    debugfs -R "rdump / $file.files" "$file" && rm "$file"
done
for file in *-kernel *-initrd; do [ ! -e "$file" ] || cp "$file" /made/; done
tree /made > /out/contents
