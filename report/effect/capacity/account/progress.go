package account

import "time"

// Unfinished is what Search.Ended says of a search that is being made.
const Unfinished = "it is in progress"

// Progress is how far a search is while it is made.
type Progress struct {
	// Search is what it came to until now, and does not change later; its Result is nil before the end of the first hold.
	Search *Search
	// Load is that of the hold in progress; 0: there is none.
	Load float64
	// At is how long the search has lasted.
	At time.Duration
	// Over says that it is not being made any longer.
	Over bool
}
