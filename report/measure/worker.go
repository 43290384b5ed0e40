package measure

// OfWorker returns an Observer that passes runs on to o with Run.Worker set to id; nil if o is.
func OfWorker(id string, o Observer) Observer {
	if o == nil {
		return nil
	}
	return relabelled{id, o}
}

type relabelled struct {
	id string
	Observer
}

// BeginRun implements Observer.
func (w relabelled) BeginRun(run Run) RunObserver {
	run.Worker = w.id
	return w.Observer.BeginRun(run)
}
