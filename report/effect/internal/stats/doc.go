// Package stats is the mathematics of package effect: functions of lists of numbers, one number for each interval of
// a phase or for each pair, that know nothing of runs. docs/statistics.md says why these methods, and how often they
// are right.
package stats
