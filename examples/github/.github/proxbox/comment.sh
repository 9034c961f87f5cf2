# comment.sh REPORT PLAN: post the report on the pull request, in place of the one that is there.
# The digest at its end says which changes were reviewed: netbox-apply.yml applies no others.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"

report=$1 plan=$2
comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
    cat "$report"
    # shellcheck disable=SC2016 # backticks of Markdown
    printf '\nReviewed changes: `%s`\n' "$(changes_of "$plan")"
} >"$body"

# The first line of a report is a hidden marker, the same for every plan of these clusters.
MARKER=$(head -n 1 "$report")
export MARKER
# shellcheck disable=SC2016 # jq's own variable
mine=$(gh api --paginate "$comments" --jq \
    '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith($ENV.MARKER))) | .id')
if [[ -n $mine ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${mine%%$'\n'*}" --field body=@"$body" --silent
else
    gh api --method POST "$comments" --field body=@"$body" --silent
fi
