// Package series reads the phases of a run as package effect needs them: interval by interval, without what does not
// count, and with an estimate of each metric whose variance comes from how the intervals depart from the phase.
package series
