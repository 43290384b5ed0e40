//go:build !unix

package web

import "time"

func processorTime() time.Duration { return 0 }

func openFiles() (open, limit int) { return 0, 0 }
