//go:build !race

package report

// manySamples is how many samples the test of constant memory records.
const manySamples = 10_000_000
