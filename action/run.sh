# What the action runs: one proxbox command with its arguments, one a line, and the reports that later steps want.
set -euo pipefail

arguments=()
case $PROXBOX_COMMAND in
    plan) arguments+=(--report markdown=plan.md --report html=plan.html) ;;
    drift) arguments+=(--out drift.json --report markdown=drift.md --report html=drift.html) ;;
esac
case $PROXBOX_COMMAND in
    validate | collect | plan | drift | apply) arguments+=(--config "$PROXBOX_CONFIG") ;;
esac
while IFS= read -r argument; do
    [[ -z $argument ]] || arguments+=("$argument")
done <<<"$PROXBOX_ARGS"

code=0
proxbox "$PROXBOX_COMMAND" ${arguments[@]+"${arguments[@]}"} || code=$?
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
[[ $code == 0 || $code == 2 ]] || exit "$code"
