# Which GitHub the command line `gh` asks: the one this workflow runs on, a GitHub Enterprise Server, too.
GH_HOST=${GITHUB_SERVER_URL#*://}
export GH_HOST
if [[ $GH_HOST != github.com && -n ${GH_TOKEN:-} ]]; then
    export GH_ENTERPRISE_TOKEN=$GH_TOKEN
fi

# The digest of a plan's changes: equal for every plan that does the same.
changes_of() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["changes_digest"])' "$1"
}
