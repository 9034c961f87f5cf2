# Apply plan.json. The labels of its pull request are somebody's word for checks that require one (`effect: require`).
set -euo pipefail

words=()
while IFS= read -r label; do
    [[ -z $label ]] || words+=(--label "$label")
done <labels.txt
proxbox apply plan.json --report markdown="$GITHUB_STEP_SUMMARY" ${words[@]+"${words[@]}"}
