# Propose the collected state.json as a pull request from the branch netbox/state; nothing to do when it is as before.
set -euo pipefail

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
    commit --quiet --message "What Proxmox says now"
# The token is neither in an argument nor in a file.
git -c credential.helper= -c credential.helper='!gh auth git-credential' \
    push --quiet --force "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "HEAD:refs/heads/$branch"

open=$(gh pr list --head "$branch" --state open --limit 1 --json number --jq '.[].number')
if [[ -n $open ]]; then
    gh pr edit "$open" --body-file "$body"
else
    gh pr create --head "$branch" --base "$base" --title "What Proxmox says now" --body-file "$body"
fi
