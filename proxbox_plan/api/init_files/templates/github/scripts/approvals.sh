# What `proxbox show` and `proxbox apply` are told of approvals: the folder `approvals`, where people commit what
# `proxbox approve --changes` wrote, and AUTHOR, who opened the pull request: their own approval does not count.
[[ ! -d approvals ]] || approvals+=(--approval approvals)
[[ -z ${AUTHOR:-} ]] || approvals+=(--author "$AUTHOR")
