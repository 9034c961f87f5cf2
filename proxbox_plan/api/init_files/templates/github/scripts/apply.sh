# Apply plan.json if its changes are DIGEST. Only the labels in labels.txt permit what checks and limits ask a label for.
# Where the configuration requires approvals, those of the folder `approvals` count, but for that of AUTHOR.
set -euo pipefail
approvals=()
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/approvals.sh"

words=()
while IFS= read -r label; do
    [[ -z $label ]] || words+=(--label "$label")
done <labels.txt
proxbox apply plan.json --expect "$DIGEST" --lock-timeout 3600 --report markdown="$GITHUB_STEP_SUMMARY" \
    ${approvals[@]+"${approvals[@]}"} ${words[@]+"${words[@]}"}
