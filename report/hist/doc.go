// Package hist is a histogram of durations that merges exactly, in three forms.
//
//   - [Sketch] keeps every duration from 0 to 73 minutes with a relative error of at most 0.2 %, and
//     minimum, maximum and mean exactly. It is what reports, JSON and effects are made of.
//   - [Packed] is the same buckets for one second of one operation in a few bytes.
//   - [Dense] is the workspace in which packed ones are added up.
//
// [Lists] reads the bytes in which many packed histograms stand one after another.
//
// # Promises
//
//   - All forms have the same buckets ([Index], [Bucket]), so going from one to another loses nothing.
//   - Merging adds counts: it is exact, and its order does not matter. Histograms of many
//     machines give the same quantiles as one of all their durations.
//   - Adding a duration to a Sketch or Dense allocates nothing once its range has been seen.
package hist
