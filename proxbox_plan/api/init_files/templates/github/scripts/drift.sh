# Compare Proxmox with NetBox; say in the output `drift` whether they differ. An error stays an error.
set -euo pipefail

code=0
proxbox drift --detailed-exitcode --out drift.json --report markdown=drift.md --report html=drift.html || code=$?
case $code in
    0) echo "drift=no" >>"$GITHUB_OUTPUT" ;;
    2) echo "drift=yes" >>"$GITHUB_OUTPUT" ;;
    *) exit "$code" ;;
esac
cat drift.md >>"$GITHUB_STEP_SUMMARY"
