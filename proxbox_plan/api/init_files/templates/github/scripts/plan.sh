# Plan the pull request: the report for the comment with who has approved, the plan itself, and a page.
set -euo pipefail
approvals=()
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/approvals.sh"

proxbox validate
code=0
proxbox plan --state state.json --out plan.json ${PREVIOUS:+--previous "$PREVIOUS"} || code=$?
[[ $code == 0 || $code == 3 ]] || exit "$code" # 3: over a limit or denied, which the report says
proxbox show plan.json --config proxbox.yaml ${approvals[@]+"${approvals[@]}"} \
    --report markdown=plan.md --report html=plan.html --link "Run and full report=$RUN" >/dev/null
exit "$code"
