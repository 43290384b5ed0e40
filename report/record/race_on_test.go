//go:build race

package record

// manySamples is how many samples the test of constant memory records; the race detector makes each
// twenty times as dear.
const manySamples = 400_000

// manyNames is how many names of operations a flood has.
const manyNames = 50_000
