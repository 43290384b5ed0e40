// Package locust writes a run in Locust's formats and reads times and numbers by
// Locust's rules, so that tools and scripts written for Locust keep working: CSV
// files, JSON, the console's tables, the task ratios and the bodies of the HTTP
// API.
//
// Figures keep Locust's meaning: failures count with the time they took, and
// percentiles are whole milliseconds. Times are in ms and sizes in bytes unless
// said otherwise.
package locust
