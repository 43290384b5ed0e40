// Package scenario holds the words of a script: a [User] with weighted tasks,
// the [Dispatcher] that chooses among them, and the [Pacer] that says when a
// user acts.
//
// Nothing here sends requests, sleeps or reads a clock. The dispatcher and the
// pacers are pure functions of their random streams, so the same seed gives
// every user the same plan whatever the target does, in real or virtual time.
//
// # When a user acts
//
// [Think] waits after each task, as Locust does. [StartToStart] counts from
// one intended start to the next, so a slow target does not thin the load.
// [NoWait] acts again at once. [OnOff] is the bursty user: periods of activity
// (ON) and of rest (OFF), each with its own distribution.
//
//	ON  x--x---x-x--x|          x-x---x--x---x-x|       x: a task
//	OFF              |----------|               |----   think gaps lie between
//
// All of them start in their stationary state: the instant at which a user
// joins is a random instant of a life that has been in progress, so that a crowd
// started together neither marches in step nor needs time to settle.
//
// # Journeys
//
// A [Task] with Steps is a journey: the user makes a step a turn, with the step's own think
// time before it or that of its pace. Steps follow one another in their order, or as a
// [Chain] says. Where one fails the user sits the others out, so what it does later does
// not depend on the target. [EndJourney], [EndSession] and [Leave] end more than a step.
//
// # What counts from when
//
// A response time is the target's, as if the plan had been kept: it counts from
// the instant at which the plan would have had the request sent. For the first
// request of a task that is the task's intended start plus the time that the
// script itself took before it, computing or sleeping; the wake lag of the
// generator and the delay by the user's earlier requests are part of the response
// time. Each later request of the task counts from its own send.
//
// The time that a script takes in a start hook, or to make a user, delays the
// first task and is part of no response time either. A request belongs to the
// phase and the second that it counts from: one whose script slept across a
// border lies after it, its task before it.
package scenario
