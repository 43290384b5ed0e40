//go:build !linux

package alarm

func New() Alarm { return newTimer() }

func Virtual() bool { return false } // as far as is known; package machine reads nothing here
