// Package feed hands out test data: each user gets a row of a file, or one row after another.
//
// A [Feed] is read before the run from CSV or from JSON lines, and does not change after that: any number of users and
// goroutines share it without a lock. Which row a user gets follows from its number alone, as the plan gives it, so
// that several machines, each with a copy of the file, hand out what a single one would, and no row twice where one
// would not.
//
//	            Row of the user                    rows that its Cursor hands out
//	[Once]      that of its number                 that one, then each that is Env.Users further; then none
//	[Lend]      that of its seat                   that one, then each that is Env.Most further; then the first again
//	[Circle]    that of its number, around         that one, then the next ones, around
//	[Random]    a random one                       random ones
//
// The number is [scenario.Env.Index], that within the kind: kinds that share a Feed all have its first row. Users that
// run single tasks as they arrive have rows of [Circle] and [Random] only, sessions that arrive those of [Once] too.
package feed
