# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What setup and vm share: making pieces of the guest's file system.

# copy_libraries ROOT: give every ELF file under ROOT the shared libraries it needs.  The loader
# goes where the files name it, the libraries to ROOT/lib, where the loader looks without a cache.
copy_libraries() {
    local root=$1 file line name path
    while IFS= read -r -d '' file; do
        [ "$(head -c 4 "$file" | tail -c 3 | tr -d '\0')" = ELF ] || continue
        while read -r line; do
            case $line in
                *' => not found'*)
                    echo "${file##*/} needs ${line%% *}, which this machine does not have" >&2
                    return 1
                    ;;
                *' => /'*) name=lib/${line%% *} path=${line#* => } ;;
                /*) name=${line#/} path=$line ;;
                *) continue ;; # the vDSO, or "not a dynamic executable"
            esac
            name=${name% (*} path=${path% (*}
            [ ! -e "$root/$name" ] || continue
            mkdir -p "$root/${name%/*}" && cp -L "$path" "$root/$name" || return 1
        done < <(ldd "$file" 2> /dev/null)
    done < <(find "$root" -type f -print0)
}

# archive ROOT: ROOT as a cpio archive, the way the kernel wants its initramfs, on stdout.
archive() {
    (cd "$1" && find . -print0 | sort -z | cpio --null --create --format=newc --owner=+0:+0 --quiet)
}
