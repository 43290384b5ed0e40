// Package machines has the tests of runs of several machines. Each machine is a network
// namespace on a bridge that has a namespace too, so that nothing of this machine's own network
// changes. It holds nothing but tests, and these need Linux, root and ip of iproute2: go test
// says what is missing and skips them, as it does with -short.
package machines
