package scenario

// Kind is one kind of users: what they do, when, and how many of all they are. It is
// a value: a package may offer its scenario as a Kind, and another one mix it in.
type Kind struct {
	// Name is unique in the run, not empty and without "/". In the report it stands
	// before the operations: "buyer GET /items".
	Name string
	// Weight is the share of the users that are left when fixed counts are served,
	// relative to the other kinds: finite, not negative. A kind of weight 0 has no
	// users, unless a phase gives it a share.
	Weight float64
	// Count above 0 is a fixed number of users, which are served first at every level;
	// Weight is 0 then.
	Count int
	// NewUser makes one user, as loadgen.Runner.NewUser does.
	NewUser func(Env) (User, error)
	// Pace says when these users act; nil takes the runner's.
	Pace Pacer
	// Renew lets a user who left for good ([Leave]) be followed by a new one in its place, a millisecond after its
	// stop hook is over: with the same numbers and seat, [Env.Life] one more, and its own streams. Where it
	// left in its start hook the next one comes after a second, and that is an exception of the run. Those who
	// follow one another share their place's phase.Phase.UserIterations. Users that arrive have no place to renew.
	Renew bool
}
