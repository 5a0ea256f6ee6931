# BuildKit's own Dockerfile frontend as an external image, compiled from Debian's packages of its source: what
# `make benchmark FRONTEND=go` compares with. Flags, labels and entry point are those of its release; the symbols go.
ARG BASE
FROM --platform=$BUILDPLATFORM ${BASE} AS build
RUN for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do \
      if [ -f "$file" ]; then sed -i 's/trixie/sid/' "$file"; fi; done \
 && apt-get -o Acquire::Check-Valid-Until=false update \
 && apt-get install -y --no-install-recommends golang-go golang-github-agext-levenshtein-dev \
      golang-github-docker-docker-dev golang-github-gofrs-flock-dev golang-github-google-shlex-dev \
      golang-github-mitchellh-hashstructure-dev
WORKDIR /usr/share/gocode/src/github.com
# Its second version is imported as such, and packaged without that folder.
RUN mkdir mitchellh/hashstructure/v2 && cp mitchellh/hashstructure/*.go mitchellh/hashstructure/v2
ENV CGO_ENABLED=0 GO111MODULE=off GOPATH=/usr/share/gocode GOTOOLCHAIN=local
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -tags "netgo static_build osusergo" -o /dockerfile-frontend \
      github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend

FROM scratch
COPY --from=build /dockerfile-frontend /bin/dockerfile-frontend
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring"
ENTRYPOINT ["/bin/dockerfile-frontend"]
