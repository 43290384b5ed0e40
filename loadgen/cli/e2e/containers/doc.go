// Package containers has the tests of the image and of compose.yaml on a real
// engine. It holds nothing but tests, and these need the build tag containers, a
// Docker engine that this machine may use, and docker-compose. They build the images
// from scratch, without a registry: see .ci/golang-image.
package containers
