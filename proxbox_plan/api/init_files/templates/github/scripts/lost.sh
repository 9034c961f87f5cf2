# Open an issue for a merge that was not applied: whoever merged it may believe that it was.
set -euo pipefail
# shellcheck source=/dev/null # it is beside this file
source "$(dirname "$0")/forge.sh"

label=netbox-not-applied
what=${NUMBER:+pull request #$NUMBER}
body="The plan of ${what:-the push $GITHUB_SHA} was not applied: see [the run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID).

Run its failed jobs again, or open a pull request with a new state. Close this issue when NetBox is as it should be."
gh label create "$label" --description "A merged plan that NetBox did not get" --force
gh api --method POST "repos/$GITHUB_REPOSITORY/issues" --raw-field title="Not applied: ${what:-$GITHUB_SHA}" \
    --raw-field "labels[]=$label" --raw-field body="$body" --silent
