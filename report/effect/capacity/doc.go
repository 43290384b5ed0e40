// Package capacity finds the highest load at which a claim holds, with an interval: arrivals per second, or users.
//
// A [Search] is a staircase of holds, stretches of time at one load. It climbs by 35 % up to the first hold in which the
// claim does not hold, comes back by 10 %, and then goes up 3 % after each hold in which it holds and down 3 to 11 % after each other
// one, by how bad that was:
//
//	load |               ┌─┐
//	     |           ┌───┘ └─┐   ┌─┐     ┌─┐
//	     |       ┌───┘       └─┐ │ └─┐ ┌─┘ └─┐   around here the claim holds on the average
//	     |   ┌───┘             └─┘   └─┘     └
//	     └──────────────────────────────────────> time
//
// Where on that staircase the claim holds on the average is read from all holds near there together: a logistic curve through them crosses
// the limit at the capacity, and the profile of its likelihood is the interval.
// docs/statistics.md has the reasons, and how often it is right.
//
// Nothing here makes load or reads a clock: [Search.Next] is a function of the holds so far, and so is [Search.Estimate].
package capacity
