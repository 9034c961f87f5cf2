# Apply plan.json if its changes are DIGEST. Only the labels in labels.txt permit what checks and limits ask a label for.
set -euo pipefail

words=()
while IFS= read -r label; do
    [[ -z $label ]] || words+=(--label "$label")
done <labels.txt
proxbox apply plan.json --expect "$DIGEST" --lock-timeout 3600 --report markdown="$GITHUB_STEP_SUMMARY" \
    ${words[@]+"${words[@]}"}
