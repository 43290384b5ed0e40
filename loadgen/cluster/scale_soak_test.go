//go:build soak

package cluster

import (
	"testing"
	"time"
)

// The soaks run on request only:
//
//	go test -tags soak -run 'TestNothingPilesUpIn|TestManyFaults' -v -timeout 2h ./loadgen/cluster
func TestNothingPilesUpInADay(t *testing.T)      { endure(t, 24*time.Hour) }
func TestNothingPilesUpInThreeDays(t *testing.T) { endure(t, 72*time.Hour) }

func TestManyFaults(t *testing.T) { anyFaults(t, 8, 400) }
