# Fetch the plan of the pull request that this push merged, into plan.json, and its labels into labels.txt.
# Whatever is not exactly that plan is refused.
# With PLAN_DIGEST it must also be the one that was fetched before.
set -euo pipefail

refuse() {
    echo "::error::Nothing is applied: $1"
    exit 1
}

# shellcheck disable=SC2016 # jq's own variable
merged=$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" --jq \
    '.[] | select(.merged_at != null and .merge_commit_sha == $ENV.GITHUB_SHA) | "\(.number) \(.head.sha)"')
[[ -n $merged ]] || refuse "$GITHUB_SHA merged no pull request, so no plan was reviewed."
read -r number head <<<"$merged"

run=$(gh run list --workflow netbox-plan.yml --event pull_request --commit "$head" --status success --limit 1 \
    --json databaseId --jq '.[].databaseId')
[[ -n $run ]] || refuse "pull request #$number has no successful plan for its last commit $head."

# There is a comment for each set of clusters that was planned.
# shellcheck disable=SC2016 # backticks of Markdown
said=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" --jq \
    '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- proxbox-plan: plan"))) | .body' |
    sed -n 's/^Plan file: `sha256:\([0-9a-f]\{64\}\)`\r\{0,1\}$/\1/p')
[[ -n $said ]] || refuse "pull request #$number has no comment that shows its plan."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gh run download "$run" --name netbox-plan --dir "$folder" ||
    refuse "the plan of pull request #$number is not kept any more; open another one."
digest=$(sha256sum "$folder/plan.json" | cut -d ' ' -f 1)
grep --quiet --line-regexp "$digest" <<<"$said" ||
    refuse "the plan of run $run is not the one that is shown on pull request #$number."
[[ $digest == "${PLAN_DIGEST:-$digest}" ]] || refuse "the plan is not the one that was let through."

gh api "repos/$GITHUB_REPOSITORY/pulls/$number" --jq '.labels[].name' >labels.txt

mv "$folder/plan.json" plan.json
cat "$folder/plan.md" >>"$GITHUB_STEP_SUMMARY"
echo "digest=$digest" >>"$GITHUB_OUTPUT"
echo "The plan of pull request #$number, run $run, sha256:$digest"
