# Plan again what was merged, with the code of this branch, and require the changes that the pull request showed.
# The outputs: `changes` is no where nothing is left to do; `digest` is that of the changes to apply.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"
approvals=()
# shellcheck source=/dev/null
source "$(dirname "$0")/approvals.sh"

refuse() {
    echo "::error::Nothing is applied: $1"
    exit 1
}

code=0
proxbox plan --state state.json --out plan.json ${PREVIOUS:+--previous "$PREVIOUS"} || code=$?
[[ $code == 0 || $code == 3 ]] || exit "$code" # 3: over a limit or denied; a label may permit it, or the apply refuses
proxbox show plan.json --config proxbox.yaml ${approvals[@]+"${approvals[@]}"} \
    --report markdown=plan.md --report html=plan.html >/dev/null
cat plan.md >>"$GITHUB_STEP_SUMMARY"

digest=$(changes_of plan.json)
count=$(python3 -c 'import json; print(len(json.load(open("plan.json", encoding="utf-8"))["changes"]))')
if [[ $count == 0 ]]; then
    echo "changes=no" >>"$GITHUB_OUTPUT"
    echo "NetBox is as it was merged: there is nothing to approve."
    exit
fi
[[ -n $NUMBER ]] || refuse "$GITHUB_SHA merged no pull request, so no plan was reviewed."
grep --quiet --line-regexp "$digest" reviewed.txt || {
    shown=$(paste --serial --delimiters=' ' reviewed.txt)
    refuse "the changes are $digest now, and pull request #$NUMBER showed ${shown:-none}."
}
{
    echo "changes=yes"
    echo "digest=$digest"
} >>"$GITHUB_OUTPUT"
echo "The changes of pull request #$NUMBER: $digest"
