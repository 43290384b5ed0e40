// Package containers has the tests of the image and of compose.yaml on a real
// engine. It holds nothing but tests, and these need the build tag containers, a
// Docker engine that this machine may use, and docker-compose. They build the images
// from scratch, without a registry: see .ci/golang-image. Those that bring a program
// to its limits, or measure, run alone; of the others, which mostly wait, some run at
// once.
package containers
