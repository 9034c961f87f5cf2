#!/usr/bin/env bash
# Build the image for both architectures, push it with its SBOM and provenance, and sign what was pushed.
# Usage: ACTOR=... TOKEN=... publish_image.sh IMAGE vX.Y.Z
set -euo pipefail

image=$1 version=${2#v}
platforms=linux/amd64,linux/arm64

docker login "${image%%/*}" --username "$ACTOR" --password-stdin <<<"$TOKEN"
docker run --privileged --rm tonistiigi/binfmt --install arm64
docker buildx create --use --name release
docker buildx build --platform "$platforms" --push --sbom=true --provenance=mode=max \
    --label "org.opencontainers.image.version=$version" \
    --tag "$image:$version" --tag "$image:${version%.*}" --metadata-file metadata.json .

# A tag can be moved: what is signed is the digest.
digest=$(python3 -c 'import json; print(json.load(open("metadata.json"))["containerimage.digest"])')
cosign sign --yes "$image@$digest"
