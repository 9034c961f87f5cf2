# Which pull request this push merged: its number, who opened it, the changes that its comment shows, and the labels that
# count. reviewed.txt gets the digests, labels.txt the labels; the output `number` is empty for a push past all reviews.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"

repository=repos/$GITHUB_REPOSITORY
: >reviewed.txt
: >labels.txt

# shellcheck disable=SC2016 # jq's own variable
number=$(gh api "$repository/commits/$GITHUB_SHA/pulls" --jq \
    '.[] | select(.merged_at != null and .merge_commit_sha == $ENV.GITHUB_SHA) | .number')
echo "number=$number" >>"$GITHUB_OUTPUT"
[[ -n $number ]] || exit 0
author=$(gh api "$repository/pulls/$number" --jq .user.login)
echo "author=$author" >>"$GITHUB_OUTPUT"

# There is a comment for each set of clusters that was planned.
# shellcheck disable=SC2016 # backticks of Markdown
gh api --paginate "$repository/issues/$number/comments" --jq \
    '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- proxbox-plan: plan"))) | .body' |
    sed -n 's/^Reviewed changes: `\(sha256:[0-9a-f]\{64\}\)`\r\{0,1\}$/\1/p' >reviewed.txt

# A label counts if whoever put it there last may maintain this repository: a workflow's token sets labels, too.
gh api "$repository/pulls/$number" --jq '.labels[].name' | while IFS= read -r LABEL; do
    export LABEL
    # shellcheck disable=SC2016 # jq's own variable
    who=$(gh api --paginate "$repository/issues/$number/events" --jq \
        '.[] | select(.event == "labeled" and .label.name == $ENV.LABEL) | .actor.login' | tail -n 1)
    [[ $who =~ ^[A-Za-z0-9-]+$ ]] || continue # no app has rights of its own
    role=$(gh api "$repository/collaborators/$who/permission" --jq .role_name)
    if [[ $role == admin || $role == maintain ]]; then
        printf '%s\n' "$LABEL" >>labels.txt
    else
        echo "::notice::The label $LABEL does not count: $who may not maintain this repository."
    fi
done
