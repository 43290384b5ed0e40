package report

// State is where a load is in its life cycle, in Locust's words.
type State string

// The states of a load.
const (
	Ready    State = "ready"    // nothing has run yet
	Spawning State = "spawning" // the number of users is on its way, up or down
	Running  State = "running"  // the number of users is reached
	Cleanup  State = "cleanup"  // the run is ending
	Stopped  State = "stopped"  // a run is over
)
