# Packages of other Debian suites and architectures, without touching the system: to be sourced.
#
#   isolated_apt DIRECTORY ARCHITECTURE SUITE...    prepares; then "${apt_get[@]}" and "${apt_cache[@]}"
#
# The mirror is the one that this machine's own apt uses, with its proxies, keys and certificates.

debian_mirror() {
    local lines
    lines=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian')
    head -n 1 <<<"$lines"
}

isolated_apt() {
    local directory=$1 architecture=$2 mirror suite
    shift 2
    mirror=$(debian_mirror)
    if [ -z "$mirror" ]; then
        echo "error: this machine's apt knows no Debian mirror" >&2
        echo "hint: it takes Debian, with apt-get update done" >&2
        return 1
    fi
    mkdir -p "$directory"/{etc,state/lists/partial,cache/archives/partial}
    : >"$directory/etc/sources.list"
    : >"$directory/state/status"
    for suite; do echo "deb $mirror $suite main" >>"$directory/etc/sources.list"; done
    local options=(
        -o "Dir::Etc::SourceList=$directory/etc/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
        -o "Dir::State=$directory/state" -o "Dir::State::status=$directory/state/status"
        -o "Dir::Cache=$directory/cache" -o "APT::Architecture=$architecture"
        -o "APT::Architectures=$architecture" -o Acquire::Languages=none -o APT::Sandbox::User=root
    )
    apt_get=(apt-get --quiet --quiet "${options[@]}")
    apt_cache=(apt-cache "${options[@]}")
    "${apt_get[@]}" update
}
