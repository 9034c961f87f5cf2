# Apply plan.json. The labels of its pull request are those that checks require (`severity: require`).
set -euo pipefail

words=()
while IFS= read -r label; do
    [[ -z $label ]] || words+=(--label "$label")
done <labels.txt
proxbox apply plan.json --report markdown="$GITHUB_STEP_SUMMARY" ${words[@]+"${words[@]}"}
