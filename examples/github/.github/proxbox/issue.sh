# issue.sh REPORT: keep one open issue while DRIFT is yes, and close it when it is no.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"

label=netbox-drift
issues=repos/$GITHUB_REPOSITORY/issues
open=$(gh api "$issues?labels=$label&state=open&per_page=1" --jq '.[].number')
if [[ $DRIFT == yes && -n $open ]]; then
    gh api --method PATCH "$issues/$open" --field body=@"$1" --silent
elif [[ $DRIFT == yes ]]; then
    gh label create "$label" --description "NetBox and Proxmox differ" --force
    gh api --method POST "$issues" --raw-field title="NetBox and Proxmox differ" --raw-field "labels[]=$label" \
        --field body=@"$1" --silent
elif [[ -n $open ]]; then
    gh api --method POST "$issues/$open/comments" --raw-field body="NetBox agrees with Proxmox again." --silent
    gh api --method PATCH "$issues/$open" --raw-field state=closed --silent
fi
