# Propose the collected state.json as a pull request from the branch netbox/state; nothing to do when it is as before.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"

branch=netbox/state
base=$(git rev-parse --abbrev-ref HEAD)
before=$(mktemp) body=$(mktemp)
trap 'rm -f "$before" "$body"' EXIT

if git show HEAD:state.json >"$before" 2>/dev/null; then
    proxbox diff "$before" state.json --markdown >"$body"
else
    proxbox show state.json --markdown >"$body"
fi
git add state.json
if git diff --cached --quiet; then
    echo "Proxmox is as it was."
    exit
fi

git switch --quiet -C "$branch"
git -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \
    commit --quiet --message "Update the state of Proxmox"
# The token is neither in an argument nor in a file.
git -c credential.helper= -c credential.helper='!gh auth git-credential' \
    push --quiet --force "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "HEAD:refs/heads/$branch"

pulls=repos/$GITHUB_REPOSITORY/pulls
open=$(gh api "$pulls?head=${GITHUB_REPOSITORY%%/*}:$branch&state=open&per_page=1" --jq '.[].number')
if [[ -n $open ]]; then
    gh api --method PATCH "$pulls/$open" --field body=@"$body" --silent
else
    gh api --method POST "$pulls" --raw-field title="Update the state of Proxmox" --raw-field head="$branch" \
        --raw-field base="$base" --field body=@"$body" --silent
fi
