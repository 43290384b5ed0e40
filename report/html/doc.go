// Package html writes a run as a report in one HTML file that needs nothing else:
// the verdict, phases side by side, effects as intervals, charts, recovery, claims,
// failures and the generator's health.
//
// The file opens offline, in light and dark, prints, and may run nothing but its
// own script: [Policy]. Names and texts from the run are text, never markup.
package html
