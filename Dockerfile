# The load generator in an image of its own: one static program, nothing else.
#
#   docker build -t load-generator .
#   docker build -t shop --build-arg PACKAGE=./cmd/shop .      a scenario of yours
#   docker buildx build --platform linux/amd64,linux/arm64 .   for several processors
#
# The program is compiled on the machine that builds, whatever processor it is for.
# Changes of code compile it again; only changes of go.mod fetch modules again.
ARG GO=1.26
FROM --platform=${BUILDPLATFORM:-linux/amd64} golang:${GO} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG PACKAGE=./examples/todo
ARG VERSION=
ARG COMMIT=
ARG TARGETOS
ARG TARGETARCH
# timetzdata puts the time zones into the program; grpcnotrace leaves out gRPC's page of traces, whose
# templates make the linker keep every exported method.
RUN mkdir -p /image/etc/ssl/certs /image/out && \
    cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ && \
    CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -buildvcs=false -tags timetzdata,grpcnotrace \
      -ldflags "-s -w -X github.com/gensim/load-generator/loadgen/cli.version=${VERSION} -X github.com/gensim/load-generator/loadgen/cli.commit=${COMMIT}" \
      -o /image/load-generator "${PACKAGE}"

FROM scratch
ARG VERSION=
ARG COMMIT=
LABEL org.opencontainers.image.title="Load Generator" \
      org.opencontainers.image.description="Load tests with a verdict: what an intervention did, and how sure that is" \
      org.opencontainers.image.source="https://github.com/gensim/load-generator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
# The files of the program belong to root and cannot be written; /out can.
COPY --from=build /image/etc /etc
COPY --from=build /image/load-generator /load-generator
COPY --from=build --chown=65532:65532 /image/out /out
ENV LOCUST_HOST=http://todo-backend:8081 \
    LOCUST_WEB_HOST=0.0.0.0
WORKDIR /out
USER 65532:65532
VOLUME /out
EXPOSE 8089
HEALTHCHECK --interval=5s --timeout=4s --start-period=10s CMD ["/load-generator", "health"]
ENTRYPOINT ["/load-generator"]
