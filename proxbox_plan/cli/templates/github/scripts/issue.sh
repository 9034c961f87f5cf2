# issue.sh REPORT: keep one open issue while DRIFT is yes, and close it when it is no.
set -euo pipefail

label=netbox-drift
open=$(gh issue list --label "$label" --state open --limit 1 --json number --jq '.[].number')
if [[ $DRIFT == yes && -n $open ]]; then
    gh issue edit "$open" --body-file "$1"
elif [[ $DRIFT == yes ]]; then
    gh label create "$label" --description "NetBox and Proxmox differ" --force
    gh issue create --title "NetBox and Proxmox differ" --label "$label" --body-file "$1"
elif [[ -n $open ]]; then
    gh issue close "$open" --comment "NetBox agrees with Proxmox again."
fi
