//go:build !race

package cluster

import "testing"

const many = 1000

// onOneProcessor does nothing.
func onOneProcessor(*testing.T) {}
