# The to-do load generator as a service: see README, "Run it as a service".
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /load-generator ./examples/todo

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /load-generator /load-generator
ENV LOCUST_HOST=http://todo-backend:8081 \
    LOCUST_WEB_HOST=0.0.0.0
EXPOSE 8089
USER 65532:65532
ENTRYPOINT ["/load-generator"]
