// Package terminal writes to standard error: log lines in Locust's layout, lines and
// tables that scroll, and on a terminal one live line below them.
package terminal
