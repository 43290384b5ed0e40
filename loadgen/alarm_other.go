//go:build !linux

package loadgen

func newAlarm() alarm { return newTimerAlarm() }

func virtualTime() bool { return false } // as far as is known; package machine reads nothing here
