package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOwnOptionsAreDescribed holds docs/command.md against the options that
// this program adds to those of loadgen/cli.
func TestOwnOptionsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/command.md")
	require.NoError(t, err)
	for _, o := range append(new(backend).options(), new(served).command().Options...) {
		assert.Contains(t, string(page), "--"+o.Flag+"`")
		for _, variable := range o.Env {
			assert.Contains(t, string(page), "`"+variable+"`")
		}
	}
}
