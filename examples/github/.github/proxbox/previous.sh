# Fetch the outcome of the last apply, if one is kept: what NetBox refused then is no news in the next plan.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"

for run in $(gh run list --workflow netbox-apply.yml --branch "$BRANCH" --limit 5 --json databaseId --jq '.[].databaseId'); do
    if gh run download "$run" --name netbox-outcome --dir previous 2>/dev/null && [[ -s previous/plan.outcome.json ]]; then
        echo "file=previous/plan.outcome.json" >>"$GITHUB_OUTPUT"
        echo "The outcome of run $run"
        exit
    fi
done
