// Package timing says what the response time of requests consists of: how long each waited for a connection, for the
// network, for the target. [Times] are those of one request, which the client that sends it measures, and a [Tally] is
// made of many. Tallies merge exactly, so those of several machines, phases or runs are as good as one.
package timing
