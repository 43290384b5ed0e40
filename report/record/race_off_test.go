//go:build !race

package record

// manySamples is how many samples the test of constant memory records.
const manySamples = 10_000_000

// manyNames is how many names of operations a flood has.
const manyNames = 1_000_000
