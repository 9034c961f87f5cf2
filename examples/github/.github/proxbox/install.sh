# Install what PROXBOX_SOURCE names into a place of this job; where it is empty, the runner must have proxbox.
# What it depends on comes from the lock file beside this script, each package with its hash.
set -euo pipefail

if [[ -n ${PROXBOX_SOURCE:-} ]]; then
    python3 -m venv "$RUNNER_TEMP/proxbox"
    PATH=$RUNNER_TEMP/proxbox/bin:$PATH
    pip install --quiet --disable-pip-version-check --require-hashes -r "$(dirname "$0")/requirements.lock"
    pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -- "$PROXBOX_SOURCE"
    echo "$RUNNER_TEMP/proxbox/bin" >>"$GITHUB_PATH"
elif ! command -v proxbox >/dev/null; then
    echo "::error::There is no proxbox on this runner: install it there, or set PROXBOX_SOURCE in the workflow."
    exit 1
fi
proxbox --version
