# Plan what Proxmox says now, and apply the changes that rules of `review` in proxbox.yaml give to no person.
# STEP is `plan`, which may only read, or `apply`.
set -euo pipefail

if [[ $STEP == plan ]]; then
    proxbox plan --state now.json --out plan.json --split .
else
    proxbox apply auto.json --lock-timeout 3600 --report markdown="$GITHUB_STEP_SUMMARY"
fi
