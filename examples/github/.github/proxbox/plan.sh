# Plan the pull request: the report for the comment, the plan itself, and a page.
set -euo pipefail

proxbox validate
proxbox plan --state state.json --out plan.json ${PREVIOUS:+--previous "$PREVIOUS"} \
    --report markdown=plan.md --report html=plan.html --link "Run and full report=$RUN"
