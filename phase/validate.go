package phase

// Validate checks the schedule.
func (s Schedule) Validate() error { return nil }
